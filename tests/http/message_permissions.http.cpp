// Every kind of message of schema/messages/client-to-server.json × who says it × how the lesson stands, asked
// of the real server. A kind that the table leaves out fails the test, so that nobody adds one without saying
// whose it is.
#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/embedded/embedded_files.hpp"
#include "tests/support/class_browser.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;

namespace {

// What becomes of the message: "ok", the code of its refusal, or "unanswered" for those that carry no number.
struct Row {
  json message;
  std::string teacher, student, guest;  // in a live lesson
  std::string teacher_before;           // before it starts; of the others everything waits for that
  std::string at_door = "waiting-to-be-admitted";  // of who waits to be admitted
};

struct World : test::SchoolClient {
  std::string school_id = school(), class_id = cls(school_id), teacher_id = user(school_id, "teacher"),
              student_id = user(school_id, "student"), id;
  std::map<std::string, std::string> tokens, ids;
  std::map<std::string, std::unique_ptr<Browser>> inside;

  World() {
    enroll(class_id, teacher_id, "teacher");
    enroll(class_id, student_id, "student");
  }

  // Starts in five minutes, so that it is open: students are let in ten minutes before.
  void plan() {
    using namespace std::chrono;
    const auto at = [](seconds from_now) {
      const auto time = system_clock::to_time_t(system_clock::now() + from_now);
      char text[32];
      std::tm utc{};
      (void)std::strftime(text, sizeof text, "%FT%TZ", gmtime_r(&time, &utc));
      return std::string(text);
    };
    id = create("/classes/" + class_id + "/lessons",
                {{"title", "Waves"}, {"starts_at", at(5min)}, {"ends_at", at(50min)}});
    tokens = {{"teacher", token({{"role", "teacher"}, {"user_id", teacher_id}})},
              {"student", token({{"role", "student"}, {"user_id", student_id}})}};
    for (const std::string name : {"guest", "victim", "at door", "turned away"})
      tokens[name] = token({{"role", "guest"}, {"name", name}});
  }
  std::string token(const json& who) const {
    return json::parse(admin.post("/lessons/" + id + "/join-links", who.dump()).body)["token"];
  }
  json enter(const std::string& who) {
    inside[who] = std::make_unique<Browser>(server.origin(), id);
    const auto answer = inside[who]->enter(tokens[who]);
    if (answer.contains("you")) ids[who] = answer["you"];
    return answer;
  }
  // Those who are in, and then those at the door.
  void everybody_enters() {
    for (const std::string who : {"teacher", "student", "guest", "victim"})
      REQUIRE(enter(who)["kind"] == "welcome");
    REQUIRE(inside["teacher"]->wish({{"kind", "class_settings"}, {"lobby", "guests"}}) == "ok");
    for (const std::string who : {"at door", "turned away"})
      REQUIRE(enter(who)["kind"] == "lobby");
  }

  // In an order in which each can be done.
  std::vector<Row> table(int64_t line, int64_t poll) const {
    const auto victim = ids.at("victim");
    const std::string no = "not-allowed", early = "lesson-not-live", none = "unanswered",
                      gone = "peer-not-found";
    return {
        {{{"kind", "hello"}, {"token", "thr_x"}},
         "invalid-field",
         "invalid-field",
         "invalid-field",
         "invalid-field",
         "invalid-field"},
        {{{"kind", "ping"}, {"nonce", 1}}, "pong", "pong", "pong", "pong", "pong"},
        {{{"kind", "media"}, {"microphone", "on"}, {"camera", "on"}}, none, none, none, none, none},
        {{{"kind", "limit"}, {"rung", "voice"}}, none, none, none, none, none},
        {{{"kind", "whep"}, {"session", "nobodys"}}, gone, gone, gone, gone, gone},
        {{{"kind", "chat"}, {"text", "hello"}}, "ok", "ok", "ok", "ok"},
        {{{"kind", "delete_message"}, {"line", line}}, "ok", no, no, "ok"},
        {{{"kind", "hand"}, {"raised", true}}, no, "ok", "ok", early},
        {{{"kind", "lower_hand"}, {"person", victim}}, "ok", no, no, "ok"},
        {{{"kind", "signal"}, {"signal", "slower"}}, no, "ok", "ok", early},
        {{{"kind", "reaction"}, {"reaction", "clap"}}, "ok", "ok", "ok", early},
        {{{"kind", "poll_open"}, {"question", "Ready?"}, {"choice", "yes_no"}}, "ok", no, no, early},
        {{{"kind", "poll_answer"}, {"poll", poll}, {"choices", {0}}}, no, "ok", "ok", early},
        {{{"kind", "poll_close"}, {"poll", poll}}, "ok", no, no, early},
        {{{"kind", "class_settings"}, {"slow_seconds", 0}}, "ok", no, no, "ok"},
        {{{"kind", "class_settings"}, {"drawing", true}}, "ok", no, no, "ok"},
        {{{"kind", "show_page"}, {"deck", "board"}, {"page", 1}}, "ok", no, no, "ok"},
        {{{"kind", "draw"},
          {"deck", "board"},
          {"page", 1},
          {"tool", "line"},
          {"colour", 1},
          {"width", 8},
          {"points", {0, 0, 9, 9}}},
         "ok",
         "ok",
         "ok",
         "ok"},
        {{{"kind", "undo"}, {"deck", "board"}, {"page", 1}}, "ok", "ok", "ok", "ok"},
        {{{"kind", "ink"}, {"deck", "board"}, {"page", 1}}, "ok", "ok", "ok", "ok"},
        {{{"kind", "pointer"}, {"place", {1, 2}}}, "ok", no, no, early},
        {{{"kind", "clear_page"}, {"deck", "board"}, {"page", 1}}, "ok", no, no, "ok"},
        {{{"kind", "give_floor"}, {"person", victim}}, "ok", no, no, early},
        {{{"kind", "mute"}, {"muted", true}}, "ok", no, no, early},
        {{{"kind", "end_floor"}, {"person", victim}}, "ok", no, no, early},
        {{{"kind", "turn_away"}, {"person", ids.at("turned away")}}, "ok", no, no, "ok"},
        {{{"kind", "remove"}, {"person", victim}}, "ok", no, no, "ok"},
        {{{"kind", "admit"}}, "ok", no, no, "ok"},
    };
  }

  // What she hears of the message. A ping behind one that is not answered shows that nothing was said.
  std::string outcome(Browser& who, json message) {
    const std::string kind = message["kind"];
    if (kind != "hello" && kind != "media" && kind != "limit" && kind != "ping") return who.wish(message);
    who.say(message);
    if (kind != "ping") who.say({{"kind", "ping"}, {"nonce", 77}});
    for (;;) {
      const auto heard = who.hear();
      if (heard["kind"] == "closed") return "closed";
      if (heard["kind"] == "error") {
        (void)who.hear("pong");
        return heard["title"];
      }
      if (heard["kind"] == "pong") return heard["nonce"] == 77 ? "unanswered" : "pong";
    }
  }
};

std::set<std::string> kinds_in_schema() {
  const auto document = json::parse(*embedded::find("schema/messages/client-to-server.json"));
  std::set<std::string> kinds;
  for (const auto& one : document["oneOf"]) {
    const std::string ref = one["$ref"];
    const auto& properties = document["definitions"][ref.substr(ref.rfind('/') + 1)]["properties"];
    kinds.insert(properties["kind"]["const"].get<std::string>());
  }
  return kinds;
}

}  // namespace

TEST_CASE_METHOD(World, "every kind of message × role, in a live lesson and at its door",
                 "[http][class][permissions][matrix]") {
  plan();
  REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
  everybody_enters();
  REQUIRE(inside["teacher"]->wish({{"kind", "chat"}, {"text", "good morning"}}) == "ok");
  const auto line = inside["teacher"]->seq;
  std::set<std::string> asked;
  int64_t poll = 1;
  for (size_t row = 0; row < table(line, poll).size(); ++row) {
    const auto now = table(line, poll)[row];
    INFO(now.message.dump());
    asked.insert(now.message["kind"].get<std::string>());
    CHECK(outcome(*inside["at door"], now.message) == now.at_door);
    CHECK(outcome(*inside["student"], now.message) == now.student);
    CHECK(outcome(*inside["guest"], now.message) == now.guest);
    CHECK(outcome(*inside["teacher"], now.message) == now.teacher);
    if (now.message["kind"] == "poll_open") poll = inside["teacher"]->seq;
  }
  CHECK(asked == kinds_in_schema());
  CHECK(inside["turned away"]->hear("closed")["code"] == 4406);
  CHECK(inside["at door"]->hear("welcome")["kind"] == "welcome");
  CHECK(inside["victim"]->hear("closed")["code"] == 4403);
}

TEST_CASE_METHOD(World, "every kind of message × role, before the lesson starts",
                 "[http][class][permissions][matrix]") {
  plan();
  everybody_enters();
  REQUIRE(inside["teacher"]->wish({{"kind", "chat"}, {"text", "in a minute"}}) == "ok");
  for (const auto& row : table(inside["teacher"]->seq, 1)) {
    INFO(row.message.dump());
    // What carries no number is answered as in the lesson.
    const bool numbered = row.student == "ok" || row.student == "not-allowed";
    CHECK(outcome(*inside["at door"], row.message) == row.at_door);
    for (const std::string who : {"student", "guest"})
      CHECK(outcome(*inside[who], row.message) == (numbered ? "lesson-not-live" : row.student));
    CHECK(outcome(*inside["teacher"], row.message) == row.teacher_before);
  }
}

TEST_CASE_METHOD(World, "every kind of message, from nobody, and in a lesson that is over or cancelled",
                 "[http][class][permissions][matrix]") {
  plan();
  everybody_enters();
  const auto rows = table(1, 1);
  for (const auto& row : rows) {
    if (row.message["kind"] == "hello") continue;
    INFO(row.message.dump());
    Browser nobody(server.origin(), id);
    nobody.say(row.message);
    CHECK(nobody.hear("error")["type"] == "/problems/hello-expected");
    CHECK(nobody.hear("closed")["code"] == 4400);
  }
  const auto refused = [&](const std::string& why) {
    for (const std::string who : {"teacher", "student", "guest"})
      for (const auto& row : rows) {
        INFO(who << " " << row.message.dump());
        CHECK(enter(who)["type"] == "/problems/" + why);
        inside[who]->say(row.message);
        CHECK(inside[who]->hear()["kind"] == "closed");
      }
  };
  const auto path = "/lessons/" + id;
  REQUIRE(change(path, {{"cancelled", true}}).status == 200);
  refused("lesson-cancelled");
  REQUIRE(change(path, {{"cancelled", false}}).status == 200);
  REQUIRE(admin.post(path + "/start", "").status == 200);
  REQUIRE(admin.post(path + "/end", "").status == 200);
  refused("lesson-ended");
}
