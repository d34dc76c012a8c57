#include "server/http/router.hpp"

#include <stdexcept>

#include <catch2/catch.hpp>

#include "tests/support/await.hpp"
#include "tests/support/response_header.hpp"

using namespace thranio;
using http::Method;
using http::Request;
using http::Response;
using http::Router;
using test::header;
using Answer = boost::asio::awaitable<Result<Response>>;

namespace {

Answer say(std::string text) {
  Response response;
  response.body = std::move(text);
  co_return response;
}

Answer refuse(Request) {
  co_return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
}

Answer fault(Request) {
  throw std::runtime_error("the disk is on fire");
  co_return Response{};
}

Router lessons_router() {
  Router router;
  router.add({
      {Method::kGet, "/lessons", [](Request) { return say("all"); }},
      {Method::kPost, "/lessons", [](Request) { return say("made"); }},
      {Method::kGet, "/lessons/{id}", [](Request r) { return say("one " + r.path_parameter("id")); }},
      {Method::kPost, "/lessons/{id}/start", refuse},
      {Method::kPost, "/lessons/{id}/end", fault},
  });
  return router;
}

Response ask(const Router& router, Method method, const std::string& path) {
  Request request;
  request.method = method;
  request.path = path;
  return test::await(router.handle(request));
}

}  // namespace

TEST_CASE("router finds the handler by method and path, and hands it the path's parameters", "[http]") {
  const Router router = lessons_router();
  CHECK(ask(router, Method::kGet, "/lessons").body == "all");
  CHECK(ask(router, Method::kPost, "/lessons").body == "made");
  CHECK(ask(router, Method::kGet, "/lessons/l_42").body == "one l_42");
}

TEST_CASE("router answers HEAD as GET", "[http]") {
  CHECK(ask(lessons_router(), Method::kHead, "/lessons/l_42").status == 200);
}

TEST_CASE("router answers 404 not-found for a path that fits no pattern", "[http]") {
  const std::string path =
      GENERATE("/", "/lesson", "/lessons/", "/lessons/l_42/", "/lessons/l_42/stop", "//", "/lessons//start");
  CAPTURE(path);
  const auto response = ask(lessons_router(), Method::kGet, path);
  CHECK(response.status == 404);
  CHECK(response.body.find("\"type\":\"/problems/not-found\"") != std::string::npos);
}

TEST_CASE("router answers 405 with Allow for a known path and another method", "[http]") {
  const auto response = ask(lessons_router(), Method::kDelete, "/lessons");
  CHECK(response.status == 405);
  CHECK(header(response, "Allow") == "GET, POST, OPTIONS");
}

TEST_CASE("router answers OPTIONS with what the path allows", "[http]") {
  const auto response = ask(lessons_router(), Method::kOptions, "/lessons/l_42/start");
  CHECK(response.status == 204);
  CHECK(header(response, "Allow") == "POST, OPTIONS");
}

TEST_CASE("a handler's Error becomes a problem that names the path", "[http][rfc9457]") {
  const auto response = ask(lessons_router(), Method::kPost, "/lessons/l_42/start");
  CHECK(response.status == 409);
  CHECK(header(response, "Content-Type") == "application/problem+json");
  CHECK(response.body.find("\"instance\":\"/lessons/l_42/start\"") != std::string::npos);
}

TEST_CASE("a handler's exception becomes 500 internal-error and stays in the log", "[http]") {
  const auto response = ask(lessons_router(), Method::kPost, "/lessons/l_42/end");
  CHECK(response.status == 500);
  CHECK(response.body.find("/problems/internal-error") != std::string::npos);
  CHECK(response.body.find("fire") == std::string::npos);
}
