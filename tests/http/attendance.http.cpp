// Attendance on the real server: people come and go by WebSocket, a teacher sets right, the server is killed.
#include <chrono>
#include <memory>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "tests/support/class_browser.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using std::chrono::steady_clock;
using test::code;
using test::RestClient;

namespace {

// A page in the lesson, as far as the class goes.
class Visit {
 public:
  Visit(const std::string& origin, const std::string& lesson, const std::string& token)
      : socket_(static_cast<uint16_t>(std::stoi(origin.substr(origin.rfind(':') + 1)))) {
    REQUIRE(socket_.upgrade("/api/v1/lessons/" + lesson + "/live", "thranio.v1").status == 101);
    socket_.send_text(json{{"kind", "hello"}, {"token", token}}.dump());
    REQUIRE(hear("welcome")["kind"] == "welcome");
  }
  json hear(const std::string& kind) {
    for (;;) {
      const auto frame = socket_.read_frame();
      if (frame.opcode == 8) return {{"kind", "closed"}};
      if (frame.opcode != 1) continue;
      auto message = json::parse(frame.payload);
      if (message["kind"] == kind) return message;
    }
  }
  void leave() {
    socket_.send_frame(8, std::string("\x03\xe9", 2));
    while (socket_.read_frame().opcode != 8) {
    }
  }

 private:
  test::RawClient socket_;
};

struct AttendanceFixture : test::SchoolClient {
  std::string home = school();
  std::string teacher = person("Hypatia", "teacher"), nikos = person("Nikos", "student"),
              eleni = person("Eleni", "student"), ada = person("=Ada", "student");
  std::string own_class = cls(home);
  std::string id;

  AttendanceFixture() {
    enroll(own_class, teacher, "teacher");
    for (const auto& student : {nikos, eleni, ada})
      enroll(own_class, student, "student");
    id = lesson(own_class);
    REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
  }
  std::string person(const std::string& name, const std::string& role) const {
    return create("/schools/" + home + "/users",
                  {{"given_name", name}, {"family_name", "Beta"}, {"roles", {role}}});
  }
  std::string link(const std::string& user_id, const std::string& role = "student") const {
    const auto answer =
        admin.post("/lessons/" + id + "/join-links", json{{"role", role}, {"user_id", user_id}}.dump());
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["token"];
  }
  std::unique_ptr<Visit> visit(const std::string& user_id, const std::string& role = "student") const {
    return std::make_unique<Visit>(server.origin(), id, link(user_id, role));
  }
  void end() const { REQUIRE(admin.post("/lessons/" + id + "/end", "").status == 200); }
  static json of(const json& items, const std::string& user_id) {
    for (const auto& item : items)
      if (item["user_id"] == user_id) return item;
    return nullptr;
  }
  json entry(const std::string& user_id) const {
    return of(read("/lessons/" + id + "/attendance")["items"], user_id);
  }
  // Until attendance says so; what was told by WebSocket comes to it a moment later.
  template <typename True>
  json wait_for(const std::string& user_id, True is_true) const {
    const auto until = steady_clock::now() + test::RawClient::kPatience;
    json now = entry(user_id);
    while (!is_true(now) && steady_clock::now() < until)
      now = entry(user_id);
    return now;
  }
  http::FetchedResponse correct(const RestClient& who, const json& body) const {
    return who.post("/lessons/" + id + "/attendance-corrections", body.dump());
  }
};

}  // namespace

TEST_CASE_METHOD(AttendanceFixture, "who was there, how long, and why not longer", "[http][attendance]") {
  auto hypatia = visit(teacher, "teacher");
  auto phone = visit(nikos), laptop = visit(nikos);
  auto eleni_page = visit(eleni);
  phone->leave();  // the other tab stays
  eleni_page->leave();
  const auto left = wait_for(
      eleni, [](const json& now) { return now["absences"].dump().find("\"left\"") != std::string::npos; });
  CHECK(left["absences"].back()["reason"] == "left");
  end();
  const auto told = read("/lessons/" + id + "/attendance");
  CHECK(told["lesson"]["title"] == "Waves");
  CHECK(told["lesson"]["ended_at"].is_string());
  CHECK(told["items"].size() == 4);
  CHECK(told["items"][0]["role"] == "teacher");
  const auto nikos_was = of(told["items"], nikos);
  CHECK(nikos_was["present"] == true);
  for (const auto& absence : nikos_was["absences"])
    CHECK(absence["reason"] == "not_yet_there");
  const auto ada_was = of(told["items"], ada);
  CHECK(ada_was["present"] == false);
  CHECK(ada_was["expected"] == true);
  CHECK(ada_was["absences"].back()["reason"] == "never_came");

  const auto report = read("/lessons/" + id + "/report");
  CHECK(report["counts"]["expected"] == 3);
  CHECK(report["counts"]["present"] == 2);
  CHECK(report["counts"]["absent"] == 1);
  CHECK(report["people"].size() == 4);
  CHECK(read("/users/" + nikos + "/attendance")["totals"]["present"] == 1);
  const auto of_class = read("/classes/" + own_class + "/attendance");
  CHECK(of_class["lessons"] == 1);
  CHECK(of(of_class["items"], ada)["absent"] == 1);
  CHECK(read("/classes/" + own_class + "/attendance?from=2031-01-01T00:00:00Z")["lessons"] == 0);
  const auto term = create("/schools/" + home + "/academic-sessions", {{"title", "Winter"},
                                                                       {"type", "term"},
                                                                       {"starts_on", "2026-09-14"},
                                                                       {"ends_on", "2026-09-14"},
                                                                       {"school_year", "2027"}});
  CHECK(read("/academic-sessions/" + term + "/attendance")["items"].size() == 3);
  CHECK(read("/academic-sessions/" + term + "/attendance?class=c_none")["items"].empty());
}

TEST_CASE_METHOD(AttendanceFixture,
                 "who is shown out is away because she was removed; who waits at the door is not there",
                 "[http][attendance][lobby]") {
  test::Browser hypatia(server.origin(), id), nikos_page(server.origin(), id),
      eleni_page(server.origin(), id);
  hypatia.enter(link(teacher, "teacher"));
  const auto you = nikos_page.enter(link(nikos))["you"];
  REQUIRE(hypatia.wish({{"kind", "class_settings"}, {"lobby", "everybody"}}) == "ok");
  REQUIRE(eleni_page.enter(link(eleni))["kind"] == "lobby");
  REQUIRE(hypatia.wish({{"kind", "remove"}, {"person", you}}) == "ok");
  CHECK(nikos_page.hear("closed")["code"] == 4403);
  const auto removed = wait_for(
      nikos, [](const json& now) { return now["absences"].dump().find("\"removed\"") != std::string::npos; });
  CHECK(removed["absences"].back()["reason"] == "removed");
  end();
  CHECK(entry(nikos)["absences"].back()["reason"] == "removed");
  CHECK(entry(eleni)["present"] == false);
  CHECK(entry(eleni)["absences"].back()["reason"] == "never_came");
}

TEST_CASE_METHOD(AttendanceFixture, "a spreadsheet gets the same, and no formula of a student's",
                 "[http][attendance]") {
  visit(ada)->leave();
  end();
  for (const std::string& path : {"/lessons/" + id + "/attendance", "/users/" + ada + "/attendance",
                                  "/classes/" + own_class + "/attendance"}) {
    const auto answer = admin.get(path + "?format=csv");
    INFO(answer.body);
    CHECK(answer.status == 200);
    CHECK(answer.headers.at("content-type") == "text/csv; charset=utf-8");
    CHECK(answer.headers.at("content-disposition").find(".csv") != std::string::npos);
    CHECK(answer.body.starts_with("\xef\xbb\xbf"));
    CHECK(answer.body.find("\"'=Ada Beta\"") != std::string::npos);
  }
  CHECK(code(admin.get("/lessons/" + id + "/attendance?format=xls")) == "400 invalid-field");
}

TEST_CASE_METHOD(AttendanceFixture, "a student sees her own, a guardian hers, a teacher her classes'",
                 "[http][attendance]") {
  visit(nikos)->leave();
  visit(eleni)->leave();
  end();
  const auto mother = person("Thaleia", "guardian"), stranger = person("Theon", "teacher");
  create("/users/" + eleni + "/guardians", {{"guardian_id", mother}});
  const auto only = [&](const RestClient& who) {
    const auto items = json::parse(who.get("/lessons/" + id + "/attendance").body)["items"];
    REQUIRE(items.size() == 1);
    return items[0]["user_id"];
  };
  CHECK(only(as(nikos, "student")) == nikos);
  CHECK(only(as(mother, "guardian")) == eleni);
  CHECK(as(nikos, "student").get("/users/" + nikos + "/attendance").status == 200);
  CHECK(as(mother, "guardian").get("/users/" + eleni + "/attendance").status == 200);
  for (const auto& [who, user_id] : {std::pair(as(nikos, "student"), eleni),
                                     {as(mother, "guardian"), nikos},
                                     {as(stranger, "teacher"), nikos}})
    CHECK(code(who.get("/users/" + user_id + "/attendance")) == "403 not-allowed");
  const auto hers = json::parse(as(teacher, "teacher").get("/users/" + nikos + "/attendance").body);
  CHECK(hers["items"].size() == 1);
  // What he does in another class is none of her business.
  const auto elsewhere = cls(home, "Optics");
  enroll(elsewhere, nikos, "student");
  enroll(elsewhere, stranger, "teacher");
  CHECK(json::parse(as(stranger, "teacher").get("/users/" + nikos + "/attendance").body)["items"].empty());
}

TEST_CASE_METHOD(AttendanceFixture, "a teacher sets right, the original stays, and the audit log tells it",
                 "[http][attendance]") {
  const auto hypatia = as(teacher, "teacher");
  CHECK(code(correct(hypatia, {{"user_id", "u_none"}, {"minutes", 1}, {"reason", "x"}})) ==
        "400 invalid-field");
  visit(nikos)->leave();
  end();
  CHECK(code(correct(hypatia, {{"user_id", ada}, {"minutes", 46}, {"reason", "x"}})) == "400 invalid-field");
  CHECK(code(correct(hypatia, {{"user_id", ada}, {"minutes", -1}, {"reason", "x"}})) == "400 invalid-field");
  CHECK(code(correct(hypatia, {{"user_id", ada}, {"minutes", 1}})) == "400 invalid-field");
  CHECK(code(correct(as(nikos, "student"), {{"user_id", nikos}, {"minutes", 1}, {"reason", "x"}})) ==
        "403 not-allowed");
  REQUIRE(correct(hypatia, {{"user_id", ada}, {"minutes", 1}, {"reason", "She sat beside me"}}).status ==
          201);
  auto ada_was = entry(ada);
  CHECK(ada_was["present"] == true);
  CHECK(ada_was["minutes"] == 1);
  CHECK(ada_was["seconds_recorded"] == 0);
  CHECK(ada_was["absences"].size() == 1);
  CHECK(ada_was["correction"]["corrected_by_name"] == "Hypatia Beta");
  REQUIRE(correct(hypatia, {{"user_id", ada}, {"minutes", 0}, {"reason", "It was another"}}).status == 201);
  ada_was = entry(ada);
  CHECK(ada_was["present"] == false);
  const auto all = read("/lessons/" + id + "/attendance-corrections")["items"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["minutes_before"] == 0);
  CHECK(all[1]["minutes_before"] == 1);
  CHECK(all[1]["number"] == 2);
  const auto log = read("/schools/" + home + "/audit?entity_id=" + id)["items"];
  CHECK(log[0]["action"] == "correct");
  CHECK(log[0]["before"]["minutes"] == 1);
  CHECK(log[0]["after"]["user_id"] == ada);
  CHECK(log[0]["actor"] == teacher);
  // A lesson that never was has nothing to be set right.
  id = lesson(own_class);
  CHECK(code(correct(hypatia, {{"user_id", ada}, {"minutes", 1}, {"reason", "x"}})) == "409 lesson-not-live");
}

TEST_CASE_METHOD(AttendanceFixture, "her copy holds her attendance; who is erased attended without a name",
                 "[http][attendance][privacy]") {
  visit(nikos)->leave();
  end();
  REQUIRE(correct(admin, {{"user_id", nikos}, {"minutes", 1}, {"reason", "Nikos lost his line"}}).status ==
          201);
  const auto copy = read("/users/" + nikos + "/export");
  REQUIRE(copy["presences"].size() == 1);
  CHECK(copy["presences"][0]["lesson_id"] == id);
  CHECK(copy["attendance_corrections"][0]["reason"] == "Nikos lost his line");
  const auto gone = admin.ask("POST", "/users/" + nikos + "/erase", "", "", version("/users/" + nikos));
  REQUIRE(gone.status == 204);
  const auto told = admin.get("/lessons/" + id + "/attendance");
  CHECK(told.body.find("Nikos") == std::string::npos);
  const auto he_was = of(json::parse(told.body)["items"], nikos);
  CHECK(he_was["name"] == "");
  CHECK(he_was["minutes"] == 1);
}

TEST_CASE_METHOD(AttendanceFixture, "after kill -9 in mid-lesson attendance is right to the second",
                 "[http][attendance][kill]") {
  const auto came = steady_clock::now();
  auto nikos_page = visit(nikos), eleni_page = visit(eleni);
  const auto seated = steady_clock::now();
  {  // What is on the disk, without asking the server, which would write first.
    soci::session disk(soci::sqlite3, "db=" + folder.database_file());
    long long beat = 0;
    const auto until = steady_clock::now() + test::RawClient::kPatience;
    while (beat < 3000 && steady_clock::now() < until)
      disk << "SELECT beat_at - live_at FROM lesson_ledgers", soci::into(beat);
    REQUIRE(beat >= 3000);
  }
  server.kill_dash_nine();
  const auto killed = steady_clock::now();
  const test::ServerProcess again(folder.path());
  const RestClient reader(again.origin(), test::admin_token(folder.path()));
  const auto now = [&](const std::string& user_id) {
    return of(json::parse(reader.get("/lessons/" + id + "/attendance").body)["items"], user_id);
  };
  // Nobody is back yet: they were there until the last beat.
  const auto eleni_was = now(eleni);
  const std::chrono::duration<double> least = killed - seated, most = killed - came;
  INFO("present " << least.count() << " to " << most.count() << " s\n" << eleni_was.dump(1));
  CHECK(eleni_was["seconds_recorded"] >= least.count() - 2);  // a beat, and a second that is rounded down
  CHECK(eleni_was["seconds_recorded"] <= most.count());
  CHECK(eleni_was["absences"].back()["reason"] == "server_stopped");
  // Who is back at once was never away.
  const auto token = json::parse(
      reader.post("/lessons/" + id + "/join-links", json{{"role", "student"}, {"user_id", nikos}}.dump())
          .body)["token"];
  Visit back(again.origin(), id, token);
  const std::chrono::duration<double> surely = steady_clock::now() - seated;
  REQUIRE(reader.post("/lessons/" + id + "/end", "").status == 200);
  const auto nikos_was = now(nikos);
  const std::chrono::duration<double> whole = steady_clock::now() - came;
  CHECK(nikos_was["seconds_recorded"] <= whole.count());
  CHECK(nikos_was["seconds_recorded"] >= surely.count() - 2);  // with the time that no server was there
  for (const auto& absence : nikos_was["absences"])
    CHECK(absence["reason"] == "not_yet_there");
}

TEST_CASE_METHOD(AttendanceFixture, "a server that stops in order writes down until when everybody was there",
                 "[http][attendance]") {
  auto page = visit(nikos);
  REQUIRE(entry(nikos)["present"] == true);
  REQUIRE(server.terminate() == 0);
  const test::ServerProcess again(folder.path());
  const RestClient reader(again.origin(), test::admin_token(folder.path()));
  const auto was = of(json::parse(reader.get("/lessons/" + id + "/attendance").body)["items"], nikos);
  CHECK(was["present"] == true);
  REQUIRE_FALSE(was["absences"].empty());
  CHECK(was["absences"].back()["reason"] == "server_stopped");
}
