#include "server/http/send_window.hpp"

#include <algorithm>
#include <deque>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace thranio::http;

namespace {

// A line with one queue, in steps of a millisecond.
class Line {
 public:
  Line(double bytes_a_second, std::chrono::milliseconds round_trip, bool beside = false)
      : carries_(bytes_a_second / 1000), round_trip_(round_trip), window_(beside) {
    known_.round_trip = known_.least_round_trip = round_trip;
    known_.segment = 1448;
  }

  // Until all of it was acknowledged.
  std::chrono::milliseconds send(size_t bytes) {
    const auto begun = now_;
    size_t left = bytes;
    while (left > 0 || known_.on_its_way > 0) {
      if (const size_t room = std::min(left, window_.room(known_, thranio::TimePoint{now_}));
          room >= std::min<size_t>(left, SendWindow::kBeside) && room > 0) {
        left -= room;
        known_.on_its_way += room;
        for (size_t sent = 0; sent < room; sent += 1448)
          queue_.push_back({std::min<size_t>(1448, room - sent), now_});
      }
      step();
    }
    return now_ - begun;
  }

  size_t longest_queue() const { return longest_; }

 private:
  struct Packet {
    size_t bytes;
    std::chrono::milliseconds sent;
  };

  void step() {
    now_ += 1ms;
    size_t waiting = 0;
    for (const auto& packet : queue_)
      waiting += packet.bytes;
    longest_ = std::max(longest_, waiting);
    budget_ = queue_.empty() ? 0 : budget_ + carries_;
    while (!queue_.empty() && budget_ >= static_cast<double>(queue_.front().bytes)) {
      budget_ -= static_cast<double>(queue_.front().bytes);
      back_.push_back({queue_.front().bytes, queue_.front().sent});
      arrives_.push_back(now_ + round_trip_);
      queue_.pop_front();
    }
    while (!arrives_.empty() && arrives_.front() <= now_) {
      const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now_ - back_.front().sent);
      known_.round_trip += (took - known_.round_trip) / 8;
      known_.acked += back_.front().bytes;
      known_.on_its_way -= back_.front().bytes;
      known_.rate = static_cast<uint64_t>(carries_ * 1000);
      back_.pop_front();
      arrives_.pop_front();
    }
  }

  const double carries_;  // bytes a millisecond
  const std::chrono::milliseconds round_trip_;
  std::chrono::milliseconds now_{};
  TcpLine known_;
  SendWindow window_;
  std::deque<Packet> queue_, back_;
  std::deque<std::chrono::milliseconds> arrives_;
  double budget_ = 0;
  size_t longest_ = 0;
};

}  // namespace

TEST_CASE("a page on 32 kbit/s never has more than four packets in the queue, and the line is never idle",
          "[send-window]") {
  Line line(4000, 300ms);
  const auto took = line.send(24'000);
  CHECK(line.longest_queue() <= 4 * 1448);
  CHECK(took < 6s + 300ms + 400ms);  // 24 kB at 4 kB/s, a round trip, and a little
}

TEST_CASE("a long line that is wide is filled within a few round trips", "[send-window]") {
  Line line(1'250'000, 300ms);
  CHECK(line.send(200'000) < 7 * 300ms);  // 4, 8, 16, 32, 64 and the rest of 138 packets
}

TEST_CASE("what is loaded beside a voice never has more than a quarter of a second in the queue of 32 kbit/s",
          "[send-window]") {
  Line line(4000, 300ms, true);
  const auto took = line.send(20'000);
  CHECK(line.longest_queue() <= SendWindow::kBeside);
  CHECK(took < 20 * (300ms + 250ms + 20ms));  // one thousand bytes a round trip
}

TEST_CASE("beside a voice, too, a long line that is wide is filled by and by", "[send-window]") {
  Line line(1'250'000, 600ms, true);
  CHECK(line.send(31'000) < 6 * 620ms);  // 1, 2, 4, 8 and 16 kB
}

TEST_CASE("only a long round trip is sent to gently", "[send-window]") {
  TcpLine line;
  line.least_round_trip = 40ms;
  CHECK_FALSE(SendWindow::is_long(line));
  line.least_round_trip = 300ms;
  CHECK(SendWindow::is_long(line));
}
