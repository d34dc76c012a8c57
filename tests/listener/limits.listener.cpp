// What the listener does with clients that are slow, greedy, numerous or talk nonsense: each refused as HTTP
// asks, counted, and no hindrance to the next.
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/listener/test_listener.hpp"
#include "tests/support/raw_client.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using http::Refusal;
using test::RawClient;
using test::TestListener;

namespace {

std::string echo(const std::string& headers, const std::string& body) {
  return "POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

// The listener serves on, whatever happened to others.
void check_still_serving(const TestListener& server) {
  RawClient client(server.port());
  client.send(TestListener::kHello);
  CHECK(client.read_response().body == "hello");
}

}  // namespace

TEST_CASE("one connection carries several requests, also when they come at once", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send(TestListener::kHello);
  CHECK(client.read_response().body == "hello");
  client.send(TestListener::kHello + echo("Content-Length: 3\r\n", "abc"));
  CHECK(client.read_response().body == "hello");
  CHECK(client.read_response().body == "abc");
  CHECK(server.counters().requests == 3);
  CHECK(server.counters().accepted == 1);
}

TEST_CASE("a request that asks for Connection: close is answered whole and then closed", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send("GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto response = client.read_response();
  CHECK(response.body == "hello");
  CHECK(response.header("Connection") == "close");
  CHECK(client.read_to_end().empty());
}

TEST_CASE("HEAD answers like GET without the body", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send("HEAD /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("every answer tells browsers not to guess its type nor to name the page it came from", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send(TestListener::kHello);
  const auto response = client.read_response();
  CHECK(response.header("X-Content-Type-Options") == "nosniff");
  CHECK(response.header("Referrer-Policy") == "no-referrer");
  CHECK(response.header("Server").empty());
}

TEST_CASE("a handler that throws answers 500 internal-error, and the connection goes on", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send("GET /api/v1/broken HTTP/1.1\r\nHost: localhost\r\n\r\n" + TestListener::kHello);
  const auto broken = client.read_response();
  CHECK(broken.status == 500);
  CHECK(broken.header("Content-Type") == "application/problem+json");
  CHECK(broken.body.find("/problems/internal-error") != std::string::npos);
  CHECK(broken.body.find("a fault") == std::string::npos);  // that is for the log
  CHECK(client.read_response().body == "hello");
}

TEST_CASE("a slow loris, header by header, is cut off after the time for a head", "[http][limits]") {
  TestListener server({.header_timeout = 200ms});
  RawClient client(server.port());
  client.send("GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\n");
  CHECK(client.read_to_end().empty());
  CHECK(server.wait_for_refusal(Refusal::kHeaderTimeout) == 1);
  check_still_serving(server);
}

TEST_CASE("crumbs do not buy a slow loris more time", "[http][limits]") {
  TestListener server({.header_timeout = 300ms});
  RawClient client(server.port());
  const auto start = std::chrono::steady_clock::now();
  client.send("GET /api/v1/hello HTTP/1.1\r\n");
  while (client.send("X: y\r\n") && server.refused(Refusal::kHeaderTimeout) == 0 &&
         std::chrono::steady_clock::now() - start < 20s)
    std::this_thread::sleep_for(20ms);  // the loris's own pace
  CHECK(server.wait_for_refusal(Refusal::kHeaderTimeout) == 1);
}

TEST_CASE("a client that says nothing is cut off as well", "[http][limits]") {
  TestListener server({.header_timeout = 200ms});
  RawClient client(server.port());
  CHECK(client.read_to_end().empty());
  CHECK(server.wait_for_refusal(Refusal::kHeaderTimeout) == 1);
}

TEST_CASE("a body that trickles is cut off after the time for a body", "[http][limits]") {
  TestListener server({.body_timeout = 200ms});
  RawClient client(server.port());
  client.send(echo("Content-Length: 10\r\n", "abc"));
  CHECK(client.read_to_end().empty());
  CHECK(server.wait_for_refusal(Refusal::kBodyTimeout) == 1);
  check_still_serving(server);
}

TEST_CASE("a connection that has been served may wait for its next request only so long", "[http][limits]") {
  TestListener server({.idle_timeout = 200ms});
  RawClient client(server.port());
  client.send(TestListener::kHello);
  CHECK(client.read_response().status == 200);
  CHECK(client.read_to_end().empty());
  CHECK(server.refused(Refusal::kHeaderTimeout) == 0);  // waiting between requests is no fault
}

TEST_CASE("an oversized head is answered 431 headers-too-large", "[http][limits]") {
  TestListener server({.max_header_bytes = 1024});
  RawClient client(server.port());
  client.send("GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(2000, 'x') +
              "\r\n\r\n");
  const auto response = client.read_response();
  CHECK(response.status == 431);
  CHECK(response.body.find("/problems/headers-too-large") != std::string::npos);
  CHECK(server.wait_for_refusal(Refusal::kHeaderTooLarge) == 1);
  check_still_serving(server);
}

TEST_CASE("an oversized body is answered 413 body-too-large", "[http][limits]") {
  TestListener server({.max_body_bytes = 1024});
  RawClient client(server.port());
  SECTION("announced: before it is sent") {
    client.send(echo("Content-Length: 1025\r\n", ""));
  }
  SECTION("sent in whole") {
    client.send(echo("Content-Length: 100000\r\n", std::string(100'000, 'x')));
  }
  SECTION("in chunks that do not say how many follow") {
    client.send(echo("Transfer-Encoding: chunked\r\n", "800\r\n" + std::string(2048, 'x') + "\r\n0\r\n\r\n"));
  }
  const auto response = client.read_response();
  CHECK(response.status == 413);
  CHECK(response.body.find("/problems/body-too-large") != std::string::npos);
  CHECK(server.wait_for_refusal(Refusal::kBodyTooLarge) == 1);
  check_still_serving(server);
}

TEST_CASE("a body at the limit is taken", "[http][limits]") {
  TestListener server({.max_body_bytes = 1024});
  RawClient client(server.port());
  const std::string body(1024, 'x');
  client.send(echo("Content-Length: 1024\r\n", body));
  CHECK(client.read_response().body == body);
}

TEST_CASE("a request that two readers could read in two ways is answered 400", "[http][smuggling]") {
  const std::string request = GENERATE(
      // RFC 9112 section 6.1: both lengths; RFC 9112 section 3.2: no host, two hosts
      "POST /api/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      "POST /api/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "POST /api/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
      "GET /api/v1/hello HTTP/1.1\r\n\r\n", "GET /api/v1/hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /api/v1/hello HTTP/1.1\r\nHost : a\r\n\r\n", "GET /api/v1/he\x01llo HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET api/v1/hello HTTP/1.1\r\nHost: a\r\n\r\n", "GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /api/%00 HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /api/v1/hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CAPTURE(request);
  TestListener server;
  RawClient client(server.port());
  client.send(request);
  const auto response = client.read_response();
  CHECK(response.status == 400);
  CHECK(response.body.find("/problems/malformed-request") != std::string::npos);
  CHECK(server.wait_for_refusal(Refusal::kMalformedRequest) == 1);
  CHECK(client.read_to_end().empty());  // what follows may be half a request: not read on
  check_still_serving(server);
}

TEST_CASE("bytes that are neither TLS nor HTTP are counted and closed", "[http]") {
  const std::string garbage =
      GENERATE(std::string("\x00\x14\x00\x01\x00\x00\x21\x12\xa4\x42", 10),  // ICE-TCP
               std::string("\xff\xfe\xfd"), std::string("\r\n\r\n"), std::string("{}"));
  TestListener server;
  RawClient client(server.port());
  client.send(garbage);
  CHECK(client.read_to_end().empty());
  CHECK(server.wait_for_refusal(Refusal::kUnknownFirstByte) == 1);
  check_still_serving(server);
}

TEST_CASE("letters that are no HTTP are answered 400", "[http]") {
  TestListener server;
  RawClient client(server.port());
  client.send("HELO school.example\r\n\r\n");
  CHECK(client.read_response().status == 400);
  CHECK(server.wait_for_refusal(Refusal::kMalformedRequest) == 1);
}

TEST_CASE("connections beyond the limit are closed at once, and there is room when one ends",
          "[http][limits]") {
  const bool per_address = GENERATE(true, false);
  http::Limits limits;
  (per_address ? limits.max_connections_per_address : limits.max_connections) = 3;
  const Refusal cause = per_address ? Refusal::kTooManyFromAddress : Refusal::kTooManyConnections;
  TestListener server(limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(TestListener::kHello);
    REQUIRE(clients.back()->read_response().status == 200);
  }
  RawClient fourth(server.port());
  CHECK(fourth.read_to_end().empty());
  CHECK(server.wait_for_refusal(cause) == 1);

  clients.front()->send("GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  CHECK(clients.front()->read_response().status == 200);
  clients.erase(clients.begin());
  // The server notices the end of the first in its own time: ask until it has.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  int status = 0;
  while (status != 200 && std::chrono::steady_clock::now() < deadline) {
    RawClient next(server.port());
    next.send(TestListener::kHello);
    status = next.read_response().status;
  }
  CHECK(status == 200);
}
