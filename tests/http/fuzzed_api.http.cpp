// Every operation of schema/openapi.yaml, asked badly: what the contract names is bent in all the ways that
// the types allow, and every answer must be one that the contract promises; none may be the server's own
// fault.
#include <map>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include "tests/support/live_lesson.hpp"

using namespace thranio;
using nlohmann::json;
using test::RestClient;

namespace {

struct Operation {
  std::string method, path;
  std::string schema;  // of its JSON body; empty: takes none
};

const YAML::Node& contract() {
  static const YAML::Node document = YAML::LoadFile(THRANIO_SOURCE_DIR "/schema/openapi.yaml");
  return document;
}

std::string upper(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::vector<Operation> operations() {
  std::vector<Operation> all;
  for (const auto& path : contract()["paths"])
    for (const auto& method : path.second) {
      const auto name = method.first.as<std::string>();
      if (name == "parameters") continue;
      Operation operation{upper(name), path.first.as<std::string>(), {}};
      const auto body = method.second["requestBody"];
      const auto content = body ? body["content"]["application/json"] : YAML::Node(YAML::NodeType::Undefined);
      if (content.IsDefined()) {
        operation.schema = content["schema"]["$ref"].as<std::string>();
        operation.schema.erase(0, operation.schema.rfind('/') + 1);
      }
      all.push_back(operation);
    }
  return all;
}

std::vector<std::string> properties_of(const std::string& schema) {
  std::vector<std::string> names;
  for (const auto& property : contract()["components"]["schemas"][schema]["properties"])
    names.push_back(property.first.as<std::string>());
  return names;
}

// JSON texts that no property of ours should be surprised by.
std::vector<std::string> odd_values() {
  return {"null",
          "true",
          "0",
          "-1",
          "1e308",
          "1e999",
          "123456789012345678901234567890",
          R"("")",
          R"("\u0000")",
          R"("\ud800")",
          R"("'; DROP TABLE lessons; --")",
          R"("2026-02-30T25:61:00Z")",
          R"("9999999-01-01T00:00:00Z")",
          R"("../../etc/passwd")",
          "\"\xff\xfe\"",
          '"' + std::string(70'000, 'x') + '"',
          "[]",
          R"(["teacher","teacher",{}])",
          "{}",
          R"({"a":{"b":[1,2,3]}})",
          std::string(40, '[') + std::string(40, ']')};
}

std::vector<std::string> odd_bodies() {
  return {"",
          "null",
          "[]",
          "\"text\"",
          "{",
          "{\"title\":}",
          "{}{}",
          "\xef\xbb\xbf{}",
          R"({"title":"a","title":"b"})",
          R"({"no_such_member":1})",
          std::string(20'000, '[') + std::string(20'000, ']'),
          R"({"x":)" + std::string(20'000, '{'),
          "{\"title\":\"" + std::string(2'000'000, 'x') + "\"}"};
}

const std::vector<std::string> kOddIds{
    "x", "%00", "%ff%fe", "..", "%2e%2e", "%2F", "l_1%27%20OR%201=1", "😀", std::string(3000, 'a')};

std::string with_id(const std::string& path, const std::string& id, const std::string& peer = "m_none") {
  std::string out = path;
  if (const auto at = out.find("{id}"); at != out.npos) out.replace(at, 4, id);
  if (const auto at = out.find("{peer}"); at != out.npos) out.replace(at, 6, peer);
  for (const std::string name : {"{deck}", "{page}"})
    if (const auto at = out.find(name); at != out.npos) out.replace(at, 6, peer);
  return out;
}

struct FuzzedApiFixture : test::LiveLesson {
  std::string school = create("/schools", {{"name", "Fuzzed"}, {"time_zone", "Europe/Athens"}});
  std::string user = create("/schools/" + school + "/users",
                            {{"given_name", "Anna"}, {"family_name", "Pappa"}, {"roles", {"teacher"}}});
  std::string own_class = create("/schools/" + school + "/classes", {{"title", "Physics"}});
  std::string enrollment =
      create("/classes/" + own_class + "/enrollments", {{"user_id", user}, {"role", "teacher"}});
  std::string lesson = create("/classes/" + own_class + "/lessons", good("NewLesson"));
  std::string session = create("/schools/" + school + "/academic-sessions", good("NewAcademicSession"));
  std::string course = create("/schools/" + school + "/courses", good("NewCourse"));
  std::string closure = create("/schools/" + school + "/closures", good("NewClosure"));
  std::string series = create("/classes/" + own_class + "/lesson-series", good("NewLessonSeries"));

  static json good(const std::string& schema) {
    const json times{{"starts_at", "2026-09-14T09:00:00+03:00"}, {"ends_at", "2026-09-14T09:45:00+03:00"}};
    if (schema == "NewSchool" || schema == "ChangeSchool")
      return {{"name", "S"}, {"time_zone", "Europe/Athens"}};
    if (schema == "NewUser" || schema == "ChangeUser")
      return {{"given_name", "A"}, {"family_name", "B"}, {"roles", {"student"}}};
    if (schema == "NewClass" || schema == "ChangeClass") return {{"title", "C"}};
    if (schema == "ChangeEnrollment") return {{"role", "student"}};
    if (schema == "NewEnrollment") return {{"user_id", "u_none"}, {"role", "student"}};
    if (schema == "NewJoinLink") return {{"role", "guest"}, {"name", "Erinna"}};
    if (schema == "SignIn") return {{"login", "nobody"}, {"password", "x"}};
    if (schema == "Redemption") return {{"token", "thr_none"}, {"password", "a quiet school desk"}};
    if (schema == "ChangePassword") return {{"current", "x"}, {"password", "a quiet school desk"}};
    if (schema == "NewToken") return {{"role", "teacher"}, {"user_id", "u_none"}};
    if (schema == "NewAttendanceCorrection")
      return {{"user_id", "u_none"}, {"minutes", 1}, {"reason", "She was beside me"}};
    if (schema == "Items") return {{"items", {{{"title", "C"}}}}};
    if (schema.ends_with("AcademicSession"))
      return {{"title", "Winter"},
              {"type", "term"},
              {"starts_on", "2026-09-01"},
              {"ends_on", "2027-01-31"},
              {"school_year", "2027"}};
    if (schema.ends_with("Course")) return {{"title", "Physics"}, {"grades", {"10"}}};
    if (schema == "NewGuardianship") return {{"guardian_id", "u_none"}};
    if (schema.ends_with("Closure"))
      return {{"title", "Easter"}, {"starts_on", "2027-04-26"}, {"ends_on", "2027-05-07"}};
    if (schema.ends_with("LessonSeries") || schema == "ChangeFollowing")
      return {{"title", "Waves"},
              {"starts_at_local", "2026-09-14T09:00"},
              {"duration_minutes", 45},
              {"rrule", "FREQ=WEEKLY;COUNT=3"},
              {"allow_clashes", true}};
    json body{{"title", "Waves"}, {"allow_clashes", true}};
    body.update(times);
    return body;
  }
  // An id of the right kind for the path.
  std::string id_for(const std::string& path) const {
    if (path.starts_with("/schools")) return school;
    if (path.starts_with("/users")) return user;
    if (path.starts_with("/classes")) return own_class;
    if (path.starts_with("/enrollments")) return enrollment;
    if (path.starts_with("/academic-sessions")) return session;
    if (path.starts_with("/courses")) return course;
    if (path.starts_with("/closures")) return closure;
    if (path.starts_with("/lesson-series")) return series;
    return path.starts_with("/imports") ? "i_none" : path.starts_with("/feeds") ? "f_none" : lesson;
  }
  // Whether the answer is documented is RestClient's to check.
  void ask(const Operation& operation, const std::string& path, const std::string& body,
           const std::string& type, const RestClient::Headers& headers = {}) {
    const auto answer = admin.ask(operation.method, path, type, body, headers);
    INFO(operation.method << ' ' << path.substr(0, 200) << "\n" << body.substr(0, 200));
    CHECK(answer.status < 500);
    ++asked;
  }
  int asked = 0;
};

}  // namespace

TEST_CASE_METHOD(FuzzedApiFixture,
                 "bodies bent in every way get documented answers, and none is the server's fault",
                 "[http][bad-input][fuzz]") {
  for (const auto& operation : operations()) {
    if (operation.schema.empty()) continue;
    const std::string path = with_id(operation.path, id_for(operation.path));
    const auto send = [&](const std::string& body, const std::string& type = "application/json") {
      ask(operation, path, body, type, {{"If-Match", "*"}});
    };
    const json whole = good(operation.schema);
    for (const auto& property : properties_of(operation.schema)) {
      json rest = whole;
      rest.erase(property);
      send(rest.dump());
      std::string head = rest.dump();
      head.pop_back();
      for (const auto& value : odd_values())
        send(head + (rest.empty() ? "" : ",") + json(property).dump() + ":" + value + "}");
    }
    for (const auto& body : odd_bodies())
      send(body);
    for (const char* type : {"", "text/plain", "application/json; charset=utf-16", "application/xml", ";;;"})
      send(whole.dump(), type);
  }
  CHECK(asked > 500);
  CHECK(admin.get("/schools/" + school).status == 200);
}

TEST_CASE_METHOD(FuzzedApiFixture,
                 "odd ids, queries and versions get documented answers, and none is the server's fault",
                 "[http][bad-input][fuzz]") {
  for (const auto& operation : operations()) {
    if (operation.path.ends_with("/live") || operation.path.ends_with("openapi.yaml")) continue;
    const std::string body = operation.schema.empty() ? "" : good(operation.schema).dump();
    const std::string type = body.empty() ? "" : "application/json";
    if (operation.path.find('{') != operation.path.npos)
      for (const auto& odd : kOddIds)
        ask(operation, with_id(operation.path, odd, odd), body, type, {{"If-Match", "*"}});
    if (operation.method == "GET")
      for (const char* query :
           {"?limit=-1",
            "?limit=0",
            "?limit=99999999999999999999",
            "?limit=",
            "?limit=x",
            "?cursor=x",
            "?cursor=%00",
            "?cursor=%ff",
            "?cursor=",
            "?cursor=6e1f",
            "?cursor=741f",
            "?cursor=69391f61",
            "?&&=&",
            "?no_such=1",
            "?%zz",
            "?sort=x",
            "?sort=-id",
            "?sort=",
            "?fields=",
            "?fields=id,,",
            "?fields=x",
            "?deleted=perhaps",
            "?deleted=true",
            "?updated_since=x",
            "?from=x&to=y",
            "?name=%27%22%5c",
            "?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&student=%27&class=%25&teacher=_"})
        ask(operation, with_id(operation.path, id_for(operation.path)) + query, "", "");
    if (operation.method == "PATCH")
      for (const char* version :
           {"", "\"", "\"x\"", "\"99999999999999999999999\"", "W/\"1\"", "\"1\",\"2\"", "\"-1\""})
        ask(operation, with_id(operation.path, id_for(operation.path)), body, type, {{"If-Match", version}});
  }
  CHECK(asked > 200);
}
