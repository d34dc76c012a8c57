// The base temporal layer of a VP8 track as a track of its own, numbered without holes: every fourth frame or
// so, which needs no other frame than those of its own layer. Made once a lesson, whoever takes it. What is
// missing of the source is waited for (RTX) in order; what never comes leaves a hole in the numbers only
// where the base layer lost something. Spec: RFC 7741 section 4.2 (TID, TL0PICIDX). Way: track_parser →
// [TemporalBase] → LessonFanout. Owned by the lesson's intake of that track. Thread: that track's stream.
// Pure: time is passed in. Bounds: kMostWaiting packets.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::rtp {

class TemporalBase {
 public:
  static constexpr auto kPatience = std::chrono::milliseconds(250);  // two requests of the publisher's RTX
  static constexpr size_t kMostWaiting = 64;

  // Appends what is due of the base layer to `out`.
  void add(const MediaPacketPtr& packet, TimePoint now, std::vector<MediaPacketPtr>& out);

 private:
  void pass(const MediaPacket& packet, std::vector<MediaPacketPtr>& out);

  std::map<int64_t, MediaPacketPtr> waiting_;  // by the source's number
  std::optional<int64_t> next_;                // the source's
  std::optional<TimePoint> gap_since_;
  bool lost_ = false;             // something before the next packet never came
  bool whole_ = true;             // the last frame of the base ended
  std::optional<uint8_t> index_;  // its TL0PICIDX
  int64_t number_ = 0;            // ours, of the next packet
};

}  // namespace thranio::rtp
