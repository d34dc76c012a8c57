// The class's WebSocket on the real server: what is said in which order, and what happens to whoever says it
// wrong.
#include <memory>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"
#include "tests/support/live_lesson.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;
using test::LiveLesson;

TEST_CASE("who enters is welcome with the whole state, and the others hear of her", "[http][live]") {
  LiveLesson lesson;
  Browser teacher(lesson);
  auto page = std::make_unique<Browser>(lesson);
  Browser& student = *page;
  const auto first = teacher.enter(lesson.teacher);
  CHECK(first["kind"] == "welcome");
  CHECK(first["lesson"]["status"] == "live");
  CHECK(first["people"].size() == 1);
  const auto second = student.enter(lesson.student);
  CHECK(second["people"].size() == 2);
  CHECK(second["server_instance"] == first["server_instance"]);
  CHECK(teacher.hear("joined")["person"]["name"] == "Erinna");
  teacher.say({{"kind", "media"}, {"microphone", "on"}, {"camera", "muted"}});
  const auto changed = student.hear("changed");
  CHECK(changed["person"]["microphone"] == "on");
  CHECK(changed["person"]["camera"] == "muted");
  student.leave();
  page.reset();
  CHECK(teacher.hear("left")["reason"] == "left");
}

TEST_CASE("an open guest link asks for a name, and knows its guest again", "[http][live]") {
  LiveLesson lesson;
  const auto open = lesson.join_token({{"role", "guest"}});
  Browser nameless(lesson), first(lesson), again(lesson);
  CHECK(nameless.enter(open)["type"] == "/problems/name-required");
  CHECK(nameless.hear()["code"] == 4400);
  const json hello{{"kind", "hello"}, {"token", open}, {"name", "Sappho"}, {"guest_key", "0123456789"}};
  first.say(hello);
  const auto welcome = first.hear();
  CHECK(welcome["people"][0]["name"] == "Sappho");
  again.say(hello);
  CHECK(again.hear()["you"] == welcome["you"]);
}

TEST_CASE("whoever may not come in is told why, and the socket closes", "[http][live][bad-input]") {
  LiveLesson lesson;
  Browser forged(lesson), foreign(lesson), silent(lesson);
  CHECK(forged.enter("thr_forged")["type"] == "/problems/token-invalid");
  CHECK(forged.hear()["code"] == 4401);
  const auto other =
      lesson.create("/classes/" + lesson.cls + "/lessons", {{"title", "Optics"},
                                                            {"starts_at", "2026-09-15T09:00:00+03:00"},
                                                            {"ends_at", "2026-09-15T09:45:00+03:00"}});
  const auto link =
      lesson.admin.post("/lessons/" + other + "/join-links", R"({"role":"guest","name":"Eris"})");
  CHECK(foreign.enter(json::parse(link.body)["token"])["type"] == "/problems/wrong-lesson");
  CHECK(foreign.hear()["code"] == 4401);
  silent.say({{"kind", "ping"}, {"nonce", 1}});
  CHECK(silent.hear()["type"] == "/problems/hello-expected");
  CHECK(silent.hear()["code"] == 4400);
}

TEST_CASE("a message of the wrong shape is refused with its field, and the class goes on",
          "[http][live][bad-input]") {
  LiveLesson lesson;
  Browser student(lesson);
  student.enter(lesson.student);
  for (const char* text :
       {"not json", "[]", R"({"kind":"media"})", R"({"kind":"media","microphone":7,"camera":"on"})",
        R"({"kind":"shout"})", R"({"kind":"ping","nonce":-1})", R"({"kind":"hello","token":"x"})"}) {
    INFO(text);
    student.say_text(text);
    const auto answer = student.hear();
    CHECK(answer["kind"] == "error");
    CHECK(answer["type"].get<std::string>().starts_with("/problems/"));
  }
  student.say({{"kind", "ping"}, {"nonce", 42}});
  CHECK(student.hear()["nonce"] == 42);
  for (int i = 0; i < 25; ++i)
    student.say_text("{");
  CHECK(student.hear("closed")["code"] == 4429);
}

TEST_CASE("the end of the lesson is told, and closes the class", "[http][live]") {
  LiveLesson lesson;
  Browser student(lesson);
  student.enter(lesson.student);
  REQUIRE(lesson.admin.post("/lessons/" + lesson.id + "/end", "").status == 200);
  CHECK(student.hear("lesson")["lesson"]["status"] == "ended");
  CHECK(student.hear()["code"] == 1000);
  Browser late(lesson);
  CHECK(late.enter(lesson.student)["type"] == "/problems/lesson-ended");
  CHECK(late.hear()["code"] == 4409);
}

TEST_CASE("who waits for a lesson that is deleted is told that it is over", "[http][live]") {
  LiveLesson lesson;
  const auto other =
      lesson.create("/classes/" + lesson.cls + "/lessons", {{"title", "Optics"},
                                                            {"starts_at", "2026-09-15T09:00:00+03:00"},
                                                            {"ends_at", "2026-09-15T09:45:00+03:00"}});
  const auto link =
      lesson.admin.post("/lessons/" + other + "/join-links", R"({"role":"guest","name":"Eris"})");
  lesson.id = other;
  Browser waiting(lesson);
  CHECK(waiting.enter(json::parse(link.body)["token"])["lesson"]["status"] == "scheduled");
  const auto path = "/lessons/" + other;
  CHECK(test::code(lesson.admin.post(path + "/end", "")) == "409 lesson-not-live");
  REQUIRE(lesson.admin.erase(path, {{"If-Match", lesson.admin.get(path).headers.at("etag")}}).status == 204);
  CHECK(waiting.hear("lesson")["lesson"]["status"] == "ended");
  CHECK(waiting.hear()["code"] == 1000);
}
