// RTP bytes of one track → MediaPacket: parsed once, whoever takes it. Numbers are unwrapped here.
// Way: thraniostudentfanout → [TrackParser] → LessonFanout. Owned by the lesson pipeline, one per track.
// Thread: that track's streaming thread.
#pragma once

#include <expected>
#include <span>

#include "pipelines/base/drop_reason.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/sequence.hpp"

namespace thranio::rtp {

class TrackParser {
 public:
  explicit TrackParser(CodecId codec) : codec_(codec) {}
  std::expected<MediaPacketPtr, DropReason> parse(std::span<const uint8_t> packet);

 private:
  const CodecId codec_;
  Unwrapper<uint16_t> sequence_;
};

}  // namespace thranio::rtp
