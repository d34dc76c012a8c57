#include "server/auth/attempts.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace std::chrono_literals;
using auth::Attempts;

namespace {
const TimePoint kStart{1000h};
}

TEST_CASE("ten wrong passwords for one name, then one a minute; another name and another address are free",
          "[auth]") {
  Attempts attempts;
  for (int i = 0; i < Attempts::kOfName; ++i) {
    CHECK_FALSE(attempts.wait("anna", "10.0.0.1", kStart));
    attempts.failed("anna", "10.0.0.1", kStart);
  }
  const auto wait = attempts.wait("anna", "10.0.0.2", kStart);
  REQUIRE(wait);
  CHECK(*wait == 60s);
  CHECK_FALSE(attempts.wait("anna", "10.0.0.2", kStart + *wait));
  CHECK_FALSE(attempts.wait("nikos", "10.0.0.1", kStart));
}

TEST_CASE("one address that tries many names waits, too", "[auth]") {
  Attempts attempts;
  for (int i = 0; i < Attempts::kOfAddress; ++i)
    attempts.failed("name" + std::to_string(i), "10.0.0.1", kStart);
  CHECK(attempts.wait("anna", "10.0.0.1", kStart));
  CHECK_FALSE(attempts.wait("anna", "10.0.0.2", kStart));
  CHECK_FALSE(attempts.wait("anna", "10.0.0.1", kStart + Attempts::kWindow));
}

TEST_CASE("who gets in starts anew", "[auth]") {
  Attempts attempts;
  for (int i = 0; i < Attempts::kOfName; ++i)
    attempts.failed("anna", "10.0.0.1", kStart);
  attempts.succeeded("anna");
  CHECK_FALSE(attempts.wait("anna", "10.0.0.1", kStart));
}

TEST_CASE("the memory of attempts has a bound, and the last to try are kept", "[auth]") {
  Attempts attempts;
  for (size_t i = 0; i < Attempts::kMostKeys; ++i)
    attempts.failed("name" + std::to_string(i), "address" + std::to_string(i),
                    kStart + std::chrono::microseconds(i));
  for (int i = 0; i < Attempts::kOfName; ++i)
    attempts.failed("anna", "10.0.0.1", kStart + 1s);
  CHECK(attempts.wait("anna", "10.0.0.2", kStart + 1s));
}
