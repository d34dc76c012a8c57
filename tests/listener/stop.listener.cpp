// An orderly stop: who waits is let go, who is being served is answered, who never ends is cut.
#include <catch2/catch.hpp>

#include "tests/listener/test_listener.hpp"
#include "tests/support/raw_client.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using test::RawClient;
using test::TestListener;

namespace {

bool ready(std::future<void>& over) {
  return over.wait_for(TestListener::kPatience) == std::future_status::ready;
}

}  // namespace

TEST_CASE("a stop with nobody connected is over at once", "[http][stop]") {
  TestListener server;
  auto over = server.stop(1h);
  CHECK(ready(over));
}

TEST_CASE("a stop closes connections that wait for a request, without waiting for them", "[http][stop]") {
  TestListener server;
  RawClient served(server.port()), silent(server.port());
  served.send(TestListener::kHello);
  REQUIRE(served.read_response().status == 200);
  while (server.counters().accepted < 2)
    std::this_thread::yield();
  auto over = server.stop(1h);
  CHECK(served.read_to_end().empty());
  CHECK(silent.read_to_end().empty());
  CHECK(ready(over));
}

TEST_CASE("a stop lets a request under way be answered, and takes no new connection", "[http][stop]") {
  TestListener server;
  RawClient client(server.port());
  client.send("GET /api/v1/held HTTP/1.1\r\nHost: localhost\r\n\r\n");
  server.wait_until_held();
  auto over = server.stop(1h);
  CHECK(over.wait_for(50ms) == std::future_status::timeout);
  server.release();
  const auto response = client.read_response();
  CHECK(response.body == "held");
  CHECK(response.header("Connection") == "close");
  CHECK(client.read_to_end().empty());
  CHECK(ready(over));
  CHECK_THROWS(RawClient(server.port()));
}

TEST_CASE("a stop does not wait for ever for a client that never ends its request", "[http][stop]") {
  TestListener server;
  RawClient client(server.port());
  client.send("POST /api/v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  while (server.counters().accepted < 1)
    std::this_thread::yield();
  auto over = server.stop(300ms);
  CHECK(ready(over));
  CHECK(client.read_to_end().empty());
}

TEST_CASE("a WebSocket outlives the stop until its owner closes it or patience ends", "[http][stop]") {
  TestListener server;
  auto client = std::make_unique<RawClient>(server.port());
  REQUIRE(client->upgrade("/live/x", "thranio.v1").status == 101);
  SECTION("closed by its owner") {
    auto over = server.stop(1h);
    client->send_text("close me");
    const auto frame = client->read_frame();
    CHECK(frame.close_code() == 4401);
    client->send_frame(8, frame.payload);
    client.reset();
    CHECK(ready(over));
    CHECK(server.web_socket_left_properly());
  }
  SECTION("cut") {
    auto over = server.stop(200ms);
    CHECK(ready(over));
    CHECK_FALSE(server.web_socket_left_properly());
  }
}
