// OneRoster imports over HTTP, against the real server: watched, refused, killed in the middle, exported.
#include <thread>

#include "tests/support/one_roster_maker.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::code;
using test::RestClient;

namespace {

struct ImportsFixture : test::SchoolClient {
  std::string region = school("Region");

  http::FetchedResponse post(const std::string& zip, const std::string& query = "") const {
    return admin.ask("POST", "/schools/" + region + "/imports" + query, "application/zip", zip);
  }
  json wait(const std::string& id) const {
    for (;;) {
      const auto run = read("/imports/" + id);
      if (run["state"] != "running") return run;
      std::this_thread::yield();
    }
  }
  json import(const std::string& zip, const std::string& query = "") const {
    const auto started = post(zip, query);
    REQUIRE(started.status == 202);
    CHECK(started.headers.at("location") ==
          "/api/v1/imports/" + json::parse(started.body)["id"].get<std::string>());
    return wait(json::parse(started.body)["id"]);
  }
};

const test::MadeUpRegion kSmall{.schools = 1, .users = 50, .enrollments = 100, .version = "1.2", .seed = 1};
const test::MadeUpRegion kLarge{
    .schools = 20, .users = 8000, .enrollments = 30'000, .version = "1.2", .seed = 1};

}  // namespace

TEST_CASE_METHOD(ImportsFixture, "a roster is tried, imported, changed through REST and exported again",
                 "[http][oneroster]") {
  const auto zip = make_one_roster(kSmall);
  const auto tried = import(zip, "?dry_run=true");
  CHECK(tried["state"] == "done");
  CHECK(tried["report"]["problem_count"] == 0);
  CHECK(read("/schools?parent_id=" + region)["items"].empty());
  const auto done = import(zip);
  CHECK(done["state"] == "done");
  const auto inside = read("/schools?parent_id=" + region)["items"][0];
  const std::string users = "/schools/" + inside["id"].get<std::string>() + "/users";
  const auto teacher = read(users + "?role=teacher&limit=1")["items"][0];
  CHECK(teacher["sourced_id"].get<std::string>().starts_with("user-"));
  const auto cls = read("/schools/" + inside["id"].get<std::string>() + "/classes")["items"][0];
  CHECK(read("/classes/" + cls["id"].get<std::string>() + "/enrollments?role=teacher")["items"].size() >= 1);
  const auto entries = read("/schools/" + region + "/audit?limit=5")["items"];
  CHECK(entries[0]["action"] == "import");
  CHECK(read("/schools/" + region + "/imports")["items"].size() == 2);
  const auto exported = admin.get("/schools/" + region + "/export");
  REQUIRE(exported.status == 200);
  const auto again = import(exported.body);
  CHECK(again["state"] == "done");
  for (const auto& file : again["report"]["files"]) {
    INFO(file.dump());
    CHECK(file["rows"] == file["unchanged"]);
  }
}

TEST_CASE_METHOD(ImportsFixture, "a refused import tells each problem and changes nothing",
                 "[http][oneroster][bad-input]") {
  auto broken = make_one_roster(kSmall);
  CHECK(wait(json::parse(post("no zip at all").body)["id"])["state"] == "failed");
  CHECK(wait(json::parse(post(broken.substr(0, broken.size() / 2)).body)["id"])["state"] == "failed");
  auto old = kSmall;
  old.version = "1.3";  // not known
  const auto refused = import(make_one_roster(old));
  CHECK(refused["state"] == "refused");
  CHECK(refused["report"]["problems"][0]["file"] == "manifest.csv");
  CHECK(read("/schools?parent_id=" + region)["items"].empty());
  CHECK(code(admin.ask("POST", "/schools/" + region + "/imports", "text/plain", "x")) ==
        "415 unsupported-media-type");
  CHECK(code(post("x", "?dry_run=1")) == "400 invalid-field");
  CHECK(code(admin.get("/imports/i_none")) == "404 not-found");
  const auto teacher = as(user(region, "teacher"), "teacher");
  CHECK(code(teacher.ask("POST", "/schools/" + region + "/imports", "application/zip", broken)) ==
        "403 not-allowed");
}

TEST_CASE_METHOD(ImportsFixture, "only one import runs at a time, and it shows how far it is",
                 "[http][oneroster]") {
  const auto zip = make_one_roster(kLarge);
  const std::string id = json::parse(post(zip).body)["id"];
  const auto second = post(zip);
  if (second.status != 202) CHECK(code(second) == "409 import-running");
  uint64_t seen = 0;
  bool grew = false;
  for (;;) {
    const auto run = read("/imports/" + id);
    if (run["state"] != "running") {
      CHECK(run["state"] == "done");
      break;
    }
    if (run["progress"].is_null()) continue;
    const auto rows = run["progress"]["rows"].get<uint64_t>();
    CHECK(rows >= seen);
    grew = grew || (seen > 0 && rows > seen);
    seen = rows;
  }
  CHECK(grew);
}

TEST_CASE("kill -9 in the middle of an import leaves the old state whole", "[http][oneroster]") {
  test::TempFolder folder;
  const auto token = test::admin_token(folder.path());
  std::string region, id;
  {
    test::ServerProcess server(folder.path());
    const RestClient admin(server.origin(), token);
    region = json::parse(admin.post("/schools", R"({"name":"Region","time_zone":"UTC"})").body)["id"];
    const auto started = admin.ask("POST", "/schools/" + region + "/imports", "application/zip",
                                   test::make_one_roster(kLarge));
    REQUIRE(started.status == 202);
    id = json::parse(started.body)["id"];
    for (;;) {  // until some of the enrollments, the last file, are read
      const auto run = json::parse(admin.get("/imports/" + id).body);
      REQUIRE(run["state"] == "running");
      if (!run["progress"].is_null() && run["progress"]["rows"].get<int>() > 20'000) break;
    }
    server.kill_dash_nine();
  }
  test::ServerProcess again(folder.path());
  const RestClient admin(again.origin(), token);
  CHECK(json::parse(admin.get("/imports/" + id).body)["state"] == "failed");
  CHECK(json::parse(admin.get("/schools?parent_id=" + region).body)["items"].empty());
  CHECK(json::parse(admin.get("/schools/" + region + "/users").body)["items"].empty());
  const auto started = admin.ask(
      "POST", "/schools/" + region + "/imports", "application/zip",
      test::make_one_roster({.schools = 1, .users = 50, .enrollments = 100, .version = "1.1", .seed = 2}));
  CHECK(started.status == 202);
}
