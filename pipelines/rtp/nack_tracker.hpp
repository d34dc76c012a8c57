// What is missing from one incoming stream, and when to ask for it. Spec: RFC 4585 section 6.2.1.
// Way: publisher → [nack_tracker] → NACK towards the publisher. Owned by the publisher's track. Thread: net.
// Time is passed in. Pure. Bounds: kMaxMissing numbers; a wider gap is a break, which a key frame mends.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/sequence.hpp"

namespace thranio::rtp {

class NackTracker {
 public:
  static constexpr size_t kMaxMissing = 256;  // about a second of a 2.5 Mbit/s picture
  static constexpr auto kReordering =
      std::chrono::milliseconds(10);  // a packet late by this is only overtaken
  static constexpr int kMaxAsks = 8;
  static constexpr auto kGiveUp =
      std::chrono::milliseconds(1500);  // later a repair helps nobody who listens live

  enum class Arrival : uint8_t { kNew, kRepaired, kDuplicate };
  Arrival received(uint16_t sequence_number, TimePoint now);

  // The numbers to ask for now, ascending; each is asked for again after `round_trip` and a half.
  // Valid until the next call.
  const std::vector<uint16_t>& due(TimePoint now, Duration round_trip);

  // True once after a gap too wide or a packet given up: the picture needs a key frame.
  bool take_broken();
  // A key frame came: what is missing before it matters no more.
  void forget_before(uint16_t sequence_number);
  void reset();

 private:
  struct Missing {
    TimePoint since;
    TimePoint next_ask;
    int asks = 0;
  };

  Unwrapper<uint16_t> unwrapper_;
  std::map<int64_t, Missing> missing_;
  std::vector<uint16_t> due_;
  bool broken_ = false;
};

}  // namespace thranio::rtp
