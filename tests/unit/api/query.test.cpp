#include "server/api/query.hpp"

#include <catch2/catch.hpp>

#include "server/store/cursor.hpp"

using namespace thranio;
using namespace thranio::api;

namespace {

http::Request asking(const std::string& name, const std::string& value) {
  http::Request request;
  request.query.emplace_back(name, value);
  return request;
}
http::Request matching(const std::string& etag) {
  http::Request request;
  request.headers.emplace_back("if-match", etag);
  return request;
}

}  // namespace

TEST_CASE("If-Match is our ETag, and nothing that resembles it", "[api][query][rfc9110]") {
  CHECK(wanted_version(matching(etag_of(7))).value() == 7);
  CHECK(wanted_version({}).error().code == "version-required");
  for (const char* other : {"", "*", "7", "\"\"", "\"7", "W/\"7\"", "\"07\"", "\"+7\"", "\"7\", \"8\"",
                            "\"7x\"", "\"99999999999999999999\"", "\"\"7\"\""}) {
    INFO(other);
    CHECK(wanted_version(matching(other)).error().code == "invalid-version");
  }
}

TEST_CASE("a list's limit is a number within its bounds", "[api][query]") {
  CHECK(wanted_limit({}).value() == 50);
  CHECK(wanted_limit(asking("limit", "200")).value() == 200);
  for (const char* other : {"", "0", "201", "-1", "5 ", " 5", "5.0", "0x5", "99999999999"}) {
    INFO(other);
    CHECK(wanted_limit(asking("limit", other)).error().field == "limit");
  }
}

TEST_CASE("a place is a number's cursor; one of a list by name is of another list", "[api][query]") {
  CHECK_FALSE(wanted_place({}).value());
  CHECK_FALSE(wanted_place(asking("cursor", "")).value());
  CHECK(wanted_place(asking("cursor", store::cursor_of(int64_t{9}, "chat"))).value() == 9);
  CHECK(wanted_place(asking("cursor", store::cursor_of(std::string("a"), "chat"))).error().detail ==
        "cursor is of another list.");
  CHECK(wanted_place(asking("cursor", "zz")).error().field == "cursor");
}
