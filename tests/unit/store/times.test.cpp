#include "server/store/times.hpp"

#include <tuple>

#include <catch2/catch.hpp>

using namespace thranio::store;

TEST_CASE("times with any offset become the same instant in UTC", "[store][rfc3339]") {
  const auto [given, utc] = GENERATE(table<std::string, std::string>({
      {"2026-09-14T09:00:00+03:00", "2026-09-14T06:00:00Z"},
      {"2026-09-14T09:00:00Z", "2026-09-14T09:00:00Z"},
      {"2026-09-14t09:00:00z", "2026-09-14T09:00:00Z"},
      {"2026-01-01T00:30:00+02:00", "2025-12-31T22:30:00Z"},
      {"2028-02-29T23:59:59-11:30", "2028-03-01T11:29:59Z"},
      {"2026-09-14T09:00:00.2509+00:00", "2026-09-14T09:00:00.250Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
      {"2199-12-31T23:59:59Z", "2199-12-31T23:59:59Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
  }));
  const auto time = parse_rfc3339(given);
  REQUIRE(time);
  CHECK(to_rfc3339(*time) == utc);
  CHECK(from_millis(to_millis(*time)) == *time);
}

TEST_CASE("what is no RFC 3339 time with offset is refused", "[store][rfc3339]") {
  const std::string text = GENERATE(
      as<std::string>{}, "", "2026-09-14", "2026-09-14T09:00:00", "2026-09-14 09:00:00Z",
      "2026-02-29T09:00:00Z", "2026-13-01T09:00:00Z", "2026-09-14T24:00:00Z", "2026-09-14T09:60:00Z",
      "2026-09-14T09:00:61Z", "2026-09-14T09:00:00.Z", "2026-09-14T09:00:00+3:00", "2026-09-14T09:00:00+0300",
      "2026-09-14T09:00:00Zx", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z",
      "-026-09-14T09:00:00Z", "2026-09-14T09:00:00+24:00");
  CHECK_FALSE(parse_rfc3339(text));
}
