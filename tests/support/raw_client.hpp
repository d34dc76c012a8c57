// A TCP client that sends exactly the bytes a test gives it, whole or in crumbs, right or wrong; it also
// frames WebSocket messages (RFC 6455). Every wait has a deadline and throws past it. Thread: the test's.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace thranio::test {

// An answer as it came.
struct RawResponse {
  int status = 0;
  std::string head;  // the status line and the header lines
  std::string body;
  // The value of a header line, empty if there is none. The name as we send it.
  std::string header(const std::string& name) const;
};

struct Frame {
  int opcode = 0;  // 1: text, 8: close, 9: ping
  std::string payload;
  bool last = true;
  // Of a close frame.
  int close_code() const;
};

class RawClient {
 public:
  static constexpr auto kPatience = std::chrono::seconds(20);  // generous: sanitizers on a busy machine

  explicit RawClient(uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False if the server has closed meanwhile.
  bool send(std::string_view bytes);
  RawResponse read_response();
  // Whatever comes until the server closes; a reset counts as a close.
  std::string read_to_end();

  // GET with an upgrade; subprotocol may be empty. The answer to it.
  RawResponse upgrade(const std::string& path, const std::string& subprotocol);
  void send_text(std::string_view message) { send_frame(1, message); }
  void send_frame(int opcode, std::string_view payload);
  std::string read_message();  // its frames put together
  Frame read_frame();          // opcode 8 without payload when the connection ends without a close frame

  int descriptor() const { return socket_; }

 private:
  bool fill();  // reads some; false at the end

  int socket_ = -1;
  std::string received_;
};

}  // namespace thranio::test
