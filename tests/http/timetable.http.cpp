// The timetable over HTTP, against the real server: series and their exceptions, closures, clashes, and what
// every resource shares (many at once, repeats, deletion, lists, the audit log).
#include <thread>

#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::code;
using test::RestClient;

namespace {

struct TimetableFixture : test::SchoolClient {
  std::string school_id = school(), class_id = cls(school_id), teacher = user(school_id, "teacher"),
              student = user(school_id, "student");

  TimetableFixture() {
    enroll(class_id, teacher, "teacher");
    enroll(class_id, student, "student");
  }
  // Mondays at nine, over the end of daylight saving (25 October 2026). Next year's would need another test's
  // dates: far enough ahead that none has begun.
  static json mondays() {
    return {{"title", "Waves"},
            {"starts_at_local", "2031-10-13T09:00"},
            {"duration_minutes", 45},
            {"rrule", "FREQ=WEEKLY;BYDAY=MO;COUNT=5"}};
  }
  std::string series(json body = mondays()) const {
    return create("/classes/" + class_id + "/lesson-series", body);
  }
  json lessons(const std::string& query = "") const {
    return read("/classes/" + class_id + "/lessons?sort=starts_at" + query)["items"];
  }
  std::string times(const json& items) const {
    std::string text;
    for (const auto& item : items)
      text +=
          item["starts_at"].get<std::string>().substr(5, 11) + (item["status"] == "cancelled" ? "x " : " ");
    return text;
  }
  json timetable(const std::string& more = "") const {
    return read("/schools/" + school_id + "/timetable?from=2031-10-01T00:00:00Z&to=2031-12-01T00:00:00Z" +
                more)["items"];
  }
};

}  // namespace

TEST_CASE_METHOD(TimetableFixture, "a weekly lesson stays at nine by the school's clock, summer and winter",
                 "[http][timetable]") {
  series();
  CHECK(times(lessons()) == "10-13T06:00 10-20T06:00 10-27T07:00 11-03T07:00 11-10T07:00 ");
  CHECK(times(timetable("&class=" + class_id)) == times(lessons()));
  CHECK(times(timetable("&student=" + student)) == times(lessons()));
  CHECK(times(timetable("&teacher=" + teacher)) == times(lessons()));
  CHECK(timetable("&teacher=" + student).empty());
  CHECK(lessons()[0]["teachers"] == json{"Anna Pappa"});
}

TEST_CASE_METHOD(TimetableFixture,
                 "one occurrence is moved, cancelled and substituted, and stays so when its series changes",
                 "[http][timetable]") {
  const auto id = series();
  const auto before = lessons();
  const auto path = [&](size_t i) { return "/lessons/" + before[i]["id"].get<std::string>(); };
  REQUIRE(
      change(path(0), {{"starts_at", "2031-10-14T10:00:00+03:00"}, {"ends_at", "2031-10-14T11:00:00+03:00"}})
          .status == 200);
  REQUIRE(change(path(1), {{"cancelled", true}}).status == 200);
  const auto substitute = user(school_id, "teacher");
  REQUIRE(change(path(2), {{"teacher_id", substitute}}).status == 200);
  CHECK(code(change(path(2), {{"teacher_id", student}})) == "400 invalid-field");
  CHECK(times(timetable("&teacher=" + substitute)) == "10-27T07:00 ");
  CHECK(times(timetable("&teacher=" + teacher)) == "10-14T07:00 10-20T06:00x 11-03T07:00 11-10T07:00 ");

  // The series moves to ten o'clock: what nobody touched follows, and keeps its id and its links.
  REQUIRE(change("/lesson-series/" + id, {{"starts_at_local", "2031-10-13T10:00"}}).status == 200);
  const auto after = lessons();
  CHECK(times(after) == "10-14T07:00 10-20T07:00x 10-27T08:00 11-03T08:00 11-10T08:00 ");
  for (size_t i = 0; i < 5; ++i)
    CHECK(after[i]["id"] == before[i]["id"]);
  CHECK(after[2]["teacher_id"] == substitute);
  CHECK(after[0]["recurrence_id"] == "2031-10-13T07:00:00Z");
}

TEST_CASE_METHOD(TimetableFixture, "this lesson and all that follow change, and those before do not",
                 "[http][timetable]") {
  const auto id = series();
  const auto before = lessons();
  const std::string third = "/lessons/" + before[2]["id"].get<std::string>();
  const auto answer = admin.patch(third + "/following",
                                  json{{"title", "Optics"},
                                       {"starts_at_local", "2031-10-28T11:00"},
                                       {"rrule", "FREQ=WEEKLY;BYDAY=TU;COUNT=4"}}
                                      .dump(),
                                  version(third));
  REQUIRE(answer.status == 200);
  const auto second = json::parse(answer.body);
  CHECK(second["id"] != id);
  CHECK(times(lessons()) == "10-13T06:00 10-20T06:00 10-28T09:00 11-04T09:00 11-11T09:00 11-18T09:00 ");
  CHECK(lessons()[1]["title"] == "Waves");
  CHECK(lessons()[2]["title"] == "Optics");
  CHECK(read("/lesson-series/" + id)["rrule"].get<std::string>().find("COUNT=2") != std::string::npos);

  const std::string last = "/lessons/" + lessons()[4]["id"].get<std::string>();
  REQUIRE(admin.patch(last + "/following", R"({"cancelled":true})", version(last)).status == 200);
  CHECK(times(lessons()) == "10-13T06:00 10-20T06:00 10-28T09:00 11-04T09:00 11-11T09:00x 11-18T09:00x ");
  CHECK(code(admin.patch(last + "/following", R"({"title":"x"})", {{"If-Match", "\"1\""}})) ==
        "412 stale-version");
  const std::string alone = "/lessons/" + lesson(class_id);
  CHECK(code(admin.patch(alone + "/following", R"({"title":"x"})", version(alone))) == "409 not-recurring");
}

TEST_CASE_METHOD(TimetableFixture, "a series that is deleted takes its lessons along, and brings them back",
                 "[http][timetable]") {
  const std::string path = "/lesson-series/" + series();
  REQUIRE(admin.erase(path, version(path)).status == 204);
  CHECK(lessons().empty());
  const auto gone = read("/classes/" + class_id + "/lesson-series?deleted=true")["items"];
  REQUIRE(gone.size() == 1);
  REQUIRE(admin.ask("POST", path + "/restore", "", "", {{"If-Match", "\"2\""}}).status == 200);
  CHECK(lessons().size() == 5);
}

TEST_CASE_METHOD(TimetableFixture,
                 "a closure suspends the lessons of its days, a lesson held all the same excepted",
                 "[http][timetable]") {
  series();
  const auto first = "/lessons/" + lessons()[0]["id"].get<std::string>();
  const auto closure =
      create("/schools/" + school_id + "/closures",
             {{"title", "Autumn break"}, {"starts_on", "2031-10-13"}, {"ends_on", "2031-10-20"}});
  CHECK(read(first)["suspended_by"] == "Autumn break");
  CHECK(timetable()[1]["suspended_by"] == "Autumn break");
  CHECK(timetable()[2]["suspended_by"].is_null());
  CHECK(code(admin.post(first + "/start", "")) == "409 lesson-suspended");
  REQUIRE(change(first, {{"despite_closure", true}}).status == 200);
  CHECK(read(first)["suspended_by"].is_null());
  CHECK(admin.post(first + "/start", "").status == 200);
  const std::string path = "/closures/" + closure;
  CHECK(code(change(path, {{"ends_on", "2031-10-12"}})) == "400 invalid-field");
  REQUIRE(admin.erase(path, version(path)).status == 204);
  CHECK(timetable()[1]["suspended_by"].is_null());
}

TEST_CASE_METHOD(TimetableFixture, "nobody is planned into two lessons at once, unless it is meant",
                 "[http][timetable]") {
  series();
  const auto clashing = [&](const std::string& class_of, json body) {
    const auto answer = admin.post("/classes/" + class_of + "/lessons", body.dump());
    if (answer.status == 201) return std::string("201");
    const auto problem = json::parse(answer.body);
    return code(answer) + " " +
           (problem.contains("clashes") ? problem["clashes"][0]["who"].get<std::string>() : "");
  };
  const json nine{{"title", "Latin"},
                  {"starts_at", "2031-10-20T09:30:00+03:00"},
                  {"ends_at", "2031-10-20T10:15:00+03:00"}};
  json later = nine;
  later["starts_at"] = "2031-10-20T09:45:00+03:00";
  CHECK(clashing(class_id, nine) == "409 lesson-clash class");
  CHECK(clashing(class_id, later) == "201");  // one ends as the other begins

  const auto other = cls(school_id, "Latin");
  CHECK(clashing(other, nine) == "201");  // nobody is in both
  const auto third = cls(school_id, "Greek");
  enroll(third, student, "student");
  CHECK(clashing(third, nine) == "409 lesson-clash student");
  json anyway = nine;
  anyway["allow_clashes"] = true;
  CHECK(clashing(third, anyway) == "201");
  const auto fourth = cls(school_id, "Music");
  json by_ours = nine;
  by_ours["teacher_id"] = teacher;
  CHECK(clashing(fourth, by_ours) == "409 lesson-clash teacher");

  json weekly = mondays();
  weekly["starts_at_local"] = "2031-10-20T08:30";
  const auto answer = admin.post("/classes/" + third + "/lesson-series", weekly.dump());
  CHECK(code(answer) == "409 lesson-clash");
  CHECK(json::parse(answer.body)["clashes"].size() >= 4);
}

TEST_CASE_METHOD(TimetableFixture,
                 "a live lesson is not cancelled, not deleted and not moved into the past by an edit",
                 "[http][timetable]") {
  const std::string path = "/lessons/" + lesson(class_id);
  REQUIRE(admin.post(path + "/start", "").status == 200);
  CHECK(code(change(path, {{"cancelled", true}})) == "409 lesson-live");
  CHECK(code(change(path, {{"ends_at", "2026-09-14T09:50:00+03:00"}})) == "409 lesson-live");
  CHECK(change(path, {{"title", "Sound"}}).status == 200);
  CHECK(read(path)["status"] == "live");
  const std::string other = "/lessons/" + lesson(cls(school_id));
  REQUIRE(change(other, {{"cancelled", true}}).status == 200);
  CHECK(code(admin.post(other + "/start", "")) == "409 lesson-cancelled");
  CHECK(code(admin.post(other + "/join-links", R"({"role":"guest"})")) == "409 lesson-cancelled");
}

TEST_CASE_METHOD(TimetableFixture, "many are created at once: all or nothing, each for itself, or only tried",
                 "[http]") {
  const std::string path = "/schools/" + school_id + "/courses";
  const json good{{"title", "Physics"}}, bad{{"title", ""}},
      unknown{{"title", "X"}, {"school_year_id", "a_none"}};
  const auto count = [&] { return read(path)["items"].size(); };
  const auto post = [&](const json& items, const std::string& query) {
    return admin.post(path + "/bulk" + query, json{{"items", items}}.dump());
  };
  const auto refused = post({good, bad, unknown}, "");
  CHECK(code(refused) == "409 bulk-refused");
  const auto results = json::parse(refused.body)["results"];
  CHECK(results[0]["problem"].is_null());
  CHECK(results[1]["problem"]["field"] == "/title");
  CHECK(results[2]["problem"]["field"] == "/school_year_id");
  CHECK(count() == 0);
  const auto tried = json::parse(post({good, good}, "?dry_run=true").body);
  CHECK(tried["written"] == 0);
  CHECK(tried["refused"] == 0);
  CHECK(count() == 0);
  CHECK(json::parse(post({good, bad, good}, "?per_item=true").body)["written"] == 2);
  CHECK(count() == 2);
  CHECK(json::parse(post({good, good}, "").body)["written"] == 2);
  CHECK(count() == 4);
  CHECK(code(post({good}, "?dry_run=perhaps")) == "400 invalid-field");
}

TEST_CASE_METHOD(TimetableFixture, "a term's lessons are planned in one request", "[http][timetable]") {
  json items = json::array();
  for (int day = 1; day <= 30; ++day)
    for (int hour = 8; hour < 14; ++hour) {
      char from[64], to[64];
      std::snprintf(from, sizeof from, "2031-11-%02dT%02d:00:00+02:00", day, hour);
      std::snprintf(to, sizeof to, "2031-11-%02dT%02d:45:00+02:00", day, hour);
      items.push_back({{"title", "Waves"}, {"starts_at", from}, {"ends_at", to}});
    }
  CHECK(json::parse(admin.post("/classes/" + class_id + "/lessons/bulk", json{{"items", items}}.dump())
                        .body)["written"] == 180);
  // The second of two that clash with each other is told so.
  const auto twice = admin.post("/classes/" + cls(school_id) + "/lessons/bulk",
                                json{{"items", {items[0], items[0]}}}.dump());
  CHECK(code(twice) == "409 bulk-refused");
}

TEST_CASE_METHOD(TimetableFixture, "a repeated POST that names itself is answered alike and writes once",
                 "[http]") {
  const std::string path = "/schools/" + school_id + "/courses";
  const auto post = [&](const std::string& body, const std::string& key) {
    return admin.ask("POST", path, "application/json", body, {{"Idempotency-Key", key}});
  };
  const auto first = post(R"({"title":"Physics"})", "k1"), again = post(R"({"title":"Physics"})", "k1");
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.headers.at("location") == first.headers.at("location"));
  CHECK(again.headers.at("etag") == first.headers.at("etag"));
  CHECK(code(post(R"({"title":"Chemistry"})", "k1")) == "409 idempotency-key-reused");
  CHECK(post(R"({"title":"Chemistry"})", "k2").status == 201);
  CHECK(code(post(R"({"title":""})", "k3")) == "400 invalid-field");
  CHECK(post(R"({"title":"Music"})", "k3").status == 201);  // what was refused has used up nothing
  CHECK(read(path)["items"].size() == 3);
  CHECK(code(post("{}", std::string(300, 'k'))) == "400 invalid-field");
}

TEST_CASE_METHOD(TimetableFixture, "what is deleted is gone from lists, and comes back whole", "[http]") {
  const auto id =
      create("/schools/" + school_id + "/courses", {{"title", "Physics"}, {"grades", {"10", "11"}}});
  const std::string path = "/courses/" + id, list = "/schools/" + school_id + "/courses";
  CHECK(code(admin.ask("POST", path + "/restore", "", "", version(path))) == "409 not-deleted");
  REQUIRE(admin.erase(path, version(path)).status == 204);
  CHECK(code(admin.get(path)) == "404 deleted");
  CHECK(read(list)["items"].empty());
  CHECK(read(list + "?deleted=true")["items"][0]["id"] == id);
  CHECK(code(admin.patch(path, R"({"title":"x"})", {{"If-Match", "\"2\""}})) == "404 deleted");
  const auto back = admin.ask("POST", path + "/restore", "", "", {{"If-Match", "\"2\""}});
  REQUIRE(back.status == 200);
  CHECK(json::parse(back.body)["grades"] == json{"10", "11"});
  CHECK(read(list)["items"].size() == 1);
}

TEST_CASE_METHOD(TimetableFixture,
                 "a list is filtered, sorted and cut to some members; a read can be conditional", "[http]") {
  const std::string path = "/schools/" + school_id + "/users";
  for (const auto& [given, family, role] :
       {std::tuple{"Zoe", "Alexiou", "student"}, std::tuple{"Aris", "Zervas", "student"},
        std::tuple{"Ion", "Alexandrou", "guardian"}})
    create(path, {{"given_name", given}, {"family_name", family}, {"roles", {role}}, {"username", given}});
  const auto names = [&](const std::string& query) {
    std::string text;
    const auto page = read(path + query);
    for (const auto& item : page["items"])
      text += item["family_name"].get<std::string>() + " ";
    return text;
  };
  CHECK(names("?sort=family_name") == "Alexandrou Alexiou Pappa Pappa Zervas ");
  CHECK(names("?sort=-family_name&limit=2") == "Zervas Pappa ");
  CHECK(names("?sort=family_name&role=student") == "Alexiou Pappa Zervas ");
  CHECK(names("?family_name=Alex&sort=family_name") == "Alexandrou Alexiou ");
  CHECK(names("?username=Zoe") == "Alexiou ");
  CHECK(names("?updated_since=2090-01-01T00:00:00Z") == "");
  CHECK(code(admin.get(path + "?sort=roles")) == "400 invalid-field");
  const auto token = test::admin_token(folder.path());
  const auto some =
      http::fetch("GET", server.origin() + "/api/v1" + path + "?fields=id,given_name&limit=1", token, "", "");
  CHECK(json::parse(some.body)["items"][0].size() == 2);
  CHECK(code(admin.get(path + "?fields=password")) == "400 invalid-field");
  const std::string one = "/schools/" + school_id;
  const auto etag = admin.get(one).headers.at("etag");
  CHECK(admin.ask("GET", one, "", "", {{"If-None-Match", etag}}).status == 304);
  CHECK(admin.ask("GET", one, "", "", {{"If-None-Match", "\"99\""}}).status == 200);
}

TEST_CASE_METHOD(TimetableFixture,
                 "of many who change one lesson at once, each that is answered 200 is there", "[http]") {
  const std::string path = "/lessons/" + lesson(class_id);
  constexpr int kWriters = 8;
  std::atomic<int> accepted{0};
  std::vector<std::thread> writers;
  const auto token = test::admin_token(folder.path());
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back([&, i] {
      for (;;) {  // reads, changes, and reads again when somebody came first
        const auto url = server.origin() + "/api/v1" + path;
        const auto now = http::fetch("GET", url, token, "", "");
        const std::string title = json::parse(now.body)["title"].get<std::string>() + " " + std::to_string(i);
        const auto answer =
            http::fetch("PATCH", url, token, "application/json", json{{"title", title}}.dump(),
                        {{"If-Match", now.headers.at("etag")}});
        if (answer.status == 412) continue;
        accepted += answer.status == 200 ? 1 : 0;
        return;
      }
    });
  for (auto& writer : writers)
    writer.join();
  CHECK(accepted == kWriters);
  const std::string title = read(path)["title"];
  for (int i = 0; i < kWriters; ++i)
    CHECK(title.find(" " + std::to_string(i)) != std::string::npos);
}

TEST_CASE_METHOD(TimetableFixture,
                 "the audit log tells who changed what, and only to those who may change the school",
                 "[http]") {
  const std::string path = "/classes/" + class_id;
  REQUIRE(change(path, {{"title", "Physics B3"}}).status == 200);
  const auto entries = read("/schools/" + school_id + "/audit?entity_id=" + class_id)["items"];
  REQUIRE(entries.size() == 2);
  CHECK(entries[0]["action"] == "change");
  CHECK(entries[0]["before"] == json{{"title", "Physics B2"}});
  CHECK(entries[0]["after"] == json{{"title", "Physics B3"}});
  CHECK(entries[0]["address"] == "127.0.0.1");
  CHECK(entries[1]["action"] == "create");
  const auto page = read("/schools/" + school_id + "/audit?limit=2");
  const auto next =
      read("/schools/" + school_id + "/audit?limit=2&cursor=" + page["next_cursor"].get<std::string>());
  CHECK(next["items"][0]["seq"] < page["items"][1]["seq"]);
  const auto as_teacher = as(teacher, "teacher");
  CHECK(code(as_teacher.get("/schools/" + school_id + "/audit")) == "403 not-allowed");
}

TEST_CASE_METHOD(TimetableFixture,
                 "an organisation's admin administers the schools in it, and none beside it", "[http]") {
  const auto region =
      create("/schools", {{"name", "Region"}, {"time_zone", "Europe/Athens"}, {"type", "district"}});
  const auto inside =
      create("/schools", {{"name", "Inside"}, {"time_zone", "Europe/Athens"}, {"parent_id", region}});
  const auto boss = as(user(region, "admin"), "admin");
  CHECK(boss.get("/schools/" + inside + "/users").status == 200);
  CHECK(boss.post("/schools/" + inside + "/classes", R"({"title":"Art"})").status == 201);
  CHECK(boss.get("/schools/" + school_id).status == 403);
  CHECK(code(boss.patch("/schools/" + inside, R"({"parent_id":null})", version("/schools/" + inside))) ==
        "403 not-allowed");
  CHECK(code(change("/schools/" + region, {{"parent_id", inside}})) == "400 invalid-field");
}

TEST_CASE_METHOD(TimetableFixture, "whoever is in the class enters with one request; others do not",
                 "[http]") {
  const std::string path = "/lessons/" + lesson(class_id);
  for (const auto& [id, role] : {std::pair{teacher, "teacher"}, std::pair{student, "student"}}) {
    const auto answer = as(id, role).post(path + "/enter", "");
    REQUIRE(answer.status == 201);
    const RestClient joined(server.origin(), json::parse(answer.body)["token"]);
    CHECK(json::parse(joined.get("/me").body)["role"] == role);
  }
  const auto other = user(school_id, "student");
  CHECK(code(as(other, "student").post(path + "/enter", "")) == "403 not-allowed");
  const auto substitute = user(school_id, "teacher");
  CHECK(code(as(substitute, "teacher").post(path + "/enter", "")) == "409 not-enrolled");
  REQUIRE(change(path, {{"teacher_id", substitute}}).status == 200);
  CHECK(as(substitute, "teacher").post(path + "/enter", "").status == 201);
  CHECK(as(substitute, "teacher").post(path + "/start", "").status == 200);
}

TEST_CASE_METHOD(TimetableFixture, "who was put out or deleted is out at once, with every token", "[http]") {
  const auto token = as(student, "student");
  const std::string path = "/users/" + student;
  const std::string lesson_path = "/lessons/" + lesson(class_id);
  REQUIRE(token.get(lesson_path).status == 200);
  REQUIRE(change(path, {{"enabled", false}}).status == 200);
  CHECK(code(token.get(lesson_path)) == "401 token-invalid");
}
