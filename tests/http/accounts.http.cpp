// Signing in over HTTP, against the real server: invitations, sessions, limits, tokens with scopes and dates.
#include "tests/support/school_client.hpp"
#include "tests/support/smtp_sink.hpp"

using namespace thranio;
using nlohmann::json;
using test::code;
using test::RestClient;

namespace {

struct AccountsFixture : test::SchoolClient {
  std::string school_id = school();
  std::string teacher = create("/schools/" + school_id + "/users", {{"given_name", "Hypatia"},
                                                                    {"family_name", "Pappa"},
                                                                    {"roles", {"teacher", "guardian"}},
                                                                    {"username", "hypatia"},
                                                                    {"email", "hypatia@example.org"}});
  RestClient nobody{server.origin(), ""};

  std::string invitation(const std::string& user) const {
    const auto answer = admin.post("/users/" + user + "/invitations", "");
    REQUIRE(answer.status == 201);
    const std::string url = json::parse(answer.body)["url"];
    return url.substr(url.find('#') + 1);
  }
  http::FetchedResponse redeem(const std::string& token, const std::string& password) const {
    return nobody.post("/invitations/redeem", json{{"token", token}, {"password", password}}.dump());
  }
  http::FetchedResponse sign_in(const std::string& login, const std::string& password,
                                const std::string& role = "") const {
    json body{{"login", login}, {"password", password}};
    if (!role.empty()) body["role"] = role;
    return nobody.post("/sessions", body.dump());
  }
};

constexpr const char* kPassword = "a quiet school desk";

}  // namespace

TEST_CASE_METHOD(AccountsFixture, "an invitation sets a password once, and the person signs in with it",
                 "[http][accounts]") {
  const auto link = invitation(teacher);
  CHECK(code(redeem(link, "short")) == "400 weak-password");
  const auto first = redeem(link, kPassword);
  REQUIRE(first.status == 201);
  CHECK(code(redeem(link, kPassword)) == "401 invitation-invalid");
  CHECK(code(redeem("thr_nothing", kPassword)) == "401 invitation-invalid");

  const auto by_name = sign_in("hypatia", kPassword), by_mail = sign_in("hypatia@example.org", kPassword);
  REQUIRE(by_name.status == 201);
  CHECK(by_mail.status == 201);
  const auto session = json::parse(by_name.body);
  CHECK(session["role"] == "teacher");
  CHECK(session["name"] == "Hypatia Pappa");
  const RestClient me(server.origin(), session["token"]);
  CHECK(json::parse(me.get("/me").body)["name"] == "Hypatia Pappa");
  CHECK(me.get("/schools/" + school_id).status == 200);
  CHECK(me.erase("/sessions/current").status == 204);
  CHECK(code(me.get("/me")) == "401 token-invalid");

  CHECK(json::parse(sign_in("hypatia", kPassword, "guardian").body)["role"] == "guardian");
  CHECK(code(sign_in("hypatia", kPassword, "admin")) == "403 not-allowed");
  CHECK(code(sign_in("hypatia", "wrong password")) == "401 sign-in-failed");
  CHECK(code(sign_in("nobody", kPassword)) == "401 sign-in-failed");
  const auto entries = read("/schools/" + school_id + "/audit?actor=" + teacher)["items"];
  CHECK(entries[0]["action"] == "sign-in");
}

TEST_CASE_METHOD(AccountsFixture, "a new link voids the one before it; a changed password ends every session",
                 "[http][accounts]") {
  const auto old_link = invitation(teacher), link = invitation(teacher);
  CHECK(code(redeem(old_link, kPassword)) == "401 invitation-invalid");
  const auto session = json::parse(redeem(link, kPassword).body);
  const RestClient me(server.origin(), session["token"]);
  const auto change = [&](const char* current, const char* password) {
    return me.post("/me/password", json{{"current", current}, {"password", password}}.dump());
  };
  CHECK(code(change("not mine at all", "another school desk")) == "403 wrong-password");
  CHECK(code(change(kPassword, "short")) == "400 weak-password");
  CHECK(change(kPassword, "another school desk").status == 204);
  CHECK(code(me.get("/me")) == "401 token-invalid");
  CHECK(code(sign_in("hypatia", kPassword)) == "401 sign-in-failed");
  CHECK(sign_in("hypatia", "another school desk").status == 201);
  REQUIRE(SchoolClient::change("/users/" + teacher, {{"enabled", false}}).status == 200);
  CHECK(code(sign_in("hypatia", "another school desk")) == "401 sign-in-failed");
}

TEST_CASE_METHOD(AccountsFixture, "after ten wrong passwords the right one waits, too", "[http][accounts]") {
  REQUIRE(redeem(invitation(teacher), kPassword).status == 201);
  for (int i = 0; i < 10; ++i)
    CHECK(code(sign_in("hypatia", "guess number " + std::to_string(i))) == "401 sign-in-failed");
  const auto refused = sign_in("hypatia", kPassword);
  CHECK(code(refused) == "429 too-many-attempts");
  CHECK(json::parse(refused.body)["retry_after_seconds"].get<int>() > 0);
}

TEST_CASE_METHOD(AccountsFixture, "an API token is good for its scopes and until its date",
                 "[http][accounts]") {
  const auto issue = [&](json body) {
    body["user_id"] = teacher;
    body["role"] = "teacher";
    return admin.post("/tokens", body.dump());
  };
  const auto reader = json::parse(issue({{"scopes", {"roster:read"}}, {"name", "report"}}).body);
  const RestClient script(server.origin(), reader["token"]);
  CHECK(script.get("/schools/" + school_id + "/users").status == 200);
  const auto class_id = cls(school_id);
  enroll(class_id, teacher, "teacher");
  CHECK(code(script.get("/classes/" + class_id + "/lessons")) == "403 scope-missing");
  CHECK(code(script.post("/classes/" + class_id + "/lessons", waves().dump())) == "403 scope-missing");
  CHECK(code(issue({{"scopes", {"everything"}}})) == "400 invalid-field");
  CHECK(code(issue({{"expires_at", "2020-01-01T00:00:00Z"}})) == "400 invalid-field");
  CHECK(issue({{"expires_at", "2090-01-01T00:00:00Z"}}).status == 201);
  const auto listed = read("/schools/" + school_id + "/tokens")["items"];
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["scopes"] == json{"roster:read"});
  CHECK_FALSE(listed[0].contains("token"));
}

TEST_CASE_METHOD(AccountsFixture,
                 "a school's admin makes tokens for her own people, for no more than she may, and no others",
                 "[http][accounts]") {
  const auto principal = user(school_id, "admin");
  const auto boss = as(principal, "admin");
  CHECK(boss.post("/tokens", json{{"role", "teacher"}, {"user_id", teacher}}.dump()).status == 201);
  CHECK(code(boss.post("/tokens", R"({"role":"admin"})")) == "403 not-allowed");
  const auto other = user(school("Other"), "teacher");
  CHECK(code(boss.post("/tokens", json{{"role", "teacher"}, {"user_id", other}}.dump())) ==
        "403 not-allowed");
  CHECK(code(boss.post("/users/" + other + "/invitations", "")) == "403 not-allowed");
  const auto theirs =
      json::parse(admin.post("/tokens", json{{"role", "teacher"}, {"user_id", other}}.dump()).body);
  CHECK(code(boss.erase("/tokens/" + theirs["id"].get<std::string>())) == "403 not-allowed");
  const auto limited = json::parse(
      admin
          .post("/tokens",
                json{{"role", "admin"}, {"user_id", principal}, {"scopes", {"roster:write"}}}.dump())
          .body);
  const RestClient script(server.origin(), limited["token"]);
  CHECK(
      code(script.post(
          "/tokens", json{{"role", "admin"}, {"user_id", principal}, {"scopes", {"lessons:run"}}}.dump())) ==
      "403 scope-missing");
  const auto inherited =
      json::parse(script.post("/tokens", json{{"role", "admin"}, {"user_id", principal}}.dump()).body);
  const RestClient child(server.origin(), inherited["token"]);
  CHECK(code(child.get("/schools/" + school_id)) == "403 scope-missing");
}

namespace {

struct Mailed {
  explicit Mailed(test::SmtpSink::Mood mood = test::SmtpSink::Mood::kTakes) : sink(mood) {}
  test::SmtpSink sink;
};
struct MailFixture : Mailed, test::SchoolClient {
  explicit MailFixture(test::SmtpSink::Mood mood = test::SmtpSink::Mood::kTakes)
      : Mailed(mood), SchoolClient({"--smtp", sink.url(), "--mail-from", "school@example.org"}) {}
  std::string school_id = school();
  std::string person(const std::string& email) const {
    return create("/schools/" + school_id + "/users", {{"given_name", "Hypatia"},
                                                       {"family_name", "Pappa"},
                                                       {"roles", {"teacher"}},
                                                       {"username", "hypatia"},
                                                       {"email", email}});
  }
  json invite(const std::string& user_id) const {
    const auto answer = admin.post("/users/" + user_id + "/invitations", "");
    REQUIRE(answer.status == 201);
    return json::parse(answer.body);
  }
};
struct Refusing : MailFixture {
  Refusing() : MailFixture(test::SmtpSink::Mood::kRefuses) {}
};

}  // namespace

TEST_CASE_METHOD(MailFixture, "an invitation goes by mail, and is shown to nobody else",
                 "[http][accounts][mail]") {
  const auto made = invite(person("hypatia@example.org"));
  CHECK(made["url"] == nullptr);
  CHECK(made["mailed_to"] == "hypatia@example.org");
  const auto letter = sink.wait();
  CHECK(letter.from == "school@example.org");
  CHECK(letter.to == "hypatia@example.org");
  CHECK(letter.text.find("Content-Transfer-Encoding: base64") != std::string::npos);
  // Without an address there is only the link.
  const auto shown = invite(user(school_id, "student"));
  CHECK(shown["url"].is_string());
  CHECK(shown["mailed_to"] == nullptr);
}

TEST_CASE_METHOD(Refusing, "what the relay does not take is shown", "[http][accounts][mail]") {
  const auto made = invite(person("hypatia@example.org"));
  CHECK(made["url"].is_string());
  CHECK(made["mailed_to"] == nullptr);
}

TEST_CASE_METHOD(MailFixture, "who forgot her password gets a link; who is nobody is told the same",
                 "[http][accounts][mail]") {
  person("hypatia@example.org");
  const RestClient nobody(server.origin(), "");
  const auto ask = [&](const std::string& login) {
    return nobody.post("/password-resets", json{{"login", login}}.dump());
  };
  const auto known = ask("hypatia"), unknown = ask("diophantus");
  CHECK(known.status == 202);
  CHECK(unknown.status == 202);
  CHECK(known.body == unknown.body);
  CHECK(sink.wait().to == "hypatia@example.org");
  std::string last;
  for (int i = 0; i < 12; ++i)
    last = code(ask("hypatia"));
  CHECK(last == "429 too-many-attempts");
}
