#include "server/http/problem.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace thranio;
using nlohmann::json;

TEST_CASE("a problem carries the members of RFC 9457, the field at fault and the extensions",
          "[http][rfc9457]") {
  Error error{ErrorKind::kConflict, "source-taken", "Somebody publishes the camera.", "source", {}};
  error.extra.emplace_back("take_over", "/again");
  const auto response = http::problem(error, "/api/v1/lessons/l_1/whip");
  CHECK(response.status == 409);
  CHECK(json::parse(response.body) == json{{"type", "/problems/source-taken"},
                                           {"title", "Source taken"},
                                           {"status", 409},
                                           {"detail", "Somebody publishes the camera."},
                                           {"instance", "/api/v1/lessons/l_1/whip"},
                                           {"field", "source"},
                                           {"take_over", "/again"}});
}

TEST_CASE("a problem whose detail quotes bytes that are no UTF-8 is still JSON", "[http][rfc9457]") {
  const auto response = http::problem({ErrorKind::kInvalid, "invalid-field", "\xff\xfe", "", {}}, "/\xc3");
  CHECK(json::parse(response.body)["status"] == 400);
}

TEST_CASE("a refusal for want of a token says which kind is wanted", "[http][rfc9110]") {
  const auto response = http::problem({ErrorKind::kUnauthenticated, "token-missing", "", "", {}}, "/");
  CHECK(response.status == 401);
  CHECK(response.headers.back() ==
        std::pair<std::string, std::string>{"WWW-Authenticate", "Bearer realm=\"thranio\""});
}
