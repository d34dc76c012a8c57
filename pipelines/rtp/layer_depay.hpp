// Out of a scalable stream's packets the pictures of its lower layers, for a decoder: whole, in order, from a
// key frame on. What never comes ends the row until the next key frame. Way: the queue of a branch →
// [LayerDepay] → decoder → stills, a smaller picture. Spec: RFC 9628 section 4.2 (VP9), AV1's payload format
// (av1_payload.hpp). Owned by the branch's element. Thread: stream. Pure: time is passed in. Bounds:
// kMostBytes a picture; a larger one is left out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/av1_payload.hpp"
#include "pipelines/rtp/layer_structure.hpp"
#include "pipelines/rtp/layer_track.hpp"
#include "pipelines/rtp/track_parser.hpp"

namespace thranio::rtp {

class LayerDepay {
 public:
  static constexpr size_t kMostBytes = Av1Assembler::kMostBytes;
  using PictureDone = std::function<void(std::span<const uint8_t> coded)>;

  // height: layers up to the lowest of about that height; done: called by add(), the bytes are good until it
  // returns.
  LayerDepay(CodecId codec, int height, PictureDone done);

  void add(std::span<const uint8_t> packet, TimePoint now);
  // True once when it begins to wait for a key frame.
  bool take_key_frame_wanted();

 private:
  void follow_layers();
  void take(const MediaPacket& packet);
  bool append(const MediaPacket& packet);
  void wait();

  const CodecId codec_;
  const int height_;
  const PictureDone done_;
  TrackParser parser_;
  std::optional<LayerTrack> layers_;
  std::vector<MediaPacketPtr> due_;  // scratch of add()
  std::vector<uint8_t> picture_;     // VP9
  Av1Assembler unit_;                // AV1
  std::optional<int64_t> last_;      // number
  bool waits_ = true, key_frame_wanted_ = true;
};

}  // namespace thranio::rtp
