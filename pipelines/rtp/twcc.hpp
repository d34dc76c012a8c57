// Transport-wide feedback. Towards publishers we build it: their browsers' bandwidth estimate lives on it.
// From students it is read into arrivals, which line_estimate takes.
// Spec: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1. Way: publisher → [TwccFeedback] →
// RTCP. Owned by the publisher. Thread: net. Time is passed in. Pure. Bounds: kMaxPackets per feedback.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/rtp/sequence.hpp"

namespace thranio::rtp {

class TwccFeedback {
 public:
  static constexpr size_t kMaxPackets =
      400;  // of one feedback packet: it stays under 1200 bytes even at 2-byte deltas
  static constexpr auto kInterval =
      std::chrono::milliseconds(100);  // libwebrtc's own lies between 50 and 250 ms

  void received(uint16_t transport_sequence, TimePoint now);
  bool due(TimePoint now) const;
  // Writes one RTCP packet and returns its size, 0 if there is nothing to tell or no room.
  size_t write(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<uint8_t> buffer, TimePoint now);

 private:
  Unwrapper<uint16_t> unwrapper_;
  std::map<int64_t, TimePoint> arrivals_;  // not yet told
  int64_t next_ = 0;                       // the first number that no feedback has covered
  bool started_ = false;
  uint8_t count_ = 0;
  TimePoint last_sent_{};
};

struct TwccArrival {
  uint16_t sequence = 0;
  bool received = false;
  std::chrono::microseconds at{};  // since the feedback's reference time; only if received
};

// The reference time of a feedback (64 ms ticks, 24 bits: wraps after 12 days). The packet has been parsed.
std::chrono::microseconds twcc_reference(std::span<const uint8_t> packet);

// Calls `visit` for each packet that the feedback speaks of. kMalformedRtcp if it does not add up.
DropReason parse_twcc(std::span<const uint8_t> packet, const std::function<void(const TwccArrival&)>& visit);

}  // namespace thranio::rtp
