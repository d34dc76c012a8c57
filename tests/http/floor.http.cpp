// The floor on the real server: who may publish a voice, what a page that lies is told, how the floor ends,
// and that a kill -9 leaves nobody stuck with it.
#include <memory>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using nlohmann::json;
using test::Browser;
using test::LiveLesson;
using test::TestStudent;
using test::TestTeacher;

namespace {

// A teacher and two students inside; media go by real sockets.
struct Floor : LiveLesson {
  std::string other_token = join_token({{"role", "student"}, {"name", "Korinna"}});
  std::unique_ptr<Browser> teaches, studies, other;
  std::string student_id, other_id;
  TestTeacher mouth{loop};

  Floor() { enter(); }
  json enter() {
    teaches = std::make_unique<Browser>(*this);
    studies = std::make_unique<Browser>(*this);
    other = std::make_unique<Browser>(*this);
    student_id = studies->enter(student)["you"];
    other_id = other->enter(other_token)["you"];
    return teaches->enter(teacher);
  }
  json give(const std::string& person, bool camera = false) const {
    return {{"kind", "give_floor"}, {"person", person}, {"camera", camera}};
  }
  json end(const std::string& person) const { return {{"kind", "end_floor"}, {"person", person}}; }
  // "", or the type of the refusal.
  std::string speak(TestTeacher& who, const std::string& token) {
    const auto joined = who.join(post("/whip?source=floor", token));
    if (joined) return "";
    const auto problem = json::parse(joined.error().detail);
    return problem["type"].get<std::string>();
  }
};

}  // namespace

TEST_CASE_METHOD(Floor, "POST whip?source=floor answers 403 floor-not-given to whoever has not got it",
                 "[http][floor][permissions]") {
  CHECK(speak(mouth, student) == "/problems/floor-not-given");
  REQUIRE(teaches->wish(give(student_id)) == "ok");
  CHECK(studies->hear("floor_given")["on_floor"]["person"] == student_id);
  CHECK(speak(mouth, other_token) == "/problems/floor-not-given");
  CHECK(speak(mouth, student).empty());
  CHECK(mouth.answer().find("m=video 0 ") != std::string::npos);  // a picture was not given
  const auto stage = other->hear("stage")["stage"];
  CHECK(stage["voices"][1] == student_id);
  CHECK(stage["floor"] == nullptr);
}

TEST_CASE_METHOD(Floor, "a page that lies about itself is given nothing", "[http][floor][bad-input]") {
  CHECK(studies->wish(give(student_id)) == "not-allowed");
  CHECK(studies->wish({{"kind", "class_settings"}, {"speak_freely", true}}) == "not-allowed");
  CHECK(studies->wish({{"kind", "mute"}, {"muted", false}}) == "not-allowed");
  studies->say({{"kind", "media"}, {"microphone", "on"}, {"camera", "on"}});  // a word alone opens no door
  CHECK(speak(mouth, student) == "/problems/floor-not-given");
  REQUIRE(teaches->wish(give(other_id)) == "ok");
  CHECK(studies->wish(end(other_id)) == "not-allowed");
  const auto camera = http::fetch("POST", server.origin() + "/api/v1/lessons/" + id + "/whip?source=camera",
                                  student, "application/sdp", "v=0");
  CHECK(test::code(camera) == "403 not-allowed");
}

TEST_CASE_METHOD(Floor, "what the teacher takes back is closed at once, and the voice reaches nobody",
                 "[http][floor]") {
  TestStudent ear(loop);
  REQUIRE(ear.join(post("/whep", other_token)));
  REQUIRE(teaches->wish(give(student_id)) == "ok");
  REQUIRE(speak(mouth, student).empty());
  REQUIRE(loop.run_until([&] { return ear.connected() && mouth.connected(); }, 20s));
  REQUIRE(loop.run_until(
      [&] {
        mouth.send_voice();
        return ear.voice(1).packets > 10;
      },
      20s));
  REQUIRE(teaches->wish(end(student_id)) == "ok");
  CHECK(studies->hear("floor_ended")["why"] == "taken");
  CHECK(loop.run_until([&] { return mouth.closed_by_server(); }, 20s));
  CHECK(speak(mouth, student) == "/problems/floor-not-given");
}

TEST_CASE_METHOD(Floor, "two have the floor at most; each refusal names its field",
                 "[http][floor][bad-input]") {
  REQUIRE(teaches->wish(give(student_id, true)) == "ok");
  CHECK(teaches->wish(give(other_id, true)) == "floor-full");
  REQUIRE(teaches->wish(give(other_id)) == "ok");
  Browser third(*this);
  const std::string third_id = third.enter(join_token({{"role", "guest"}, {"name", "Myrtis"}}))["you"];
  teaches->say({{"kind", "give_floor"}, {"person", third_id}, {"ref", 900}});
  const auto refused = teaches->hear("error");
  CHECK(refused["type"] == "/problems/floor-full");
  CHECK(refused["field"] == "/person");
  CHECK(third.wish({{"kind", "end_floor"}, {"person", third_id}}) == "ok");  // it was so already
}

TEST_CASE_METHOD(Floor, "a refused microphone is told to the teacher as a state", "[http][floor]") {
  REQUIRE(teaches->wish(give(student_id)) == "ok");
  for (const std::string said : {"refused", "missing", "muted"}) {
    studies->say({{"kind", "media"}, {"microphone", said}, {"camera", "none"}});
    const auto person = teaches->hear("changed")["person"];
    CHECK(person["id"] == student_id);
    CHECK(person["microphone"] == said);
  }
}

TEST_CASE_METHOD(Floor, "after a kill -9 the floor is hers who comes back; hers who does not is free again",
                 "[http][floor][restart]") {
  REQUIRE(teaches->wish({{"kind", "class_settings"}, {"speak_freely", true}}) == "ok");
  REQUIRE(teaches->wish(give(student_id)) == "ok");
  REQUIRE(teaches->wish(give(other_id, true)) == "ok");
  REQUIRE(speak(mouth, student).empty());
  REQUIRE(teaches->wish({{"kind", "mute"}, {"muted", true}}) == "ok");
  REQUIRE(teaches->wish({{"kind", "class_settings"}, {"speak_freely", false}}) == "ok");
  server.kill_dash_nine();
  test::ServerProcess again(folder.path());
  Browser teacher_again(again.origin(), id), student_again(again.origin(), id);
  const auto welcome = teacher_again.enter(teacher);
  REQUIRE(welcome["class"]["floor"].size() == 2);
  CHECK(welcome["class"]["floor"][1]["camera"] == true);
  CHECK(welcome["class"]["muted"].size() == 2);
  student_again.enter(student);
  const auto speaks = [&] {
    TestTeacher anew(loop);
    return anew
        .join([&](const std::string& offer) -> Result<std::string> {
          const auto answer =
              http::fetch("POST", again.origin() + "/api/v1/lessons/" + id + "/whip?source=floor", student,
                          "application/sdp", offer);
          if (answer.status == 201) return answer.body;
          return fail(ErrorKind::kInternal, std::to_string(answer.status), answer.body);
        })
        .has_value();
  };
  CHECK(speaks());
  const auto ended = teacher_again.hear("floor_ended");  // of her who did not come back
  CHECK(ended["person"] == other_id);
  CHECK(ended["why"] == "left");
  CHECK(teacher_again.wish(give(other_id)) == "person-not-found");
  CHECK(speaks());
}

TEST_CASE_METHOD(Floor, "how long a student spoke from the floor stands in the attendance, silence does not",
                 "[http][floor][attendance][rfc6464]") {
  TestTeacher silent(loop);
  for (auto* voice : {&mouth, &silent})
    voice->offer_levels();
  REQUIRE(teaches->wish(give(student_id)) == "ok");
  REQUIRE(teaches->wish(give(other_id)) == "ok");
  REQUIRE(speak(mouth, student).empty());
  REQUIRE(speak(silent, other_token).empty());
  REQUIRE(loop.run_until([&] { return mouth.connected() && silent.connected(); }, 20s));
  const auto items = [&] { return json::parse(admin.get("/lessons/" + id + "/attendance").body)["items"]; };
  const auto spoken = [&](const std::string& name) {
    for (const auto& one : items())
      if (one["name"] == name) return one["seconds_spoken"].get<int>();
    return -1;
  };
  CHECK(spoken("Korinna") == 0);
  const auto both_send = [&] {
    mouth.send_voice(30);
    silent.send_voice(127);
    return mouth.packets_sent() % 50 == 0;
  };
  REQUIRE(loop.run_until([&] { return both_send() && spoken("Erinna") >= 2; }, 60s));
  CHECK(spoken("Korinna") == 0);
  for (const auto& one : items())
    if (one["role"] == "teacher") CHECK(one["seconds_spoken"].is_null());
  // The same for spreadsheets.
  const auto csv = admin.get("/lessons/" + id + "/attendance?format=csv").body;
  CHECK(csv.find(",seconds_recorded,seconds_spoken,first_seen,") != csv.npos);
}
