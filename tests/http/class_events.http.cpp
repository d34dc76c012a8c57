// Chat, hands, polls and the teacher's hold on them, on the real server: who may what, who hears what, and
// what is there after a kill -9.
#include <chrono>
#include <memory>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;
using test::LiveLesson;

namespace {

json chat(const std::string& text) {
  return {{"kind", "chat"}, {"text", text}};
}

// A lesson with its teacher, a student and a guest inside, each by name.
struct Class : LiveLesson {
  std::string guest_token = join_token({{"role", "guest"}, {"name", "Korinna"}});
  std::map<std::string, std::unique_ptr<Browser>> inside;
  std::map<std::string, std::string> ids;

  Class() {
    enter("teacher", teacher);
    enter("student", student);
    enter("guest", guest_token);
  }
  json enter(const std::string& who, const std::string& token, const json& more = json::object()) {
    inside[who] = std::make_unique<Browser>(*this);
    const auto welcome = inside[who]->enter(token, more);
    if (welcome["kind"] == "welcome") ids[who] = welcome["you"];
    return welcome;
  }
  Browser& operator[](const std::string& who) { return *inside.at(who); }
};

}  // namespace

TEST_CASE_METHOD(Class, "every kind of message × role, asked of the server itself",
                 "[http][class][permissions]") {
  auto& teaches = (*this)["teacher"];
  REQUIRE(teaches.wish({{"kind", "poll_open"}, {"question", "Ready?"}, {"choice", "yes_no"}}) == "ok");
  const auto poll = teaches.seq;
  REQUIRE((*this)["student"].wish({{"kind", "hand"}, {"raised", true}}) == "ok");
  REQUIRE(teaches.wish(chat("good morning")) == "ok");
  const auto line = teaches.seq;
  struct Row {
    json message;
    std::string teacher, others;
  };
  const std::vector<Row> table{
      {chat("hello"), "ok", "ok"},
      {{{"kind", "delete_message"}, {"line", line}}, "ok", "not-allowed"},
      {{{"kind", "hand"}, {"raised", true}}, "not-allowed", "ok"},
      {{{"kind", "lower_hand"}, {"person", ids["student"]}}, "ok", ""},
      {{{"kind", "signal"}, {"signal", "slower"}}, "not-allowed", "ok"},
      {{{"kind", "reaction"}, {"reaction", "clap"}}, "ok", "ok"},
      {{{"kind", "poll_answer"}, {"poll", poll}, {"choices", {0}}}, "not-allowed", "ok"},
      {{{"kind", "poll_open"}, {"question", "?"}, {"choice", "text"}}, "poll-running", "not-allowed"},
      {{{"kind", "class_settings"}, {"slow_seconds", 0}}, "ok", "not-allowed"},
      {{{"kind", "remove"}, {"person", ids["teacher"]}}, "not-allowed", "not-allowed"},
      {{{"kind", "give_floor"}, {"person", ids["teacher"]}}, "not-allowed", "not-allowed"},
      {{{"kind", "give_floor"}, {"person", "p_nobody"}}, "person-not-found", "not-allowed"},
      {{{"kind", "end_floor"}, {"person", ids["teacher"]}}, "ok", "not-allowed"},
      {{{"kind", "mute"}, {"muted", true}}, "ok", "not-allowed"},
      {{{"kind", "mute"}, {"person", ids["teacher"]}, {"muted", true}}, "person-not-found", "not-allowed"},
      {{{"kind", "poll_close"}, {"poll", poll}}, "ok", "not-allowed"},
  };
  for (const auto& row : table)
    for (const std::string who : {"student", "guest", "teacher"}) {
      INFO(who << ": " << row.message.dump());
      // Her own hand she may lower by either message.
      const std::string others = !row.others.empty() ? row.others : who == "student" ? "ok" : "not-allowed";
      CHECK((*this)[who].wish(row.message) == (who == "teacher" ? row.teacher : others));
    }
}

TEST_CASE_METHOD(Class, "before a lesson starts a teacher may write, and nobody else may do anything",
                 "[http][class][permissions]") {
  const auto other = create("/classes/" + cls + "/lessons", {{"title", "Optics"},
                                                             {"starts_at", "2026-09-15T09:00:00+03:00"},
                                                             {"ends_at", "2026-09-15T09:45:00+03:00"}});
  const auto token_for = [&](const json& who) {
    return json::parse(admin.post("/lessons/" + other + "/join-links", who.dump()).body)["token"]
        .get<std::string>();
  };
  Browser early(server.origin(), other), waiting(server.origin(), other);
  early.enter(token_for({{"role", "teacher"}, {"name", "Anna"}}));
  const auto welcome = waiting.enter(token_for({{"role", "student"}, {"name", "Eris"}}));
  CHECK(welcome["lesson"]["status"] == "scheduled");
  const std::vector<json> kinds{chat("hello"),
                                {{"kind", "delete_message"}, {"line", 1}},
                                {{"kind", "hand"}, {"raised", true}},
                                {{"kind", "lower_hand"}, {"person", "p_x"}},
                                {{"kind", "signal"}, {"signal", "slower"}},
                                {{"kind", "reaction"}, {"reaction", "clap"}},
                                {{"kind", "poll_open"}, {"question", "?"}, {"choice", "text"}},
                                {{"kind", "poll_answer"}, {"poll", 1}, {"choices", {0}}},
                                {{"kind", "poll_close"}, {"poll", 1}},
                                {{"kind", "class_settings"}, {"chat", "off"}},
                                {{"kind", "remove"}, {"person", "p_x"}},
                                {{"kind", "give_floor"}, {"person", "p_x"}},
                                {{"kind", "end_floor"}, {"person", "p_x"}},
                                {{"kind", "mute"}, {"muted", true}}};
  for (const auto& message : kinds) {
    INFO(message.dump());
    CHECK(waiting.wish(message) == "lesson-not-live");
  }
  CHECK(early.wish(chat("I will be five minutes late")) == "ok");
  CHECK(waiting.hear("chat")["line"]["text"] == "I will be five minutes late");
  CHECK(early.wish(kinds[6]) == "lesson-not-live");
}

TEST_CASE_METHOD(Class, "each hears what is for her, in the same order, and sums for the rest",
                 "[http][class]") {
  auto &teaches = (*this)["teacher"], &attends = (*this)["student"], &visits = (*this)["guest"];
  CHECK(attends.wish({{"kind", "chat"}, {"text", "why?"}, {"to", "teachers"}}) == "ok");
  CHECK(attends.wish({{"kind", "chat"}, {"text", "psst"}, {"to", ids["guest"]}}) == "private-chat-off");
  CHECK(teaches.wish({{"kind", "class_settings"}, {"private_chat", true}}) == "ok");
  CHECK(attends.wish({{"kind", "chat"}, {"text", "psst"}, {"to", ids["guest"]}}) == "ok");
  CHECK(attends.wish(chat("<script>alert(1)</script>\xe2\x80\xae txt")) == "ok");
  const auto first = visits.hear("class_settings");
  CHECK(first["settings"]["private_chat"] == true);
  CHECK(visits.hear("chat")["line"]["to_name"] == "Korinna");
  CHECK(visits.hear("chat")["line"]["text"] == "<script>alert(1)</script> txt");  // text, and no more
  // The teacher hears all of it (supervised is the school's rule), in the same order; her own wish waited for
  // its answer behind the first line.
  CHECK(teaches.hear("chat")["line"]["text"] == "psst");
  CHECK(teaches.hear("chat")["line"]["text"] == "<script>alert(1)</script> txt");
}

TEST_CASE_METHOD(Class, "a poll is answered in secret: the teacher hears a tally, the class the result",
                 "[http][class][poll]") {
  auto &teaches = (*this)["teacher"], &attends = (*this)["student"], &visits = (*this)["guest"];
  CHECK(teaches.wish(
            {{"kind", "poll_open"}, {"question", "Which?"}, {"choice", "single"}, {"choices", {"a", "b"}}}) ==
        "ok");
  const auto poll = attends.hear("poll")["poll"];
  CHECK(poll["choices"] == json{"a", "b"});
  CHECK(attends.wish({{"kind", "poll_answer"}, {"poll", poll["id"]}, {"choices", {1}}}) == "ok");
  CHECK(visits.wish({{"kind", "poll_answer"}, {"poll", poll["id"]}, {"choices", {2}}}) == "invalid-field");
  CHECK(visits.wish({{"kind", "poll_answer"}, {"poll", poll["id"]}, {"choices", {0}}}) == "ok");
  for (json tally; tally != json{1, 1};)
    tally = teaches.hear("tally")["tally"]["counts"];
  CHECK(teaches.wish({{"kind", "poll_close"}, {"poll", poll["id"]}}) == "ok");
  CHECK(visits.hear("poll_closed")["tally"]["counts"] == json{1, 1});
  CHECK(visits.wish({{"kind", "poll_answer"}, {"poll", poll["id"]}, {"choices", {1}}}) == "poll-not-running");

  const auto results = json::parse(admin.get("/lessons/" + id + "/polls").body)["items"];
  REQUIRE(results.size() == 1);
  CHECK(results[0]["counts"] == json{1, 1});
  CHECK(results[0]["answers"].empty());  // anonymous
  CHECK(results[0]["closed_at"].is_string());
  const auto csv = admin.get("/lessons/" + id + "/polls?format=csv").body;
  CHECK(csv.find(",Which?,") != csv.npos);
  CHECK(csv.find("Erinna") == csv.npos);
  CHECK(test::code(admin.get("/lessons/" + id + "/polls?format=xml")) == "400 invalid-field");
}

TEST_CASE_METHOD(Class, "a person in two tabs is one: in the list, with her hand and her vote, in the ledger",
                 "[http][class][poll][attendance]") {
  auto& teaches = (*this)["teacher"];
  const auto erinna = ids["student"];
  const auto welcome = enter("second tab", student);
  CHECK(welcome["you"] == erinna);
  CHECK(welcome["people"].size() == 3);
  auto &first = (*this)["student"], &second = (*this)["second tab"];
  // What the teacher hears of a kind until a line of chat.
  const auto heard = [&](const std::string& kind, Browser& speaker) {
    REQUIRE(speaker.wish(chat("that is all")) == "ok");
    int count = 0;
    for (;;) {
      const auto message = teaches.hear();
      REQUIRE(message["kind"] != "closed");
      const auto events = message["kind"] == "batch" ? message["events"] : json::array({message});
      for (const auto& event : events) {
        count += event["kind"] == kind ? 1 : 0;
        if (event["kind"] == "chat") return count;
      }
    }
  };
  const json raise{{"kind", "hand"}, {"raised", true}};
  CHECK(first.wish(raise) == "ok");
  CHECK(second.wish(raise) == "ok");  // it is up already
  CHECK(heard("hand", first) == 1);
  CHECK(heard("joined", second) == 0);

  REQUIRE(teaches.wish({{"kind", "poll_open"}, {"question", "Ready?"}, {"choice", "yes_no"}}) == "ok");
  const auto poll = teaches.seq;
  CHECK(first.wish({{"kind", "poll_answer"}, {"poll", poll}, {"choices", {0}}}) == "ok");
  CHECK(second.wish({{"kind", "poll_answer"}, {"poll", poll}, {"choices", {1}}}) == "ok");
  const auto tally = json::parse(admin.get("/lessons/" + id + "/polls").body)["items"][0];
  CHECK(tally["answered"] == 1);  // the later word
  CHECK(tally["counts"] == json({0, 1}));

  inside.erase("student");
  Browser late(*this);
  const auto state = late.enter(teacher);
  CHECK(state["people"].size() == 3);
  CHECK(state["class"]["hands"].size() == 1);
  // What was told by WebSocket comes to the ledger a moment later.
  json hers = json::array();
  const auto until = std::chrono::steady_clock::now() + test::RawClient::kPatience;
  while (hers.empty() && std::chrono::steady_clock::now() < until) {
    const auto told = json::parse(admin.get("/lessons/" + id + "/attendance").body);
    for (const auto& one : told["items"])
      if (one["name"] == "Erinna") hers.push_back(one);
  }
  INFO(admin.get("/lessons/" + id + "/attendance").body);
  REQUIRE(hers.size() == 1);
  for (const auto& absence : hers[0]["absences"])
    CHECK(absence["reason"] == "not_yet_there");
}

TEST_CASE_METHOD(Class, "named answers carry names, and a formula stays text in a spreadsheet",
                 "[http][class][poll][bad-input]") {
  auto& teaches = (*this)["teacher"];
  CHECK(
      teaches.wish(
          {{"kind", "poll_open"}, {"question", "Name \"one\""}, {"choice", "text"}, {"anonymous", false}}) ==
      "ok");
  const auto poll = teaches.seq;
  CHECK((*this)["student"].wish({{"kind", "poll_answer"}, {"poll", poll}, {"text", "=1+1"}}) == "ok");
  const auto result = json::parse(admin.get("/lessons/" + id + "/polls").body)["items"][0];
  CHECK(result["answers"][0]["name"] == "Erinna");
  CHECK(result["answers"][0]["text"] == "=1+1");
  CHECK(result["closed_at"].is_null());
  const auto answer = admin.get("/lessons/" + id + "/polls?format=csv");
  CHECK(answer.headers.at("cache-control") == "no-store");
  const auto& csv = answer.body;
  CHECK(csv.starts_with("\xef\xbb\xbf"));
  CHECK(csv.find("\"Name \"\"one\"\"\"") != csv.npos);
  CHECK(csv.find("\"'=1+1\"") != csv.npos);
}

TEST_CASE_METHOD(Class, "the chat can be read afterwards by whoever answers for it, page by page",
                 "[http][class]") {
  auto& attends = (*this)["student"];
  for (const std::string text : {"one", "two", "three"})
    CHECK(attends.wish(chat(text)) == "ok");
  CHECK(attends.wish({{"kind", "delete_message"}, {"line", attends.seq}}) == "ok");
  const auto first = json::parse(admin.get("/lessons/" + id + "/chat?limit=2").body);
  CHECK(first["items"][1]["text"] == "two");
  CHECK(first["items"][0]["name"] == "Erinna");
  const auto second = json::parse(
      admin.get("/lessons/" + id + "/chat?cursor=" + first["next_cursor"].get<std::string>()).body);
  REQUIRE(second["items"].size() == 1);
  CHECK(second["items"][0]["deleted"] == true);
  CHECK(second["items"][0]["text"] == "three");
  CHECK(second["next_cursor"].is_null());
}

TEST_CASE_METHOD(Class, "who is shown out is out, and does not come back by any door", "[http][class]") {
  CHECK((*this)["teacher"].wish({{"kind", "remove"}, {"person", ids["student"]}}) == "ok");
  CHECK((*this)["student"].hear("closed")["code"] == 4403);
  CHECK((*this)["guest"].hear("left")["reason"] == "removed");
  const auto again = enter("student", student);
  CHECK(again["type"] == "/problems/removed-from-lesson");
  CHECK((*this)["student"].hear("closed")["code"] == 4403);
  const auto whep = http::fetch("POST", server.origin() + "/api/v1/lessons/" + id + "/whep", student,
                                "application/sdp", "v=0\r\n");
  CHECK(test::code(whep) == "403 removed-from-lesson");
}

TEST_CASE_METHOD(Class, "a locked lesson lets nobody new in", "[http][class]") {
  CHECK((*this)["teacher"].wish({{"kind", "class_settings"}, {"locked", true}}) == "ok");
  const auto late = join_token({{"role", "guest"}, {"name", "Late"}});
  CHECK(enter("late", late)["type"] == "/problems/lesson-locked");
  CHECK((*this)["late"].hear("closed")["code"] == 4423);
  CHECK(enter("student", student)["kind"] == "welcome");
}

TEST_CASE_METHOD(
    Class, "kill -9 with a chat, a running poll and a raised hand: all is back, and what was missed is told",
    "[http][class][restart]") {
  CHECK((*this)["student"].wish(chat("before")) == "ok");
  CHECK((*this)["guest"].wish({{"kind", "hand"}, {"raised", true}}) == "ok");
  CHECK((*this)["teacher"].wish({{"kind", "poll_open"}, {"question", "Ready?"}, {"choice", "yes_no"}}) ==
        "ok");
  const auto poll = (*this)["teacher"].seq;
  CHECK((*this)["student"].wish({{"kind", "poll_answer"}, {"poll", poll}, {"choices", {0}}}) == "ok");
  // Answers in a hurry: what was accepted counts, and nothing twice.
  CHECK((*this)["guest"].wish({{"kind", "poll_answer"}, {"poll", poll}, {"choices", {1}}}) == "ok");
  server.kill_dash_nine();
  inside.clear();
  test::ServerProcess again(folder.path());
  Browser teaches(again.origin(), id), attends(again.origin(), id), visits(again.origin(), id);
  const auto whole = teaches.enter(teacher)["class"];
  CHECK(whole["chat"][0]["text"] == "before");
  CHECK(whole["hands"][0]["name"] == "Korinna");
  CHECK(whole["poll"]["poll"]["question"] == "Ready?");
  CHECK(whole["poll"]["tally"]["counts"] == json{1, 1});
  const auto mine = attends.enter(student)["class"];
  CHECK(mine["poll"]["mine"]["choices"] == json{0});
  CHECK(mine["hands"].empty());
  // The guest knew everything but the poll.
  const auto back = visits.enter(guest_token, {{"last_seq", poll - 1}});
  CHECK_FALSE(back.contains("class"));
  const auto missed = visits.hear("batch")["events"];
  CHECK(missed[0]["kind"] == "poll");
  CHECK(missed[1]["kind"] == "poll_answered");
  CHECK(missed.size() == 2);
  CHECK(teaches.wish({{"kind", "poll_close"}, {"poll", poll}}) == "ok");
  CHECK(teaches.seq > poll + 2);
}

TEST_CASE_METHOD(test::SchoolClient, "what a person said is in her copy, and goes with her",
                 "[http][class][privacy]") {
  const auto school_id = school(), class_id = cls(school_id), who = user(school_id, "student");
  enroll(class_id, who, "student");
  const auto lesson_id = lesson(class_id);
  REQUIRE(admin.post("/lessons/" + lesson_id + "/start", "").status == 200);
  const auto link =
      admin.post("/lessons/" + lesson_id + "/join-links", json{{"role", "student"}, {"user_id", who}}.dump());
  Browser student(server.origin(), lesson_id);
  student.enter(json::parse(link.body)["token"]);
  REQUIRE(student.wish(chat("my telephone is 2101234567")) == "ok");
  REQUIRE(student.wish({{"kind", "hand"}, {"raised", true}}) == "ok");
  const auto copy = json::parse(as(who, "student").get("/users/" + who + "/export").body)["class_events"];
  REQUIRE(copy.size() == 2);
  CHECK(copy[0]["body"]["text"] == "my telephone is 2101234567");
  REQUIRE(admin.ask("POST", "/users/" + who + "/erase", "", "", version("/users/" + who)).status == 204);
  const auto left = admin.get("/lessons/" + lesson_id + "/chat").body;
  CHECK(left.find("2101234567") == left.npos);
  CHECK(left.find("Pappa") == left.npos);
}

TEST_CASE_METHOD(test::SchoolClient, "a school that allows no private lines keeps its word against a teacher",
                 "[http][class][permissions]") {
  const auto school_id = school(), class_id = cls(school_id), lesson_id = lesson(class_id);
  REQUIRE(change("/schools/" + school_id, {{"private_chat", "off"}}).status == 200);
  CHECK(change("/schools/" + school_id, {{"private_chat", "sometimes"}}).status == 400);
  REQUIRE(admin.post("/lessons/" + lesson_id + "/start", "").status == 200);
  const auto link =
      admin.post("/lessons/" + lesson_id + "/join-links", R"({"role":"teacher","name":"Anna"})");
  Browser teaches(server.origin(), lesson_id);
  CHECK(teaches.enter(json::parse(link.body)["token"])["class"]["private_chat_rule"] == "off");
  CHECK(teaches.wish({{"kind", "class_settings"}, {"private_chat", true}}) == "private-chat-off");
}
