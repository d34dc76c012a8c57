// RTP bytes of one track → MediaPacket: parsed once, whoever takes it. Numbers are unwrapped here; of a
// scalable stream it knows the layers.
// Way: thraniostudentfanout → [TrackParser] → LessonFanout. Owned by the lesson pipeline, one per track.
// Thread: that track's streaming thread.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <span>

#include "pipelines/base/drop_reason.hpp"
#include "pipelines/rtp/layer_structure.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/rtp/sequence.hpp"

namespace thranio::rtp {

class TrackParser {
 public:
  explicit TrackParser(CodecId codec) : codec_(codec) {}
  std::expected<MediaPacketPtr, DropReason> parse(std::span<const uint8_t> packet);
  // VP9, AV1: as the newest key frame told them. Nothing before the first.
  const std::optional<LayerStructure>& layers() const { return layers_; }

 private:
  bool read_vp8(MediaPacket& media) const;
  bool read_vp9(MediaPacket& media);
  bool read_av1(MediaPacket& media);
  void take_layers(const std::optional<LayerStructure>& told, const MediaPacket& media);

  const CodecId codec_;
  Unwrapper<uint16_t> sequence_;
  std::optional<LayerStructure> layers_;

  // AV1: a packet that begins in the middle of an OBU is of the same layers as what came of its picture
  // before, and a picture begins behind the end of another.
  struct Begun {
    uint32_t timestamp = 0;
    uint8_t temporal_layer = 0, spatial_layer = 0;
  };
  std::array<Begun, 4> begun_{};
  size_t next_begun_ = 0;
  std::optional<int64_t> ended_;  // number of the last packet of a picture
};

}  // namespace thranio::rtp
