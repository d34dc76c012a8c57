#include "server/store/new_id.hpp"

#include <set>

#include <catch2/catch.hpp>

using thranio::store::new_id;

TEST_CASE("ids say what they name, fit a URL and never come twice", "[store]") {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = new_id("u");
    REQUIRE(id.starts_with("u_"));
    REQUIRE(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    REQUIRE(id.size() <= 64);
    REQUIRE(ids.insert(id).second);
  }
}
