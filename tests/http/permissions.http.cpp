// The whole table: every operation of schema/openapi.yaml × every kind of token, of the school that is asked
// about and of another, each with the answer that it must get. A path that the table leaves out fails the
// test, so that nobody adds one without saying whose it is.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "tests/support/school_client.hpp"
#include "tests/support/slides_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::RestClient;

namespace {

using Who = std::set<std::string>;

Who operator+(Who a, const Who& b) {
  a.insert(b.begin(), b.end());
  return a;
}

// "other teacher" is of the school, but not of the class; strangers are of another school; a join token is
// for the lesson that is asked about, "join elsewhere" for another.
const Who kServer{"server admin"};
const Who kManagers = kServer + Who{"region admin", "admin"};
const Who kStaff = kManagers + Who{"teacher", "other teacher"};
const Who kPlanners = kManagers + Who{"teacher"};
const Who kReaders = kStaff + Who{"student", "guardian"};
const Who kStrangers{"stranger admin", "stranger teacher", "stranger student"};
const Who kPersons = kReaders + kStrangers;  // but the server's admin, who is nobody
const Who kInside{"join teacher", "join student"};
const Who kTeaching = kPlanners + Who{"join teacher"};
const Who kEverybody = kPersons + kInside + Who{"join elsewhere", "nobody"};

// What a school's own collections have in common.
void add_resource(std::map<std::string, Who>& table, const std::string& collection, const std::string& item,
                  const Who& readers, const Who& writers, bool patch = true) {
  table["GET " + collection] = readers;
  table["POST " + collection] = table["POST " + collection + "/bulk"] = writers;
  table["GET " + item] = readers;
  if (patch) table["PATCH " + item] = writers;
  table["DELETE " + item] = table["POST " + item + "/restore"] = writers;
}

std::map<std::string, Who> expected() {
  std::map<std::string, Who> t;
  for (const std::string name : {"academic-sessions", "courses", "classes", "users", "closures"})
    add_resource(t, "/schools/{id}/" + name, "/" + name + "/{id}", kStaff, kManagers);
  add_resource(t, "/schools", "/schools/{id}", kStaff, kManagers);
  t["GET /schools"] = t["POST /schools"] = t["POST /schools/bulk"] = kServer;
  add_resource(t, "/users/{id}/guardians", "/guardianships/{id}", kStaff, kManagers, false);
  add_resource(t, "/classes/{id}/enrollments", "/enrollments/{id}", kStaff, kManagers);
  add_resource(t, "/classes/{id}/lesson-series", "/lesson-series/{id}", kReaders, kPlanners);
  add_resource(t, "/classes/{id}/lessons", "/lessons/{id}", kReaders, kPlanners);
  t["GET /lessons/{id}"] = t["GET /lessons/{id}/calendar"] = t["POST /lessons/{id}/enter"] =
      kReaders + kInside;
  t["PATCH /lessons/{id}/following"] = kPlanners;
  t["POST /lessons/{id}/start"] = t["POST /lessons/{id}/end"] = t["POST /lessons/{id}/join-links"] =
      kTeaching;
  t["GET /lessons/{id}/chat"] = t["GET /lessons/{id}/polls"] = kTeaching;
  t["GET /lessons/{id}/slides"] = t["GET /lessons/{id}/slides/{deck}"] =
      t["GET /lessons/{id}/slides/{deck}/pages/{page}"] =
          t["GET /lessons/{id}/slides/{deck}/pages/{page}/text"] = kReaders + kInside;
  t["POST /lessons/{id}/slides"] = t["DELETE /lessons/{id}/slides/{deck}"] =
      t["GET /lessons/{id}/slides/{deck}/export"] = kTeaching;
  t["POST /lessons/{id}/whip"] = {"join teacher"};
  t["POST /lessons/{id}/whep"] = t["PATCH /lessons/{id}/media/{peer}"] =
      t["DELETE /lessons/{id}/media/{peer}"] = kInside;
  t["GET /lessons/{id}/attendance"] = kPlanners + Who{"student", "guardian"} + kInside;
  t["GET /lessons/{id}/report"] = t["GET /lessons/{id}/attendance-corrections"] =
      t["POST /lessons/{id}/attendance-corrections"] = kTeaching;
  t["GET /users/{id}/attendance"] = kPlanners + Who{"student", "guardian"};
  t["GET /classes/{id}/attendance"] = kPlanners;
  t["GET /academic-sessions/{id}/attendance"] = kStaff;
  t["GET /schools/{id}/timetable"] = kStaff;
  Who persons = kPersons;
  persons.erase("server admin");
  t["GET /me/timetable"] = t["POST /me/password"] = persons;
  Who known = kEverybody;
  known.erase("nobody");
  t["GET /me"] = known;
  add_resource(t, "/users/{id}/role-assignments", "/role-assignments/{id}", kStaff, kManagers);
  t["GET /users/{id}/export"] = kManagers + Who{"student"};
  t["POST /users/{id}/erase"] = kManagers;
  t["POST /password-resets"] = t["POST /sessions"] = t["POST /invitations/redeem"] = t["GET /openapi.yaml"] =
      kEverybody;
  for (const char* path :
       {"GET /schools/{id}/audit", "GET /schools/{id}/imports", "POST /schools/{id}/imports",
        "GET /imports/{id}", "GET /schools/{id}/export", "POST /schools/{id}/closures/import",
        "GET /schools/{id}/tokens", "GET /schools/{id}/clients", "POST /schools/{id}/clients",
        "DELETE /clients/{id}", "POST /tokens", "DELETE /tokens/{id}", "POST /users/{id}/invitations"})
    t[path] = kManagers;
  for (const std::string path : {"/classes/{id}/feeds", "/schools/{id}/feeds"})
    t["GET " + path] = t["POST " + path] = kStaff;
  t["DELETE /feeds/{id}"] = kStaff;
  t["GET /users/{id}/feeds"] = t["POST /users/{id}/feeds"] = kManagers + Who{"student", "guardian"};
  return t;
}

// Not asked here: whoever asks would lose her token; the WebSocket has tests of its own.
const std::set<std::string> kElsewhere{"DELETE /sessions/current", "GET /lessons/{id}/live"};

struct PermissionsFixture : test::SchoolClient {
  std::string region = school("Region"),
              home = create("/schools",
                            {{"name", "Home"}, {"time_zone", "Europe/Athens"}, {"parent_id", region}}),
              away = school("Away");
  std::string teacher = user(home, "teacher"), student = user(home, "student"),
              guardian = user(home, "guardian");
  std::string own_class = cls(home), away_class = cls(away, "Elsewhere");
  std::map<std::string, std::string> ids;  // by the first part of a path
  std::map<std::string, RestClient> askers;
  std::string deck;
  mutable std::vector<std::string>
      spare_decks;  // one for each who would delete it, from before the lesson ends

  PermissionsFixture() {
    enroll(own_class, teacher, "teacher");
    ids["enrollments"] = enroll(own_class, student, "student");
    ids["guardianships"] = create("/users/" + student + "/guardians", {{"guardian_id", guardian}});
    ids["role-assignments"] =
        create("/users/" + student + "/role-assignments", {{"school_id", home}, {"role", "student"}});
    ids["schools"] = home;
    ids["users"] = student;
    ids["classes"] = own_class;
    ids["lessons"] = lesson(own_class);
    ids["lesson-series"] = create("/classes/" + own_class + "/lesson-series", body("NewLessonSeries"));
    ids["academic-sessions"] = create("/schools/" + home + "/academic-sessions", body("NewAcademicSession"));
    ids["courses"] = create("/schools/" + home + "/courses", body("NewCourse"));
    ids["closures"] = create("/schools/" + home + "/closures", body("NewClosure"));
    ids["imports"] =
        json::parse(admin.ask("POST", "/schools/" + home + "/imports", "application/zip", "x").body)["id"];

    deck = test::upload(admin, ids["lessons"]);
    REQUIRE(test::converted(admin, ids["lessons"], deck)["state"] == "ready");

    const auto add = [&](const std::string& name, const std::string& user_id, const std::string& role) {
      askers.emplace(name, as(user_id, role));
    };
    askers.emplace("nobody", RestClient(server.origin(), ""));
    askers.emplace("server admin", admin);
    add("region admin", user(region, "admin"), "admin");
    add("admin", user(home, "admin"), "admin");
    add("teacher", teacher, "teacher");
    add("other teacher", user(home, "teacher"), "teacher");
    add("student", student, "student");
    add("guardian", guardian, "guardian");
    add("stranger admin", user(away, "admin"), "admin");
    add("stranger teacher", user(away, "teacher"), "teacher");
    add("stranger student", user(away, "student"), "student");
    const auto join = [&](const std::string& name, const std::string& lesson_id, const std::string& role) {
      const auto answer =
          admin.post("/lessons/" + lesson_id + "/join-links", json{{"role", role}, {"name", name}}.dump());
      askers.emplace(name, RestClient(server.origin(), json::parse(answer.body)["token"]));
    };
    join("join teacher", ids["lessons"], "teacher");
    join("join student", ids["lessons"], "student");
    join("join elsewhere", lesson(away_class), "teacher");
    while (spare_decks.size() < askers.size())
      spare_decks.push_back(test::upload(admin, ids["lessons"]));
  }

  json body(const std::string& schema) const {
    if (schema.ends_with("School")) return {{"name", "S"}, {"time_zone", "Europe/Athens"}};
    if (schema.ends_with("User")) return {{"given_name", "A"}, {"family_name", "B"}, {"roles", {"student"}}};
    if (schema.ends_with("AcademicSession"))
      return {{"title", "T"},
              {"type", "term"},
              {"starts_on", "2026-09-01"},
              {"ends_on", "2027-01-31"},
              {"school_year", "2027"}};
    if (schema.ends_with("Closure"))
      return {{"title", "T"}, {"starts_on", "2040-01-01"}, {"ends_on", "2040-01-02"}};
    if (schema.ends_with("LessonSeries") || schema == "ChangeFollowing")
      return {{"title", "W"},
              {"starts_at_local", "2031-09-15T09:00"},
              {"duration_minutes", 45},
              {"rrule", "FREQ=WEEKLY;COUNT=2"},
              {"allow_clashes", true}};
    if (schema.ends_with("Lesson")) {
      json lesson = waves();
      lesson["allow_clashes"] = true;
      return lesson;
    }
    if (schema == "NewEnrollment") return {{"user_id", "u_none"}, {"role", "student"}};
    if (schema == "ChangeEnrollment") return {{"role", "student"}};
    if (schema == "NewRoleAssignment") return {{"school_id", home}, {"role", "aide"}};
    if (schema == "ChangeRoleAssignment") return {{"role", "aide"}};
    if (schema == "PasswordReset") return {{"login", "nobody"}};
    if (schema == "NewClient") return {{"name", "LMS"}};
    if (schema == "NewGuardianship") return {{"guardian_id", "u_none"}};
    if (schema == "NewJoinLink") return {{"role", "guest"}};
    if (schema == "NewToken") return {{"role", "teacher"}, {"user_id", teacher}};
    if (schema == "NewAttendanceCorrection")
      return {{"user_id", student}, {"minutes", 1}, {"reason", "She was beside me"}};
    if (schema == "Items") return {{"items", {json::object()}}};
    if (schema == "SignIn") return {{"login", "nobody"}, {"password", "x"}};
    if (schema == "Redemption") return {{"token", "thr_none"}, {"password", "a quiet school desk"}};
    if (schema == "ChangePassword") return {{"current", "x"}, {"password", "a quiet school desk"}};
    return {{"title", "T"}};
  }

  // What an allowed asker takes away is made anew each time.
  std::string id_for(const std::string& kind) const {
    if (kind == "tokens")
      return json::parse(
          admin.post("/tokens", json{{"role", "teacher"}, {"user_id", teacher}}.dump()).body)["id"];
    if (kind == "clients")
      return json::parse(admin.post("/schools/" + home + "/clients", R"({"name": "LMS"})").body)["id"];
    if (kind == "feeds") return json::parse(admin.post("/classes/" + own_class + "/feeds", "").body)["id"];
    const auto at = ids.find(kind);
    return at == ids.end() ? "" : at->second;
  }
  std::string spare_deck() const {
    REQUIRE_FALSE(spare_decks.empty());
    std::string id = std::move(spare_decks.back());
    spare_decks.pop_back();
    return id;
  }
  std::string filled(const std::string& method, std::string path) const {
    const std::string kind = path.substr(1, path.find('/', 1) - 1);
    if (const auto at = path.find("{id}"); at != path.npos) path.replace(at, 4, id_for(kind));
    if (const auto at = path.find("{peer}"); at != path.npos) path.replace(at, 6, "m_none");
    if (const auto at = path.find("{deck}"); at != path.npos)
      path.replace(at, 6, method == "DELETE" ? spare_deck() : deck);
    if (const auto at = path.find("{page}"); at != path.npos) path.replace(at, 6, "1");
    if (path.ends_with("/timetable")) path += "?from=2031-01-01T00:00:00Z&to=2031-02-01T00:00:00Z";
    if (path.ends_with("/whip")) path += "?source=camera";
    return path;
  }
};

bool refused(const http::FetchedResponse& answer) {
  if (answer.status < 400) return false;
  const std::string code = test::code(answer);
  for (const char* refusal :
       {"401 token-missing", "401 token-invalid", "403 not-allowed", "403 wrong-lesson", "404 not-found"})
    if (code == refusal) return true;
  return false;
}

}  // namespace

TEST_CASE_METHOD(PermissionsFixture, "every path answers whom it must, and nobody else",
                 "[http][permissions]") {
  const auto table = expected();
  const auto contract = YAML::LoadFile(THRANIO_SOURCE_DIR "/schema/openapi.yaml");
  size_t asked = 0, operations = 0;
  for (const auto& path : contract["paths"])
    for (const auto& operation : path.second) {
      std::string method = operation.first.as<std::string>();
      if (method == "parameters") continue;
      for (char& c : method)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      const std::string pattern = path.first.as<std::string>(), name = method + " " + pattern;
      if (kElsewhere.contains(name)) continue;
      const auto row = table.find(name);
      INFO(name);
      REQUIRE(row != table.end());
      ++operations;
      std::string type, content;
      if (const auto given = operation.second["requestBody"]; given && given.IsDefined()) {
        type = given["content"].begin()->first.as<std::string>();
        std::string schema = given["content"].begin()->second["schema"]["$ref"].as<std::string>();
        schema.erase(0, schema.rfind('/') + 1);
        content = type == "application/json" ? body(schema).dump() : "x";
      }
      for (const auto& [asker, client] : askers) {
        // A version that is none: whoever may is told so, and changes nothing.
        const auto answer =
            client.ask(method, filled(method, pattern), type, content, {{"If-Match", "\"9999\""}});
        INFO(asker << " → " << answer.status << " " << answer.body.substr(0, 300));
        CHECK(!refused(answer) == row->second.contains(asker));
        CHECK(answer.status < 500);
        ++asked;
      }
    }
  CHECK(asked == operations * askers.size());
  CHECK(operations > 90);
}
