// RTP bytes of one track → MediaPacket: parsed once, whoever takes it. Numbers are unwrapped here; of a
// scalable stream it knows the layers.
// Way: thraniostudentfanout → [TrackParser] → LessonFanout. Owned by the lesson pipeline, one per track.
// Thread: that track's streaming thread.
#pragma once

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
  // VP9: as the newest key frame told them. Nothing before the first.
  const std::optional<LayerStructure>& layers() const { return layers_; }

 private:
  bool read_vp8(MediaPacket& media) const;
  bool read_vp9(MediaPacket& media);
  void take_layers(const std::optional<LayerStructure>& told, const MediaPacket& media);

  const CodecId codec_;
  Unwrapper<uint16_t> sequence_;
  std::optional<LayerStructure> layers_;
};

}  // namespace thranio::rtp
