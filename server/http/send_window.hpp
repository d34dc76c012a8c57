// How much of a response may be on its way at once over a long line. The kernel begins with ten packets (RFC
// 6928), which a line of 32 kbit/s holds for four seconds: its queue drops half of them, and the lesson's
// voice and every other connection of the page wait behind the rest. Here a long line gets four, and twice as
// many after each round trip that made no queue, as RFC 5681 starts; once it makes one, what the line was
// seen to carry. What is loaded beside a voice begins with less than one packet, waits for its
// acknowledgement, and on a thin line stays at that. A short round trip gets all at once: what it delays is
// not felt. Way: connection → [SendWindow] → TCP. Owned by one connection. Pure: what the kernel knows is
// passed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pipelines/base/clock.hpp"

namespace thranio::http {

// From TCP_INFO and SIOCOUTQ (tcp(7)).
struct TcpLine {
  std::chrono::microseconds round_trip{}, least_round_trip{};
  uint64_t acked = 0;     // bytes, since the connection began
  uint64_t rate = 0;      // bytes a second that arrived lately; 0: not known
  size_t segment = 0;     // bytes
  size_t on_its_way = 0;  // bytes written and not acknowledged
};

class SendWindow {
 public:
  static constexpr auto kLong = std::chrono::milliseconds(100);
  static constexpr size_t kFirstSegments = 4;
  static constexpr size_t kBeside = 1000;  // bytes: a quarter of a second of 32 kbit/s

  // beside: what waits behind it is a lesson's media.
  explicit SendWindow(bool beside = false) : beside_(beside) {}

  static bool is_long(const TcpLine& line) { return line.least_round_trip >= kLong; }
  // Bytes that may be written now, and will be; 0: when more was acknowledged.
  size_t room(const TcpLine& line, TimePoint now);

 private:
  size_t room_beside(const TcpLine& line, TimePoint now);

  const bool beside_;
  size_t window_ = 0;  // bytes; 0: nothing was asked yet
  uint64_t next_look_ = 0;
  TimePoint sent_at_{};  // beside: the last window
};

// A connection's losses are no reason to wait: where the kernel knows how (BBR, linear timeouts, a bound of
// them), what is lost on a poor line is sent again soon.
void expect_loss(int socket);

// What the kernel knows of the connection; nothing if it does not tell.
std::optional<TcpLine> tcp_line(int socket);

}  // namespace thranio::http
