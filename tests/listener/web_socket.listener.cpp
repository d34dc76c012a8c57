// WebSockets (RFC 6455) on the listener: who is let in, what is carried, how it ends.
#include <catch2/catch.hpp>

#include "tests/listener/test_listener.hpp"
#include "tests/support/raw_client.hpp"

using namespace thranio;
using http::Refusal;
using test::RawClient;
using test::TestListener;

TEST_CASE("an upgrade that offers the subprotocol is accepted with it", "[http][websocket]") {
  TestListener server;
  RawClient client(server.port());
  const auto response = client.upgrade("/live/x", "chat, thranio.v1");
  CHECK(response.status == 101);
  CHECK(response.header("Sec-WebSocket-Protocol") == "thranio.v1");
  CHECK(response.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 section 1.3
  client.send_text("γεια");
  const auto frame = client.read_frame();
  CHECK(frame.opcode == 1);
  CHECK(frame.payload == "γεια");
}

TEST_CASE("an upgrade without our subprotocol is refused with subprotocol-required", "[http][websocket]") {
  const std::string offered = GENERATE("", "thranio.v2", "xthranio.v1", "thranio.v10");
  TestListener server;
  RawClient client(server.port());
  const auto response = client.upgrade("/live/x", offered);
  CHECK(response.status == 400);
  CHECK(response.body.find("/problems/subprotocol-required") != std::string::npos);
  CHECK(server.wait_for_refusal(Refusal::kWebSocketRefused) == 1);
}

TEST_CASE("an upgrade where no WebSocket is answers 404", "[http][websocket]") {
  TestListener server;
  RawClient client(server.port());
  CHECK(client.upgrade("/api/v1/hello", "thranio.v1").status == 404);
  CHECK(server.wait_for_refusal(Refusal::kWebSocketRefused) == 1);
}

TEST_CASE("a browser's close is a proper leave, a broken link is not", "[http][websocket]") {
  TestListener server;
  auto client = std::make_unique<RawClient>(server.port());
  REQUIRE(client->upgrade("/live/x", "thranio.v1").status == 101);
  SECTION("close frame 1001: the page is left") {
    client->send_frame(8, std::string("\x03\xe9", 2));
    CHECK(client->read_frame().close_code() == 1001);
    client.reset();
    CHECK(server.web_socket_left_properly());
  }
  SECTION("the connection is gone") {
    client.reset();
    CHECK_FALSE(server.web_socket_left_properly());
  }
}

TEST_CASE("a message larger than 64 KiB closes the WebSocket with 1009", "[http][websocket][limits]") {
  TestListener server;
  RawClient client(server.port());
  REQUIRE(client.upgrade("/live/x", "thranio.v1").status == 101);
  client.send_text(std::string(http::WebSocket::kMaxMessageBytes, 'x'));
  CHECK(client.read_message().size() == http::WebSocket::kMaxMessageBytes);
  client.send_text(std::string(http::WebSocket::kMaxMessageBytes + 1, 'x'));
  CHECK(client.read_frame().close_code() == 1009);
}

TEST_CASE("a binary message closes the WebSocket with 1003", "[http][websocket]") {
  TestListener server;
  RawClient client(server.port());
  REQUIRE(client.upgrade("/live/x", "thranio.v1").status == 101);
  client.send_frame(2, "\x01\x02");
  CHECK(client.read_frame().close_code() == 1003);
}

TEST_CASE("a frame that breaks the protocol closes the WebSocket", "[http][websocket]") {
  TestListener server;
  RawClient client(server.port());
  REQUIRE(client.upgrade("/live/x", "thranio.v1").status == 101);
  client.send("\x81\x01x");  // not masked: RFC 6455 section 5.1
  CHECK(client.read_frame().close_code() == 1002);
}

TEST_CASE("a reader who falls behind by more than the queue gets the whole state anew, and goes on",
          "[http][websocket][limits]") {
  TestListener server;
  RawClient client(server.port());
  REQUIRE(client.upgrade("/live/flood", "thranio.v1").status == 101);
  int chunks = 0;
  std::string message = client.read_message();
  for (; message.size() == 60'000; message = client.read_message())
    ++chunks;
  CHECK(message == "all of it");
  CHECK(chunks < TestListener::kFlood);
  client.send_text("still here");
  CHECK(client.read_message() == "still here");
}
