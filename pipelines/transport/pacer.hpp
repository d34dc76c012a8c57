// Pictures on a thin line leave no faster than it carries them, and the voice at once: sent as it comes, a
// key frame would stand before it for half a second. What would wait too long is given up, and the picture
// begins again at a key frame. Way: rtp_fanout → [Pacer] → rtp_fanout. Owned by a subscriber below the
// highest rung; one who gets everything has none. Thread: net. Pure: time is passed in. Bound: kLongest of
// the line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::transport {

struct OutStream;

class Pacer {
 public:
  static constexpr auto kLongest = std::chrono::seconds(2);  // to wait here
  static constexpr double kAtOnce = 1'500;                   // bytes: a packet of the usual greatest length
  static constexpr double kLargestDebt = 3'000;  // bytes: a voice alone does not hold pictures up for ever

  struct Held {
    OutStream* stream = nullptr;
    rtp::MediaPacketPtr packet;
  };

  Pacer(int64_t rate, TimePoint now) : rate_(rate), filled_at_(now) {}

  // Bits a second of IP packets, over 0: what the line carries.
  void set_rate(int64_t rate, TimePoint now);
  // Bytes that left without waiting: they take from the same line.
  void spent(size_t bytes) { tokens_ = std::max(-kLargestDebt, tokens_ - static_cast<double>(bytes)); }
  // False: it would wait too long, and is not held.
  bool hold(OutStream& stream, rtp::MediaPacketPtr packet);
  void forget(const OutStream& stream);
  // The next one that may leave now, oldest first; whoever sends it says what it took by spent().
  std::optional<Held> take(TimePoint now);
  // All that waits, oldest first.
  std::deque<Held> release();
  // When something may leave; TimePoint::max(): nothing waits.
  TimePoint next() const;

 private:
  void fill(TimePoint now);

  int64_t rate_;
  TimePoint filled_at_;
  double tokens_ = 0;  // bytes; below 0: owed
  std::deque<Held> held_;
  size_t held_bytes_ = 0;
};

}  // namespace thranio::transport
