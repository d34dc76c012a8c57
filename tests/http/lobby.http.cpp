// The door of a lesson on the real server: who waits, what she gets meanwhile (nothing), who admits her, and
// what of it is there after a kill -9. And what a school lays down for minors.
#include <memory>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;

namespace {

// A live lesson of a class with Ada in it, and a school with these rules.
struct Lobby : test::SchoolClient {
  std::string school_id = school(), class_id = cls(school_id), teacher_id = user(school_id, "teacher"), id;
  std::string ada_id = create("/schools/" + school_id + "/users",
                              {{"given_name", "Ada"}, {"family_name", "Béta"}, {"roles", {"student"}}});
  std::unique_ptr<Browser> teaches;

  Lobby() {
    enroll(class_id, teacher_id, "teacher");
    enroll(class_id, ada_id, "student");
  }
  void start(const json& rules = json::object()) {
    if (!rules.empty()) REQUIRE(change("/schools/" + school_id, rules).status == 200);
    id = lesson(class_id);
    REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
    teaches = std::make_unique<Browser>(server.origin(), id);
    REQUIRE(teaches->enter(token({{"role", "teacher"}, {"user_id", teacher_id}}))["kind"] == "welcome");
  }
  std::string token(const json& who) const {
    return json::parse(admin.post("/lessons/" + id + "/join-links", who.dump()).body)["token"];
  }
  std::string guest(const std::string& name) const { return token({{"role", "guest"}, {"name", name}}); }
  std::unique_ptr<Browser> browser() const { return std::make_unique<Browser>(server.origin(), id); }
  // The line of chat with this text; others are passed over.
  static json line_of(Browser& who, const std::string& text) {
    for (;;) {
      const auto heard = who.hear("chat");
      REQUIRE(heard["kind"] == "chat");
      if (heard["line"]["text"] == text) return heard["line"];
    }
  }
  // The first list of who waits in which this many do.
  json waiting(size_t count) const {
    for (;;) {
      const auto told = teaches->hear("waiting");
      if (told["count"] == count) return told["people"];
    }
  }
  std::string media(const std::string& endpoint, const std::string& bearer,
                    const std::string& offer = "v=0\r\n") const {
    return test::code(http::fetch("POST", server.origin() + "/api/v1/lessons/" + id + endpoint, bearer,
                                  "application/sdp", offer));
  }
};

}  // namespace

TEST_CASE_METHOD(
    Lobby, "a guest waits in the lobby and gets nothing of the lesson by any door until she is admitted",
    "[http][class][lobby][permissions]") {
  start({{"lobby", "guests"}});
  const auto erinna = guest("Erinna");
  auto waits = browser();
  const auto lobby = waits->enter(erinna);
  CHECK(lobby["kind"] == "lobby");
  CHECK(lobby["name_taken"] == false);
  CHECK(lobby["lesson"]["title"] == "Waves");
  CHECK_FALSE(lobby.contains("people"));
  CHECK(waiting(1)[0]["name"] == "Erinna");

  auto ada = browser();
  CHECK(ada->enter(token({{"role", "student"}, {"user_id", ada_id}}))["kind"] == "welcome");
  REQUIRE(ada->wish({{"kind", "chat"}, {"text", "good morning"}}) == "ok");
  for (const json& message :
       {json{{"kind", "chat"}, {"text", "hello"}}, json{{"kind", "hand"}, {"raised", true}},
        json{{"kind", "admit"}}, json{{"kind", "reaction"}, {"reaction", "clap"}}}) {
    INFO(message.dump());
    CHECK(waits->wish(message) == "waiting-to-be-admitted");
  }
  CHECK(media("/whep", erinna) == "403 waiting-to-be-admitted");
  CHECK(media("/whip?source=floor", erinna).starts_with("403"));
  const test::RestClient rest(server.origin(), erinna);
  for (const std::string& path :
       {"/lessons/" + id + "/chat", "/lessons/" + id + "/polls", "/lessons/" + id + "/report",
        "/classes/" + class_id + "/enrollments", "/schools/" + school_id + "/users"}) {
    INFO(path);
    CHECK(test::code(rest.get(path)).starts_with("403"));
  }

  REQUIRE(teaches->wish({{"kind", "admit"}, {"person", lobby["you"]}}) == "ok");
  const auto welcome = waits->hear();  // the very next that she hears
  REQUIRE(welcome["kind"] == "welcome");
  CHECK(welcome["class"]["chat"][0]["text"] == "good morning");
  CHECK(waits->wish({{"kind", "chat"}, {"text", "hello"}}) == "ok");
  CHECK(line_of(*ada, "hello")["by_guest"] == true);
  CHECK_FALSE(media("/whep", erinna).starts_with("403"));  // let in as far as the offer, which is none
}

TEST_CASE_METHOD(Lobby, "kill -9: who was admitted comes back without waiting, who was turned away does not",
                 "[http][class][lobby][restart]") {
  start();
  REQUIRE(teaches->wish({{"kind", "class_settings"}, {"lobby", "everybody"}}) == "ok");
  const auto in = guest("Erinna"), out = guest("Korinna"), late = guest("Late");
  auto first = browser(), second = browser();
  const auto in_id = first->enter(in)["you"], out_id = second->enter(out)["you"];
  CHECK(waiting(2)[0]["name"] == "Erinna");
  REQUIRE(teaches->wish({{"kind", "turn_away"}, {"person", out_id}}) == "ok");
  CHECK(second->hear("error")["type"] == "/problems/turned-away");
  CHECK(second->hear("closed")["code"] == 4406);
  REQUIRE(teaches->wish({{"kind", "admit"}}) == "ok");
  CHECK(first->hear()["you"] == in_id);
  server.kill_dash_nine();
  test::ServerProcess again(folder.path());
  Browser back(again.origin(), id), refused(again.origin(), id), new_one(again.origin(), id);
  CHECK(back.enter(in)["kind"] == "welcome");
  CHECK(refused.enter(out)["type"] == "/problems/turned-away");
  CHECK(new_one.enter(late)["kind"] == "lobby");
}

TEST_CASE_METHOD(Lobby, "a guest who calls herself as somebody of the class is told, and is shown as a guest",
                 "[http][class][lobby]") {
  start({{"lobby", "guests"}});
  auto waits = browser();
  const auto lobby = waits->enter(guest(" ADA  beta"));
  CHECK(lobby["name_taken"] == true);
  CHECK(waiting(1)[0]["name_taken"] == true);
  REQUIRE(teaches->wish({{"kind", "class_settings"}, {"lobby", "off"}}) == "ok");  // the door opens by itself
  const auto people = waits->hear("welcome")["people"];
  CHECK(people[1]["name_taken"] == true);
  CHECK(people[1]["role"] == "guest");
  CHECK_FALSE(people[0].contains("name_taken"));
  auto one = browser(), two = browser();
  one->enter(guest("Zoe"));
  CHECK(two->enter(guest("zoé"))["people"][3]["name_taken"] == true);  // somebody is here under that name
}

TEST_CASE_METHOD(Lobby,
                 "where only the enrolled come in, a student whom the school does not know is no student",
                 "[http][class][lobby][permissions]") {
  start();
  REQUIRE(teaches->wish({{"kind", "class_settings"}, {"only_enrolled", true}}) == "ok");
  auto ada = browser(), stranger = browser(), visitor = browser();
  CHECK(ada->enter(token({{"role", "student"}, {"user_id", ada_id}}))["kind"] == "welcome");
  CHECK(stranger->enter(token({{"role", "student"}, {"name", "Eris"}}))["type"] == "/problems/only-enrolled");
  CHECK(stranger->hear("closed")["code"] == 4407);
  const auto link = guest("Erinna");
  CHECK(visitor->enter(link)["type"] == "/problems/only-enrolled");
  CHECK(media("/whep", link) == "403 only-enrolled");
}

TEST_CASE_METHOD(Lobby, "words that the school does not allow do not get past the server", "[http][class]") {
  start({{"chat_words", {"fool"}}});
  auto ada = browser();
  ada->enter(token({{"role", "student"}, {"user_id", ada_id}}));
  REQUIRE(ada->wish({{"kind", "chat"}, {"text", "What a FOOL!"}}) == "ok");
  CHECK(teaches->hear("chat")["line"]["text"] == "What a ****!");
  CHECK(test::code(change("/schools/" + school_id, {{"chat_words", {"a,b"}}})) == "400 invalid-field");
  CHECK(test::code(change("/schools/" + school_id, {{"chat_words_rule", "shout"}})) == "400 invalid-field");
  CHECK(test::code(change("/schools/" + school_id, {{"lobby", "some"}})) == "400 invalid-field");
}

TEST_CASE_METHOD(Lobby, "what a school lays down holds in the lesson that is open",
                 "[http][class][lobby][rules]") {
  start();
  auto ada = browser(), waits = browser();
  const auto student = token({{"role", "student"}, {"user_id", ada_id}});
  const auto welcome = ada->enter(student);
  CHECK(welcome["class"]["students_cameras"] == "allowed");
  const json rules{{"lobby", "everybody"},
                   {"students_cameras", "off"},
                   {"private_chat", "off"},
                   {"chat_words", {"fool"}},
                   {"chat_words_rule", "refuse"}};
  REQUIRE(change("/schools/" + school_id, rules).status == 200);
  const auto told = ada->hear("school_rules");
  CHECK(told["students_cameras"] == "off");
  CHECK(told["private_chat_rule"] == "off");
  CHECK(ada->hear("class_settings")["settings"]["lobby"] == "everybody");
  CHECK(waits->enter(guest("Erinna"))["kind"] == "lobby");
  CHECK(ada->wish({{"kind", "chat"}, {"text", "What a fool!"}}) == "chat-word");
  CHECK(teaches->wish({{"kind", "class_settings"}, {"private_chat", true}}) == "private-chat-off");
  CHECK(teaches->wish({{"kind", "give_floor"}, {"person", welcome["you"]}, {"camera", true}}) ==
        "cameras-off");
  CHECK(ada->wish({{"kind", "chat"}, {"text", "I am still here"}}) == "ok");
  const auto stranger = guest("Late");
  server.kill_dash_nine();
  test::ServerProcess again(folder.path());
  Browser back(again.origin(), id), late(again.origin(), id);
  CHECK(back.enter(student)["class"]["settings"]["lobby"] == "everybody");
  CHECK(late.enter(stranger)["kind"] == "lobby");
}

TEST_CASE_METHOD(Lobby, "a reply names a line that its readers have", "[http][class]") {
  start();
  auto ada = browser();
  ada->enter(token({{"role", "student"}, {"user_id", ada_id}}));
  REQUIRE(ada->wish({{"kind", "chat"}, {"text", "Why?"}}) == "ok");
  const auto question = ada->seq;
  REQUIRE(teaches->wish({{"kind", "chat"}, {"text", "Because."}, {"reply_to", question}}) == "ok");
  CHECK(line_of(*ada, "Because.")["reply_to"] == question);
  CHECK(ada->wish({{"kind", "chat"}, {"text", "?"}, {"reply_to", 999}}) == "not-found");
  CHECK(ada->wish({{"kind", "chat"}, {"text", "?"}, {"reply_to", 0}}) == "invalid-field");
}
