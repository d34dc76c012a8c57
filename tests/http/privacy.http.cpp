// A person's copy of what is kept about her, and her right to be forgotten, against the real server.
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::code;

namespace {

struct PrivacyFixture : test::SchoolClient {
  std::string school_id = school(), cls_id = cls(school_id);
  std::string student = create("/schools/" + school_id + "/users", {{"given_name", "Hypatia"},
                                                                    {"family_name", "Alexandrinou"},
                                                                    {"roles", {"student"}},
                                                                    {"username", "hypatia"},
                                                                    {"email", "hypatia@example.org"},
                                                                    {"phone", "2101234567"}});
  std::string guardian = user(school_id, "guardian");
  std::string enrollment = enroll(cls_id, student, "student");

  PrivacyFixture() {
    create("/users/" + student + "/guardians", {{"guardian_id", guardian}});
    create("/users/" + student + "/role-assignments", {{"school_id", school_id}, {"role", "student"}});
    REQUIRE(change("/users/" + student, {{"given_name", "Hypatia Theonos"}}).status == 200);
  }
  http::FetchedResponse erase(const test::RestClient& client) const {
    return client.ask("POST", "/users/" + student + "/erase", "", "", version("/users/" + student));
  }
};

}  // namespace

TEST_CASE_METHOD(PrivacyFixture, "a person gets a copy of all that is kept about her", "[http][privacy]") {
  const auto herself = as(student, "student");
  const auto answer = herself.get("/users/" + student + "/export");
  REQUIRE(answer.status == 200);
  const auto copy = json::parse(answer.body);
  CHECK(copy["user"]["family_name"] == "Alexandrinou");
  CHECK(copy["account"]["login"] == "hypatia");
  CHECK(copy["account"]["has_password"] == false);
  CHECK(copy["enrollments"].size() == 1);
  CHECK(copy["guardianships"].size() == 1);
  CHECK(copy["role_assignments"].size() == 1);
  CHECK(copy["tokens"].size() == 1);
  CHECK(copy["audit"].size() >= 2);
  CHECK(answer.body.find("hash") == std::string::npos);
  CHECK(code(as(guardian, "guardian").get("/users/" + student + "/export")) == "403 not-allowed");
  CHECK(read("/schools/" + school_id + "/audit?entity_id=" + student)["items"][0]["action"] == "export");
}

TEST_CASE_METHOD(PrivacyFixture, "who is erased is nowhere any more, and what she took part in stays",
                 "[http][privacy]") {
  const auto herself = as(student, "student");
  const auto link = admin.post("/users/" + student + "/invitations", "");
  const std::string url = json::parse(link.body)["url"];
  CHECK(code(erase(herself)) == "403 not-allowed");
  CHECK(code(admin.ask("POST", "/users/" + student + "/erase", "", "", {{"If-Match", "\"1\""}})) ==
        "412 stale-version");
  REQUIRE(erase(admin).status == 204);

  CHECK(code(herself.get("/me")) == "401 token-invalid");
  const test::RestClient nobody(server.origin(), "");
  CHECK(code(nobody.post(
            "/invitations/redeem",
            json{{"token", url.substr(url.find('#') + 1)}, {"password", "a quiet school desk"}}.dump())) ==
        "401 invitation-invalid");
  CHECK(code(admin.get("/users/" + student)) == "404 deleted");
  CHECK(read("/users/" + guardian + "/export")["guardianships"].empty());
  const auto gone = read("/classes/" + cls_id + "/enrollments?deleted=true")["items"];
  REQUIRE(gone.size() == 1);
  CHECK(gone[0]["user_id"] == student);
  const auto row = read("/schools/" + school_id + "/users?deleted=true")["items"][0];
  CHECK(row["given_name"] == "");
  CHECK(row["username"] == "");
  CHECK(row["email"] == "");
  // Nothing on the disk, not even in the audit log, holds her name; that somebody was changed and erased is
  // told.
  const auto log = admin.get("/schools/" + school_id + "/audit?limit=200");
  for (const char* word : {"Hypatia", "Alexandrinou", "hypatia@example.org", "2101234567"})
    CHECK(log.body.find(word) == std::string::npos);
  const auto entries = read("/schools/" + school_id + "/audit?entity_id=" + student)["items"];
  CHECK(entries[0]["action"] == "erase");
  CHECK(entries.back()["action"] == "create");
  CHECK(entries.back()["after"] == nullptr);
  // Nothing brings her back.
  CHECK(code(admin.ask("POST", "/users/" + student + "/restore", "", "", {{"If-Match", "\"3\""}})) ==
        "409 user-erased");
}

TEST_CASE_METHOD(PrivacyFixture, "a person's role in another organisation is told, changed and ended",
                 "[http][roster]") {
  const auto region = school("Region");
  const auto path = "/users/" + student + "/role-assignments";
  const auto id = create(path, {{"school_id", region}, {"role", "aide"}, {"role_type", "secondary"}});
  CHECK(read(path)["items"].size() == 2);
  const std::string item = "/role-assignments/" + id;
  CHECK(change(item, {{"ends_on", "2027-06-30"}}).status == 200);
  CHECK(read(item)["ends_on"] == "2027-06-30");
  CHECK(code(change(item, {{"starts_on", "2027-07-01"}})) == "400 invalid-field");
  CHECK(code(admin.post(path, json{{"school_id", "s_none"}, {"role", "aide"}}.dump())) ==
        "400 invalid-field");
  CHECK(code(admin.post(path, json{{"school_id", region}, {"role", "king"}}.dump())) == "400 invalid-field");
  // Who administers one school gives nobody a role in another.
  const auto boss = as(user(school_id, "admin"), "admin");
  CHECK(code(boss.post(path, json{{"school_id", region}, {"role", "siteAdministrator"}}.dump())) ==
        "400 invalid-field");
}
