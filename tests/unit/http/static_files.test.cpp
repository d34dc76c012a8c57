#include "server/http/static_files.hpp"

#include <catch2/catch.hpp>

#include "tests/support/response_header.hpp"

using namespace thranio;
using http::Method;
using http::Request;
using http::Response;
using test::header;

namespace {

constexpr std::string_view kPage = "<script src=\"/assets/main-4f2a.js\">";

const http::StaticFiles& client() {
  static const http::StaticFiles files({{"/index.html", kPage},
                                        {"/index.html.br", "PAGE-BR"},
                                        {"/index.html.gz", "PAGE-GZ"},
                                        {"/assets/main-4f2a.js", "code"},
                                        {"/assets/room-77aa.js", "later"},
                                        {"/favicon.svg", "<svg/>"}});
  return files;
}

Request get(const std::string& path, const std::string& accepts = "", const std::string& known = "") {
  Request request;
  request.path = path;
  if (!accepts.empty()) request.headers.emplace_back("accept-encoding", accepts);
  if (!known.empty()) request.headers.emplace_back("if-none-match", known);
  return request;
}

}  // namespace

TEST_CASE("every page path gets index.html, which is asked for anew each time", "[http]") {
  const std::string path = GENERATE("/", "/index.html", "/join/l_42", "/lesson/l_42");
  CAPTURE(path);
  const auto response = client().respond(get(path));
  CHECK(response.status == 200);
  CHECK(response.static_body == kPage);
  CHECK(header(response, "Content-Type") == "text/html; charset=utf-8");
  CHECK(header(response, "Cache-Control") == "no-cache");
}

TEST_CASE("a hashed asset may be kept for ever, and one that is not there is a 404 and no page", "[http]") {
  const auto found = client().respond(get("/assets/main-4f2a.js"));
  CHECK(found.static_body == "code");
  CHECK(header(found, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header(found, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(client().respond(get("/assets/main-0000.js")).status == 404);
}

TEST_CASE("a precompressed copy is preferred where it is accepted", "[http]") {
  const auto [accepts, body, coding] = GENERATE(table<std::string, std::string, std::string>(
      {{"gzip, deflate, br", "PAGE-BR", "br"}, {"gzip", "PAGE-GZ", "gzip"}, {"", std::string{kPage}, ""}}));
  const auto response = client().respond(get("/", accepts));
  CHECK(response.static_body == body);
  CHECK(header(response, "Content-Encoding") == coding);
  CHECK(header(response, "Vary") == "Accept-Encoding");
}

TEST_CASE("a browser that has the page already is told so", "[http]") {
  const std::string etag = header(client().respond(get("/")), "ETag");
  REQUIRE(etag.size() > 2);
  const auto response = client().respond(get("/", "", etag));
  CHECK(response.status == 304);
  CHECK_FALSE(response.static_body);
  CHECK(header(client().respond(get("/", "br")), "ETag") != etag);  // another copy, another tag
}

TEST_CASE("the page may load nothing from elsewhere and be framed by nobody", "[http]") {
  const std::string policy = header(client().respond(get("/")), "Content-Security-Policy");
  CHECK(policy.find("default-src 'self'") != std::string::npos);
  CHECK(policy.find("script-src 'self';") != std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
}

TEST_CASE("the client's files are read, never written, and never under /api/", "[http]") {
  CHECK(client().serves(get("/join/l_42")));
  CHECK_FALSE(client().serves(get("/api/v1/lessons")));
  Request post = get("/");
  post.method = Method::kPost;
  CHECK_FALSE(client().serves(post));
}

TEST_CASE("what the page does not begin with gives way to the lesson's voice", "[http]") {
  CHECK_FALSE(client().respond(get("/")).beside);
  CHECK_FALSE(client().respond(get("/assets/main-4f2a.js")).beside);
  CHECK_FALSE(client().respond(get("/favicon.svg")).beside);
  CHECK(client().respond(get("/assets/room-77aa.js")).beside);
}
