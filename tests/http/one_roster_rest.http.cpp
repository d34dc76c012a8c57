// A school's other systems pull the roster: OneRoster 1.2 REST behind OAuth 2 client credentials.
#include <algorithm>
#include <set>
#include <thread>

#include "tests/support/one_roster_maker.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;

namespace {

struct OneRosterRestFixture : test::SchoolClient {
  std::string region = school("Region"), inside, other = school("Other");
  json client;

  OneRosterRestFixture() {
    const auto started = admin.ask(
        "POST", "/schools/" + region + "/imports", "application/zip",
        test::make_one_roster({.schools = 2, .users = 300, .enrollments = 900, .version = "1.2", .seed = 3}));
    const std::string run = json::parse(started.body)["id"];
    while (read("/imports/" + run)["state"] == "running")
      std::this_thread::yield();
    REQUIRE(read("/imports/" + run)["state"] == "done");
    inside = read("/schools?parent_id=" + region)["items"][0]["id"];
    client = make_client(region, {"roster-core.readonly"});
  }

  json make_client(const std::string& school_id, const std::vector<std::string>& scopes) const {
    const auto made =
        admin.post("/schools/" + school_id + "/clients", json{{"name", "LMS"}, {"scopes", scopes}}.dump());
    REQUIRE(made.status == 201);
    return json::parse(made.body);
  }
  http::FetchedResponse token(const std::string& form, const std::string& basic = "") const {
    std::map<std::string, std::string> headers;
    if (!basic.empty()) headers["Authorization"] = "Basic " + basic;
    return http::fetch("POST", server.origin() + "/oauth2/token", "", "application/x-www-form-urlencoded",
                       form, headers);
  }
  std::string access(const json& c) const {
    const auto answer = token("grant_type=client_credentials&client_id=" + c["id"].get<std::string>() +
                              "&client_secret=" + c["secret"].get<std::string>());
    REQUIRE(answer.status == 200);
    CHECK(json::parse(answer.body)["token_type"] == "Bearer");
    return json::parse(answer.body)["access_token"];
  }
  http::FetchedResponse get(const std::string& bearer, const std::string& path) const {
    return http::fetch("GET", server.origin() + "/ims/oneroster/rostering/v1p2" + path, bearer, "", "");
  }
  json pull(const std::string& bearer, const std::string& path) const {
    const auto answer = get(bearer, path);
    INFO(path << " " << answer.status << " " << answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
  }
};

std::string minor_code(const http::FetchedResponse& answer) {
  const auto body = json::parse(answer.body);
  CHECK(body["imsx_codeMajor"] == "failure");
  return std::to_string(answer.status) + " " +
         body["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"].get<std::string>();
}

}  // namespace

TEST_CASE_METHOD(OneRosterRestFixture, "a client gets an access token for its secret, and for nothing else",
                 "[http][oneroster]") {
  const std::string id = client["id"], secret = client["secret"];
  const std::string form = "grant_type=client_credentials&scope=";
  const std::string core = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly";
  const auto good = token(form + core + "&client_id=" + id + "&client_secret=" + secret);
  CHECK(good.status == 200);
  CHECK(json::parse(good.body)["scope"] == core);
  CHECK(json::parse(good.body)["expires_in"] == 3600);
  const auto error = [](const http::FetchedResponse& answer) {
    return std::to_string(answer.status) + " " + json::parse(answer.body)["error"].get<std::string>();
  };
  CHECK(error(token(form + "&client_id=" + id + "&client_secret=wrong")) == "401 invalid_client");
  CHECK(error(token(form + "&client_id=o_none&client_secret=" + secret)) == "401 invalid_client");
  CHECK(error(token(form)) == "401 invalid_client");
  CHECK(error(token("grant_type=password&client_id=" + id)) == "400 unsupported_grant_type");
  CHECK(error(token(form + "roster.other&client_id=" + id + "&client_secret=" + secret)) ==
        "400 invalid_scope");
  CHECK(error(token("grant_type=%zz")) == "400 invalid_request");
  // "o:thr": base64 of half a credential; then what is none.
  for (const char* basic : {"bzp0aHI=", "bzp0aH", "####", "===="})
    CHECK(error(token(form, basic)) == "401 invalid_client");
  // Nobody tries secrets for long.
  std::string last;
  for (int i = 0; i < 12; ++i)
    last = error(token(form + "&client_id=" + id + "&client_secret=wrong"));
  CHECK(last == "429 slow_down");
}

TEST_CASE_METHOD(OneRosterRestFixture, "what was imported is pulled again, page by page",
                 "[http][oneroster]") {
  const auto bearer = access(client);
  std::set<std::string> seen;
  std::string path = "/users?limit=70";
  for (;;) {
    const auto answer = get(bearer, path);
    REQUIRE(answer.status == 200);
    CHECK(answer.headers.at("x-total-count") == "300");
    const auto page = json::parse(answer.body);
    for (const auto& user : page["users"])
      seen.insert(user["sourcedId"]);
    const std::string link = answer.headers.at("link");
    const auto next = link.find("rel=\"next\"");
    if (next == link.npos) break;
    const auto from = link.rfind("/users", next);
    path = link.substr(from, link.rfind('>', next) - from);
  }
  CHECK(seen.size() == 300);
  const auto teacher = pull(bearer, "/teachers?limit=1")["users"][0];
  CHECK(teacher["status"] == "active");
  CHECK(teacher["roles"][0]["role"] == "teacher");
  CHECK(teacher["roles"][0]["org"]["type"] == "org");
  CHECK(teacher["enabledUser"] == true);
  const std::string teacher_id = teacher["sourcedId"];
  CHECK(pull(bearer, "/users/" + teacher_id)["user"] == teacher);
  CHECK(pull(bearer, "/teachers/" + teacher_id)["user"] == teacher);
  CHECK(minor_code(get(bearer, "/students/" + teacher_id)) == "404 unknownobject");

  // A pupil's way: her class, its course, its school, its term.
  const auto enrollment = pull(bearer, "/enrollments?filter=role%3D'student'&limit=1")["enrollments"][0];
  const std::string student = enrollment["user"]["sourcedId"], cls = enrollment["class"]["sourcedId"];
  const auto whole = pull(bearer, "/classes/" + cls)["class"];
  const std::string org = whole["school"]["sourcedId"], term = whole["terms"][0]["sourcedId"],
                    course = whole["course"]["sourcedId"];
  const auto holds = [](const json& objects, const std::string& id) {
    return std::ranges::any_of(objects, [&](const json& object) { return object["sourcedId"] == id; });
  };
  CHECK(holds(pull(bearer, "/students/" + student + "/classes?limit=5000")["classes"], cls));
  CHECK(holds(pull(bearer, "/users/" + student + "/classes?limit=5000")["classes"], cls));
  CHECK_FALSE(holds(pull(bearer, "/teachers/" + student + "/classes?limit=5000")["classes"], cls));
  CHECK(holds(pull(bearer, "/classes/" + cls + "/students?limit=5000")["users"], student));
  CHECK_FALSE(holds(pull(bearer, "/classes/" + cls + "/teachers?limit=5000")["users"], student));
  CHECK(holds(pull(bearer, "/courses/" + course + "/classes?limit=5000")["classes"], cls));
  CHECK(holds(pull(bearer, "/terms/" + term + "/classes?limit=5000")["classes"], cls));
  CHECK(holds(pull(bearer, "/schools/" + org + "/classes?limit=5000")["classes"], cls));
  CHECK(holds(pull(bearer, "/schools/" + org + "/students?limit=5000")["users"], student));
  CHECK_FALSE(holds(pull(bearer, "/schools/" + org + "/teachers?limit=5000")["users"], student));
  const std::string owner = pull(bearer, "/courses/" + course)["course"]["org"]["sourcedId"];
  CHECK(holds(pull(bearer, "/schools/" + owner + "/courses?limit=5000")["courses"], course));
  CHECK(
      holds(pull(bearer, "/schools/" + org + "/classes/" + cls + "/students?limit=5000")["users"], student));
  CHECK_FALSE(pull(bearer, "/schools/" + org + "/classes/" + cls + "/teachers")["users"].empty());
  CHECK_FALSE(pull(bearer, "/schools/" + org + "/classes/" + cls + "/enrollments")["enrollments"].empty());
  CHECK_FALSE(pull(bearer, "/schools/" + org + "/enrollments")["enrollments"].empty());
  CHECK(pull(bearer, "/schools")["orgs"].size() == 2);
  CHECK(pull(bearer, "/orgs")["orgs"].size() == 3);
  for (const char* collection : {"/academicSessions", "/terms", "/gradingPeriods"})
    CHECK(pull(bearer, collection).contains("academicSessions"));
  CHECK(holds(pull(bearer, "/terms")["academicSessions"], term));
  CHECK(pull(bearer, "/terms/" + term)["academicSession"]["type"] == "term");
  CHECK(pull(bearer, "/terms/" + term + "/gradingPeriods").contains("academicSessions"));
  CHECK(pull(bearer, "/schools/" + org + "/terms").contains("academicSessions"));
}

TEST_CASE_METHOD(OneRosterRestFixture, "filters, fields and sorting; what was deleted is told as such",
                 "[http][oneroster]") {
  const auto bearer = access(client);
  const auto total = [&](const std::string& query) {
    const auto answer = get(bearer, "/users?limit=1&" + query);
    INFO(query << " " << answer.body);
    REQUIRE(answer.status == 200);
    return std::stoi(answer.headers.at("x-total-count"));
  };
  const int students = total("filter=roles.role%3D'student'"),
            teachers = total("filter=roles.role%3D'teacher'");
  CHECK(students > teachers);
  CHECK(total("filter=roles.role%3D'student'%20OR%20roles.role%3D'teacher'") == students + teachers);
  CHECK(total("filter=roles.role%3D'student'%20AND%20roles.role%3D'teacher'") == 0);
  CHECK(total("filter=status%3D'active'") == 300);
  CHECK(total("filter=dateLastModified%3E'2030-01-01'") == 0);
  CHECK(total("filter=familyName~'%25'") == 0);  // no wildcard
  const auto sorted =
      pull(bearer, "/users?sort=familyName&orderBy=desc&limit=300&fields=familyName,sourcedId")["users"];
  CHECK(sorted[0].size() == 2);
  CHECK(std::ranges::is_sorted(sorted, std::greater{},
                               [](const json& user) { return user["familyName"].get<std::string>(); }));

  CHECK(minor_code(get(bearer, "/users?filter=hair%3D'red'")) == "400 invalid_filter_field");
  CHECK(minor_code(get(bearer, "/users?filter=status%3D'sleepy'")) == "400 invalid_filter_field");
  CHECK(minor_code(get(bearer, "/users?filter=status%3Dactive")) == "400 invalid_filter_field");
  CHECK(minor_code(get(bearer, "/users?filter=enabledUser~'t'")) == "400 invalid_filter_field");
  CHECK(minor_code(get(bearer, "/users?fields=hair")) == "400 invalid_selection_field");
  CHECK(minor_code(get(bearer, "/users?sort=hair")) == "400 invalid_sort_field");
  CHECK(minor_code(get(bearer, "/users?limit=0")) == "400 invaliddata");
  CHECK(minor_code(get(bearer, "/users?offset=-1")) == "400 invaliddata");
  CHECK(minor_code(get(bearer, "/users?orderBy=up")) == "400 invaliddata");

  // A delta: who came, who went.
  const auto made = create("/schools/" + inside + "/users",
                           {{"given_name", "Nefeli"}, {"family_name", "O'Neil"}, {"roles", {"student"}}});
  CHECK(total("filter=familyName%3D'O''Neil'") == 1);
  CHECK(admin.erase("/users/" + made, version("/users/" + made)).status == 204);
  CHECK(total("filter=familyName%3D'O''Neil'") == 0);
  const auto gone =
      pull(bearer, "/users?filter=familyName%3D'O''Neil'%20AND%20dateLastModified%3E'2026-01-01'")["users"];
  REQUIRE(gone.size() == 1);
  CHECK(gone[0]["status"] == "tobedeleted");
  CHECK(gone[0]["sourcedId"] == made);
  CHECK(pull(bearer, "/users/" + made)["user"]["status"] == "tobedeleted");
}

TEST_CASE_METHOD(OneRosterRestFixture,
                 "a client sees its own organisation, with its own token, until it is removed",
                 "[http][oneroster][permissions]") {
  const auto bearer = access(client);
  const auto stranger = access(make_client(other, {"roster.readonly"})),
             demographer = access(make_client(region, {"roster-demographics.readonly"}));
  const std::string somebody = pull(bearer, "/users?limit=1")["users"][0]["sourcedId"];
  CHECK(pull(stranger, "/users")["users"].empty());
  CHECK(pull(stranger, "/enrollments")["enrollments"].empty());
  CHECK(pull(stranger, "/orgs")["orgs"].size() == 1);
  CHECK(minor_code(get(stranger, "/users/" + somebody)) == "404 unknownobject");
  CHECK(minor_code(get(stranger, "/schools/" + inside + "/students")) == "404 unknownobject");
  CHECK(minor_code(get(demographer, "/users")) == "403 forbidden");
  CHECK(minor_code(get(bearer, "/demographics")) == "403 forbidden");
  CHECK(pull(demographer, "/demographics")["demographics"].empty());
  CHECK(minor_code(get(demographer, "/demographics/" + somebody)) == "404 unknownobject");
  CHECK(minor_code(get("", "/users")) == "401 unauthorisedrequest");
  CHECK(minor_code(get("thr_none", "/users")) == "401 unauthorisedrequest");
  // Our own tokens do not open it, and its tokens open nothing of ours.
  CHECK(minor_code(get(test::admin_token(folder.path()), "/users")) == "401 unauthorisedrequest");
  CHECK(test::RestClient(server.origin(), bearer).get("/schools").status == 401);
  const std::string id = client["id"];
  CHECK(read("/schools/" + region + "/clients")["items"].size() == 2);
  CHECK(admin.erase("/clients/" + id).status == 204);
  CHECK(minor_code(get(bearer, "/users")) == "401 unauthorisedrequest");
  CHECK(admin.erase("/clients/" + id).status == 404);
}
