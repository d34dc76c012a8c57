#include "server/store/cursor.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::store;

TEST_CASE("a cursor is read as it was written, whatever the list is sorted by", "[store][cursor]") {
  const Value value = GENERATE(as<Value>{}, Value(), int64_t{0}, int64_t{-1}, INT64_MAX, INT64_MIN,
                               std::string(), std::string("Φυσική"), std::string("a\x1f") + "b");
  for (const std::string id : {"", "u_1"}) {
    const auto read = read_cursor(cursor_of(value, id));
    REQUIRE(read);
    CHECK(read->first == value);
    CHECK(read->second == id);
  }
}

TEST_CASE("a cursor of nobody's, or ours in another spelling, is refused by its field",
          "[store][cursor][bad-input]") {
  const auto hex = [](const std::string& plain) {
    std::string text;
    for (const char c : plain)
      for (const int half : {c >> 4 & 15, c & 15})
        text += "0123456789abcdef"[half];
    return text;
  };
  const std::string end = "\x1f";
  const auto bad =
      GENERATE_COPY(as<std::string>{}, "", "x", "zz", "6", hex("i7"), hex(end + "u"), hex("i" + end),
                    hex("i007" + end + "u"), hex("i+7" + end + "u"), hex("i7x" + end + "u"),
                    hex("i9223372036854775808" + end + "u"), hex("nx" + end + "u"), hex("q7" + end + "u"),
                    hex("t" + end + "u") + "0", "6E1F");
  const auto read = read_cursor(bad);
  INFO(bad);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == "invalid-field");
  CHECK(read.error().field == "cursor");
}
