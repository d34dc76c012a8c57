// A browser's end of the class's WebSocket on the real server, speaking exactly what a test says. Thread: the
// test's.
#pragma once

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/live_lesson.hpp"
#include "tests/support/raw_client.hpp"

namespace thranio::test {

class Browser {
  using json = nlohmann::json;

 public:
  explicit Browser(const LiveLesson& lesson) : Browser(lesson.server.origin(), lesson.id) {}
  static uint16_t port_of(const std::string& origin) {
    return static_cast<uint16_t>(std::stoi(origin.substr(origin.rfind(':') + 1)));
  }
  Browser(const std::string& origin, const std::string& lesson) : socket_(port_of(origin)) {
    REQUIRE(socket_.upgrade("/api/v1/lessons/" + lesson + "/live", "thranio.v1").status == 101);
  }
  void say(const json& message) { socket_.send_text(message.dump()); }
  void say_text(const std::string& text) { socket_.send_text(text); }
  json hear() {
    auto frame = socket_.read_frame();
    for (; frame.opcode == 9; frame = socket_.read_frame())
      socket_.send_frame(10, frame.payload);  // who answers no ping is taken for gone
    if (frame.opcode == 8)
      return {{"kind", "closed"}, {"code", frame.payload.empty() ? 0 : frame.close_code()}};
    return json::parse(frame.payload);
  }
  // The next message of this kind; others are passed over.
  json hear(const std::string& kind) {
    for (;;) {
      const json message = hear();
      if (message["kind"] == kind || message["kind"] == "closed") return message;
    }
  }
  json enter(const std::string& token, const json& more = json::object()) {
    json hello{{"kind", "hello"}, {"token", token}};
    hello.update(more);
    say(hello);
    return hear();
  }
  // What becomes of a wish: "ok", or the code of its refusal. Others' news are passed over.
  std::string wish(json message) {
    message["ref"] = ++ref_;
    say(message);
    for (;;) {
      const json answer = hear();
      if (answer["kind"] == "closed") return "closed " + answer["code"].dump();
      if (answer.value("ref", 0) != ref_) continue;
      if (answer["kind"] == "accepted") {
        seq = answer["seq"];
        return "ok";
      }
      const std::string type = answer["type"];
      return type.substr(type.rfind('/') + 1);
    }
  }
  int64_t seq = 0;  // of the last that was accepted
  void leave() { socket_.send_frame(8, std::string("\x03\xe9", 2)); }

 private:
  RawClient socket_;
  int ref_ = 0;
};

}  // namespace thranio::test
