#include "server/auth/password.hpp"

#include <catch2/catch.hpp>

using namespace thranio;

TEST_CASE("a password opens with itself and with nothing else", "[auth]") {
  const auto hash = auth::hash_password("a quiet school desk");
  CHECK(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
  CHECK(auth::verify_password(hash, "a quiet school desk"));
  CHECK_FALSE(auth::verify_password(hash, "a quiet school desk "));
  CHECK_FALSE(auth::verify_password(hash, ""));
  CHECK_FALSE(auth::verify_password("", "a quiet school desk"));
  CHECK_FALSE(auth::verify_password("$argon2id$v=19$m=65536,t=3,p=1$x$y", "a quiet school desk"));
  CHECK(auth::hash_password("a quiet school desk") != hash);
}

TEST_CASE("a password that is guessed at once is refused with the reason", "[auth][bad-input]") {
  CHECK(auth::check_password("a quiet school desk", "anna"));
  CHECK_FALSE(auth::check_password("short", ""));
  CHECK_FALSE(auth::check_password("aaaaaaaaaaaaaa", ""));
  CHECK_FALSE(auth::check_password("anna.pappa123", "anna.pappa"));
  CHECK_FALSE(auth::check_password(std::string(201, 'x') + "abc", ""));
}
