// Some layers of a picture's stream as a track of its own, numbered without holes: the base temporal layer
// of a VP8 track (every fourth frame or so), the lower spatial layers of a VP9 stream. Made once a
// lesson, whoever takes it; the packets share their payload with those of the whole. What is missing of the
// source is waited for (RTX) in order; what never comes leaves a hole in the numbers only where one of these
// layers may have lost something. The marker stands at the end of the highest layer that a picture has of
// them. A frame to which no higher layer refers is left out where the picture has a higher one (K-SVC, and
// layers that are independent of each other). Spec: RFC 7741 section 4.2, RFC 9628 section 4.2.
// Way: track_parser → [LayerTrack] → LessonFanout, or the branch of a decoder.
// Owned by the lesson's intake of that stream. Thread: that track's stream. Pure: time is passed in.
// Bounds: kMostWaiting packets, kMostHeld packets.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/layer_structure.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::rtp {

class LayerTrack {
 public:
  static constexpr auto kPatience = std::chrono::milliseconds(250);  // two requests of the publisher's RTX
  static constexpr size_t kMostWaiting = 64;
  static constexpr size_t kMostHeld = 64;  // of one frame; a larger one goes whether it is needed or not

  explicit LayerTrack(LayerLimit limit) : limit_(limit) {}

  // Appends what is due of the layers to `out`.
  void add(const MediaPacketPtr& packet, TimePoint now, std::vector<MediaPacketPtr>& out);
  const LayerLimit& limit() const { return limit_; }

 private:
  enum class Then : uint8_t { kSameFrame, kHigherLayer, kNextPicture };  // what comes after what is held

  void pass(const MediaPacketPtr& packet, std::vector<MediaPacketPtr>& out);
  void release(Then then, std::vector<MediaPacketPtr>& out);
  void emit(const MediaPacket& packet, bool marker, std::vector<MediaPacketPtr>& out);
  bool follows(const MediaPacket& packet) const;

  const LayerLimit limit_;
  std::map<int64_t, MediaPacketPtr> waiting_;  // by the source's number
  std::optional<int64_t> next_;                // the source's
  std::optional<TimePoint> gap_since_;
  std::vector<MediaPacketPtr> held_;  // the end of a frame, or a whole one, until it is seen what follows
  uint32_t picture_ = 0;              // timestamp of what came last
  bool key_ = false;                  // it is a key frame, and nothing of it went yet
  bool lost_ = false;                 // something before the next packet never came
  bool whole_ = true;                 // the last picture ended
  std::optional<uint8_t> index_;      // its TL0PICIDX
  std::optional<uint16_t> picture_id_;
  int64_t number_ = 0;  // ours, of the next packet
};

}  // namespace thranio::rtp
