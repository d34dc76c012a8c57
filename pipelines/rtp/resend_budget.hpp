// Which of the lost packets of a picture are sent again: never one whose last resend may still be on its way,
// and all together no more than a share of the line. A browser repeats its wish for everything that it misses
// (libwebrtc: ten times, each round trip and a half), so on a line that has become thin the resends alone
// would fill it many times over. Spec: RFC 4585 section 6.2.1 (NACK), RFC 8836 section 3.1 (self-limiting).
// Way: subscriber, on a NACK → [ResendBudget] → retransmit. Owned by the subscriber's stream, made with its
// first NACK. Thread: net. Pure: time is passed in.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "pipelines/base/clock.hpp"

namespace thranio::rtp {

class ResendBudget {
 public:
  static constexpr size_t kRemembered = 256;  // packets
  static constexpr double kShare = 0.5;       // of the line
  static constexpr int64_t kBurstBytes = 16 * 1200;

  // bits_per_second: what the line carries. again_after: how long a resend may be on its way. True: send it.
  bool take(uint16_t sequence, size_t bytes, int64_t bits_per_second, Duration again_after, TimePoint now) {
    const double earned = std::chrono::duration<double>(now - filled_at_).count() * kShare *
                          static_cast<double>(bits_per_second) / 8;
    filled_at_ = now;
    left_ = std::min(static_cast<double>(kBurstBytes), left_ + earned);
    Resent& last = resent_[sequence % kRemembered];
    if (last.at != TimePoint{} && last.sequence == sequence && now - last.at < again_after) return false;
    if (left_ < static_cast<double>(bytes)) return false;
    left_ -= static_cast<double>(bytes);
    last = {now, sequence};
    return true;
  }

 private:
  struct Resent {
    TimePoint at{};
    uint16_t sequence = 0;
  };
  std::array<Resent, kRemembered> resent_{};
  double left_ = kBurstBytes;
  TimePoint filled_at_{};
};

}  // namespace thranio::rtp
