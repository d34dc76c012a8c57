#include "server/auth/tokens.hpp"

#include <fstream>
#include <set>

#include <catch2/catch.hpp>

#include "server/store/database.hpp"
#include "tests/support/await.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using auth::NewToken;
using auth::Role;
using auth::Tokens;
using test::await;

namespace {

struct Fixture {
  test::TempFolder folder;
  store::Database database{folder.path()};
  Tokens tokens{database};
};

NewToken admin() {
  NewToken token;
  token.role = Role::kAdmin;
  token.name = "a script";
  return token;
}

std::string code_of(const Result<auth::Principal>& refused) {
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kUnauthenticated);
  return refused.error().code;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an issued token is known, and says who holds it", "[auth]") {
  const auto issued = await(tokens.issue(admin()));
  REQUIRE(issued);
  const auto principal = await(tokens.authenticate(issued->text));
  REQUIRE(principal);
  CHECK(principal->token_id == issued->id);
  CHECK(principal->role == Role::kAdmin);
  CHECK(principal->name == "a script");
  CHECK_FALSE(principal->user);
  CHECK_FALSE(principal->lesson);
}

TEST_CASE_METHOD(Fixture, "a token made on the command line works in the running server at once", "[auth]") {
  store::Database other_process(folder.path());
  const auto issued = Tokens(other_process).issue_now(admin());
  REQUIRE(issued);
  CHECK(await(tokens.authenticate(issued->text)));
}

TEST_CASE_METHOD(Fixture, "a revoked token is refused at once", "[auth]") {
  const auto issued = await(tokens.issue(admin())).value();
  REQUIRE(await(tokens.authenticate(issued.text)));
  REQUIRE(await(tokens.revoke(issued.id)));
  CHECK(code_of(await(tokens.authenticate(issued.text))) == "token-invalid");
  CHECK(await(tokens.revoke(issued.id)).error().kind == ErrorKind::kNotFound);
}

TEST_CASE_METHOD(Fixture, "an expired token is refused, one that has a minute left is not", "[auth]") {
  const auto now = std::chrono::system_clock::now();
  NewToken past = admin(), future = admin();
  past.expires_at = now - std::chrono::minutes{1};
  future.expires_at = now + std::chrono::minutes{1};
  CHECK(code_of(await(tokens.authenticate(await(tokens.issue(past)).value().text))) == "token-invalid");
  CHECK(await(tokens.authenticate(await(tokens.issue(future)).value().text)));
}

TEST_CASE_METHOD(Fixture, "what is no token is refused, whatever it holds", "[auth]") {
  CHECK(code_of(await(tokens.authenticate(""))) == "token-missing");
  const std::string bearer = GENERATE(as<std::string>{}, "thr_", "' OR 1=1 --", std::string(100'000, 'x'),
                                      std::string("thr_\0x", 6));
  CHECK(code_of(await(tokens.authenticate(bearer))) == "token-invalid");
}

TEST_CASE_METHOD(Fixture, "a token's text is nowhere in the files of the database", "[auth]") {
  const auto issued = await(tokens.issue(admin())).value();
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    CHECK(bytes.find(issued.text) == std::string::npos);
    files += bytes.find(issued.id) != std::string::npos ? 1 : 0;
  }
  CHECK(files > 0);  // the row itself is there
}

TEST_CASE_METHOD(Fixture, "tokens are 256 random bits in letters that need no escaping", "[auth]") {
  std::set<std::string> texts;
  for (int i = 0; i < 20; ++i) {
    const auto issued = await(tokens.issue(admin())).value();
    CHECK(issued.text.starts_with("thr_"));
    CHECK(issued.text.size() >= 47);  // 43 letters of 6 bits
    CHECK(issued.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
    CHECK(texts.insert(issued.text).second);
  }
}
