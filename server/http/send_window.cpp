#include "server/http/send_window.hpp"

#include <algorithm>
#include <string_view>

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace thranio::http {
namespace {

using namespace std::chrono_literals;

constexpr auto kNoQueue = 60ms;       // above the least round trip, and a quarter of it: jitter
constexpr size_t kLeastSegments = 2;  // one is lost, the other asks for it
constexpr size_t kMost = 1 << 20;

// The least round trip, and what jitter and a quarter of it may add.
constexpr std::chrono::microseconds without_queue(const TcpLine& line) {
  return line.least_round_trip + std::max<std::chrono::microseconds>(kNoQueue, line.least_round_trip / 4);
}

}  // namespace

size_t SendWindow::room_beside(const TcpLine& line, TimePoint now) {
  if (line.on_its_way > 0) return 0;
  if (window_ == 0)
    window_ = kBeside;
  else if (now - sent_at_ <= without_queue(line))
    window_ = std::min(2 * window_, kMost);
  else
    window_ = std::max(window_ / 2, kBeside);
  sent_at_ = now;
  return window_;
}

size_t SendWindow::room(const TcpLine& line, TimePoint now) {
  if (beside_) return room_beside(line, now);
  const size_t segment = std::max<size_t>(line.segment, 500);
  if (window_ == 0) {
    window_ = kFirstSegments * segment;
    next_look_ = line.acked + window_;
  } else if (line.acked >= next_look_) {
    if (line.round_trip <= without_queue(line)) {
      window_ = std::min(2 * window_, kMost);
    } else if (line.rate > 0) {
      const double seconds = std::chrono::duration<double>(line.least_round_trip).count();
      const auto carries = static_cast<size_t>(static_cast<double>(line.rate) * seconds);
      window_ = std::clamp(carries + segment, kLeastSegments * segment, window_);
    }
    next_look_ = line.acked + window_;
  }
  return window_ > line.on_its_way ? window_ - line.on_its_way : 0;
}

void expect_loss(int socket) {
  // What an older kernel does not know of it refuses, and its own way stays.
  const auto set = [socket](int option, const void* value, socklen_t size) {
    (void)setsockopt(socket, IPPROTO_TCP, option, value, size);
  };
  // A line that loses packets is not a full one: BBR fetches a page over 5 % loss several times as fast as
  // CUBIC.
  constexpr std::string_view kBbr = "bbr";
  set(TCP_CONGESTION, kBbr.data(), kBbr.size());
  // RFC 6298 section 5.5 doubles the timeout with each loss of the same packet: at 20 % that made half a
  // minute of silence in one of five pages (tests/bench/run lifeline P20).
  constexpr int kOn = 1;
  set(TCP_THIN_LINEAR_TIMEOUTS, &kOn, sizeof kOn);
  constexpr int kTcpRtoMaxMs = 44;  // linux/tcp.h since 6.15
  constexpr int kLongestTimeoutMs = 3000;
  set(kTcpRtoMaxMs, &kLongestTimeoutMs, sizeof kLongestTimeoutMs);
}

std::optional<TcpLine> tcp_line(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  int on_its_way = 0;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      ioctl(socket, SIOCOUTQ, &on_its_way) != 0)
    return std::nullopt;
  return TcpLine{std::chrono::microseconds{info.tcpi_rtt},
                 std::chrono::microseconds{info.tcpi_min_rtt},
                 info.tcpi_bytes_acked,
                 info.tcpi_delivery_rate,
                 info.tcpi_snd_mss,
                 static_cast<size_t>(on_its_way)};
}

}  // namespace thranio::http
