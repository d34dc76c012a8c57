// Schools, users, classes, enrollments, lessons and tokens over HTTP, against the real server. Every answer,
// also every refusal, is checked against schema/openapi.yaml by RestClient.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::code;
using test::RestClient;
using test::ServerProcess;
using Fixture = test::SchoolClient;

TEST_CASE_METHOD(Fixture, "the shortest way to a lesson ends in a link that opens it", "[http]") {
  const auto school_id = school(), class_id = cls(school_id);
  const auto teacher = user(school_id, "teacher"), student = user(school_id, "student");
  enroll(class_id, teacher, "teacher");
  enroll(class_id, student, "student");
  const auto id = lesson(class_id);
  CHECK(admin.post("/lessons/" + id + "/start", "").status == 200);
  CHECK(admin.post("/lessons/" + id + "/start", "").status == 200);  // a live lesson stays live

  const auto link = json::parse(
      admin.post("/lessons/" + id + "/join-links", json{{"role", "student"}, {"user_id", student}}.dump())
          .body);
  CHECK(link["url"] == server.origin() + "/join/" + id + "#" + link["token"].get<std::string>());
  const RestClient joined(server.origin(), link["token"]);
  const auto seen = json::parse(joined.get("/lessons/" + id).body);
  CHECK(seen["status"] == "live");
  CHECK(seen["class_title"] == "Physics B2");
  CHECK(seen["teachers"] == json{"Anna Pappa"});
  CHECK(code(joined.post("/lessons/" + id + "/end", "")) == "403 not-allowed");
  CHECK(code(joined.get("/lessons/" + lesson(cls(school_id)))) == "403 wrong-lesson");
  CHECK(code(joined.get("/schools/" + school_id)).starts_with("403"));

  CHECK(admin.post("/lessons/" + id + "/end", "").status == 200);
  CHECK(code(admin.post("/lessons/" + id + "/start", "")) == "409 lesson-ended");
  CHECK(code(admin.patch("/lessons/" + id, R"({"title":"Rewritten"})",
                         {{"If-Match", admin.get("/lessons/" + id).headers.at("etag")}})) ==
        "409 lesson-ended");
}

TEST_CASE_METHOD(Fixture, "a lesson says how much voice a packet carries: 20, 40 or 60 ms", "[http]") {
  const auto class_id = cls(school());
  const auto id = lesson(class_id);
  CHECK(json::parse(admin.get("/lessons/" + id).body)["voice_packet_ms"] == 20);
  const std::map<std::string, std::string> current{
      {"If-Match", admin.get("/lessons/" + id).headers.at("etag")}};
  CHECK(code(admin.patch("/lessons/" + id, R"({"voice_packet_ms":30})", current)) == "400 invalid-field");
  CHECK(admin.patch("/lessons/" + id, R"({"voice_packet_ms":60})", current).status == 200);
  CHECK(json::parse(admin.get("/lessons/" + id).body)["voice_packet_ms"] == 60);
}

TEST_CASE_METHOD(Fixture, "a lesson says in what its teacher's camera is published", "[http]") {
  const auto id = lesson(cls(school()));
  const auto camera = [&](const char* codec) {
    return admin.patch("/lessons/" + id, std::string(R"({"camera_codec":")") + codec + R"("})",
                       {{"If-Match", admin.get("/lessons/" + id).headers.at("etag")}});
  };
  CHECK(json::parse(admin.get("/lessons/" + id).body)["camera_codec"] == "vp8");
  CHECK(code(camera("h264")) == "400 invalid-field");
  CHECK(camera("vp9").status == 200);
  CHECK(json::parse(admin.get("/lessons/" + id).body)["camera_codec"] == "vp9");
  CHECK(camera("av1").status == 200);
}

TEST_CASE_METHOD(Fixture, "a teacher's join link starts and ends that lesson", "[http]") {
  const auto school_id = school(), class_id = cls(school_id), teacher = user(school_id, "teacher");
  enroll(class_id, teacher, "teacher");
  const auto id = lesson(class_id);
  const auto link = json::parse(
      admin.post("/lessons/" + id + "/join-links", json{{"role", "teacher"}, {"user_id", teacher}}.dump())
          .body);
  const RestClient joined(server.origin(), link["token"]);
  CHECK(joined.post("/lessons/" + id + "/start", "").status == 200);
  CHECK(joined.post("/lessons/" + id + "/end", "").status == 200);
}

TEST_CASE_METHOD(Fixture, "a join link for a user who is not in the class with that role is refused",
                 "[http]") {
  const auto school_id = school(), class_id = cls(school_id), student = user(school_id, "student");
  const auto id = lesson(class_id);
  const auto link = [&](const json& body) {
    return admin.post("/lessons/" + id + "/join-links", body.dump());
  };
  CHECK(code(link({{"role", "student"}, {"user_id", student}})) == "409 not-enrolled");
  enroll(class_id, student, "student");
  CHECK(code(link({{"role", "teacher"}, {"user_id", student}})) == "409 not-enrolled");
  CHECK(link({{"role", "student"}, {"user_id", student}}).status == 201);
  CHECK(link({{"role", "guest"}}).status == 201);  // an open link: the page asks for a name
  CHECK(code(link({{"role", "student"}})) == "400 invalid-field");
}

TEST_CASE_METHOD(Fixture, "a change needs the version it changes, and a stale one changes nothing",
                 "[http]") {
  const std::string path = "/schools/" + school();
  const auto read = admin.get(path);
  const std::string version = read.headers.at("etag");
  CHECK(code(admin.patch(path, R"({"name":"A"})", {})) == "428 version-required");
  CHECK(code(admin.patch(path, R"({"name":"A"})", {{"If-Match", "W/\"x\""}})) == "400 invalid-version");
  const auto changed = admin.patch(path, R"({"name":"A"})", {{"If-Match", version}});
  CHECK(changed.status == 200);
  CHECK(changed.headers.at("etag") != version);
  CHECK(code(admin.patch(path, R"({"name":"B"})", {{"If-Match", version}})) == "412 stale-version");
  CHECK(code(admin.erase(path, {{"If-Match", version}})) == "412 stale-version");
  CHECK(json::parse(admin.get(path).body)["name"] == "A");
  CHECK(admin.erase(path, {{"If-Match", changed.headers.at("etag")}}).status == 204);
  CHECK(code(admin.get(path)) == "404 deleted");
}

TEST_CASE_METHOD(Fixture, "what something hangs on is not deleted", "[http]") {
  const auto school_id = school(), class_id = cls(school_id), student = user(school_id, "student");
  enroll(class_id, student, "student");
  const auto id = lesson(class_id);
  const auto erase = [&](const std::string& path) {
    return admin.erase(path, {{"If-Match", admin.get(path).headers.at("etag")}});
  };
  CHECK(code(erase("/schools/" + school_id)) == "409 school-not-empty");
  CHECK(code(erase("/classes/" + class_id)) == "409 class-not-empty");
  CHECK(code(erase("/users/" + student)) == "409 user-enrolled");
  admin.post("/lessons/" + id + "/start", "");
  CHECK(code(erase("/lessons/" + id)) == "409 lesson-live");
}

TEST_CASE_METHOD(Fixture, "a body of the wrong shape is refused with the name of the field", "[http]") {
  const auto refused = [&](const std::string& body) {
    const auto answer = admin.post("/schools", body);
    return code(answer) + " " + json::parse(answer.body).value("field", "");
  };
  CHECK(refused("{").starts_with("400 invalid-json"));
  CHECK(refused("\xff\xfe").starts_with("400 invalid-json"));
  CHECK(refused(std::string(10'000, '[')).starts_with("400 invalid-json"));
  CHECK(refused("[]").starts_with("400 invalid-field"));
  CHECK(refused(R"({"name":7,"time_zone":"Europe/Athens"})") == "400 invalid-field /name");
  CHECK(refused(R"({"name":"","time_zone":"Europe/Athens"})") == "400 invalid-field /name");
  CHECK(refused(R"({"name":"A","time_zone":"Europe/Athens","owner":"me"})").starts_with("400 invalid-field"));
  CHECK(refused(R"({"name":"A","time_zone":"Middle/Earth"})") == "400 invalid-field /time_zone");
  CHECK(refused(R"({"name":"A","time_zone":"../../etc/passwd"})") == "400 invalid-field /time_zone");
  CHECK(code(admin.ask("POST", "/schools", "text/plain", "{}")) == "415 unsupported-media-type");
}

TEST_CASE_METHOD(Fixture, "times are RFC 3339 with offset, and a lesson ends after it starts", "[http]") {
  const std::string path = "/classes/" + cls(school()) + "/lessons";
  const auto with = [&](const char* member, const char* value) {
    json body = waves();
    body[member] = value;
    const auto answer = admin.post(path, body.dump());
    return answer.status == 201 ? "201" : code(answer) + " " + json::parse(answer.body).value("field", "");
  };
  CHECK(with("title", "Waves") == "201");
  CHECK(with("ends_at", "2026-09-14T09:45:00") == "400 invalid-field /ends_at");
  CHECK(with("ends_at", "2026-02-30T09:45:00+02:00") == "400 invalid-field /ends_at");
  CHECK(with("ends_at", "9999-12-31T23:59:59+00:00") == "400 invalid-field /ends_at");
  CHECK(with("ends_at", "2026-09-14T06:00:00+00:00") == "400 invalid-field /ends_at");  // the same instant
}

TEST_CASE_METHOD(Fixture, "without a token, or with a wrong or revoked one, nothing is answered", "[http]") {
  CHECK(code(RestClient(server.origin(), "").get("/schools")) == "401 token-missing");
  CHECK(code(RestClient(server.origin(), "thr_x").get("/schools")) == "401 token-invalid");
  const auto issued = json::parse(admin.post("/tokens", R"({"role":"admin"})").body);
  const RestClient other(server.origin(), issued["token"]);
  CHECK(other.get("/schools").status == 200);
  CHECK(admin.erase("/tokens/" + issued["id"].get<std::string>()).status == 204);
  CHECK(code(other.get("/schools")) == "401 token-invalid");
}

TEST_CASE_METHOD(Fixture, "people of one school see and change nothing of another", "[http]") {
  const auto mine = school("Mine"), theirs = school("Theirs");
  const auto their_class = cls(theirs), their_student = user(theirs, "student"),
             their_lesson = lesson(their_class);
  const auto teacher = as(user(mine, "teacher"), "teacher"), principal = as(user(mine, "admin"), "admin");
  for (const auto& path :
       {"/schools/" + theirs, "/schools/" + theirs + "/users", "/users/" + their_student,
        "/classes/" + their_class, "/classes/" + their_class + "/enrollments", "/lessons/" + their_lesson}) {
    INFO(path);
    CHECK(teacher.get(path).status == 403);
    CHECK(principal.get(path).status == 403);
  }
  CHECK(principal.post("/lessons/" + their_lesson + "/start", "").status == 403);
  CHECK(principal.get("/schools/" + mine).status == 200);
}

TEST_CASE_METHOD(Fixture, "a list comes in pages that together are the whole list", "[http]") {
  const std::string path = "/schools/" + school() + "/classes";
  for (int i = 0; i < 5; ++i)
    create(admin, path, {{"title", std::to_string(i)}});
  std::string titles, cursor;
  do {
    const auto page =
        json::parse(admin.get(path + "?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)).body);
    CHECK(page["items"].size() <= 2);
    for (const auto& item : page["items"])
      titles += item["title"].get<std::string>();
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  CHECK(titles.size() == 5);
  for (const char* title : {"0", "1", "2", "3", "4"})
    CHECK(titles.find(title) != std::string::npos);
  const auto limit = GENERATE(Catch::Generators::as<std::string>{}, "0", "201", "-1", "x", "1e9");
  CHECK(code(admin.get(path + "?limit=" + limit)) == "400 invalid-field");
}

TEST_CASE_METHOD(Fixture, "who leaves the class cannot come in with the link made before", "[http]") {
  const auto school_id = school(), class_id = cls(school_id), student = user(school_id, "student");
  const std::string enrollment = "/enrollments/" + enroll(class_id, student, "student");
  const auto id = lesson(class_id);
  const auto link = json::parse(
      admin.post("/lessons/" + id + "/join-links", json{{"role", "student"}, {"user_id", student}}.dump())
          .body);
  const RestClient joined(server.origin(), link["token"]);
  REQUIRE(joined.get("/lessons/" + id).status == 200);
  REQUIRE(admin.erase(enrollment, {{"If-Match", admin.get(enrollment).headers.at("etag")}}).status == 204);
  CHECK(code(joined.get("/lessons/" + id)) == "401 token-invalid");
}

TEST_CASE_METHOD(Fixture, "a class takes people of its own school, once, in a role they hold", "[http]") {
  const auto school_id = school(), class_id = cls(school_id), student = user(school_id, "student");
  const auto stranger = user(school("Other"), "student");
  const auto enroll_as = [&](const std::string& user_id, const char* role) {
    return admin.post("/classes/" + class_id + "/enrollments",
                      json{{"user_id", user_id}, {"role", role}}.dump());
  };
  CHECK(code(enroll_as(stranger, "student")) == "409 other-school");
  CHECK(enroll_as(student, "student").status == 201);
  CHECK(code(enroll_as(student, "student")) == "409 already-enrolled");
  CHECK(enroll_as("u_none", "student").status / 100 == 4);
}

TEST_CASE("a school that was answered is there after kill -9 and a new start", "[http]") {
  test::TempFolder folder;
  const auto token = test::printed_admin_token(folder.path());  // on a fresh folder, before any server
  std::string id;
  {
    ServerProcess server(folder.path());
    const RestClient admin(server.origin(), token);
    id = json::parse(admin.post("/schools", R"({"name":"A","time_zone":"Europe/Athens"})").body)["id"];
    server.kill_dash_nine();
  }
  ServerProcess again(folder.path());
  CHECK(RestClient(again.origin(), token).get("/schools/" + id).status == 200);
  CHECK(again.terminate() == 0);
}
