#include "server/http/byte_range.hpp"

#include <catch2/catch.hpp>

using thranio::http::byte_range_of;

TEST_CASE("one range of bytes is told as it was asked", "[http][rfc9110]") {
  using Row = std::tuple<const char*, size_t, size_t>;
  const auto [header, first, last] = GENERATE(table<const char*, size_t, size_t>(
      {Row{"bytes=0-0", 0, 0}, Row{"bytes=0-", 0, 99}, Row{"bytes=10-19", 10, 19},
       Row{"bytes=90-1000", 90, 99}, Row{"bytes=5-99999999999999999999999", 5, 99}}));
  INFO(header);
  const auto range = byte_range_of(header, 100);
  REQUIRE(range);
  CHECK(range->first == first);
  CHECK(range->last == last);
}

TEST_CASE("a range that begins behind the end cannot be told", "[http][rfc9110]") {
  for (const auto* header : {"bytes=100-", "bytes=100-200", "bytes=99999999999999999999999-"}) {
    INFO(header);
    const auto range = byte_range_of(header, 100);
    REQUIRE(range);
    CHECK(range->first > range->last);
  }
}

TEST_CASE("what is no range is as if it had not been asked", "[http][rfc9110]") {
  for (const auto* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=-5", "bytes=5", "bytes=5-3", "bytes=0-1,3-4", "bytes=+1-2",
        "bytes=1-2 ", "bytes= 1-2", "bytes=a-b", "bytes=1--2", "pages=1-2"}) {
    INFO(header);
    CHECK_FALSE(byte_range_of(header, 100));
  }
  CHECK_FALSE(byte_range_of("bytes=0-", 0));
}
