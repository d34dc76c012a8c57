// One RTP packet of a lesson's track, parsed once and shared by every student and every worker.
// Way: lesson pipeline → student fan-out element → [MediaPacket] → workers' inboxes → rtp_fanout,
// packet_history. Holds the payload and what a student's header is made of; no header bytes, for each
// student's header differs. Owned by shared_ptr: the history of each worker keeps it as long as it may be
// asked for again. Thread: any (immutable once shared).
#pragma once

#include <cstdint>
#include <memory>

#include "pipelines/rtp/payload_bytes.hpp"

namespace thranio::rtp {

enum class CodecId : uint8_t { kOpus, kVp8, kH264, kVp9, kAv1 };
constexpr size_t kCodecCount = 5;

constexpr bool is_video(CodecId codec) {
  return codec != CodecId::kOpus;
}
// One stream of it may hold several spatial layers (SVC).
constexpr bool is_scalable(CodecId codec) {
  return codec == CodecId::kVp9;
}
constexpr uint32_t clock_rate(CodecId codec) {
  return is_video(codec) ? 90'000 : 48'000;
}

struct MediaPacket {
  CodecId codec = CodecId::kOpus;
  bool marker = false;            // of a picture: its last packet
  bool discardable = false;       // of a frame that no other frame refers to
  bool starts_frame = false;      // not H.264; of a spatial layer
  bool ends_frame = false;        // the same
  bool starts_key_frame = false;  // first packet of a key frame: a decoder may begin here
  // No frame of a higher spatial layer refers to this one: who is sent the higher layer need not have it.
  bool own_layer_alone = false;
  uint8_t temporal_layer = 0;  // 0: the base, or none is told
  uint8_t spatial_layer = 0;
  int64_t sequence = 0;  // the source's sequence number, unwrapped (RFC 3550 appendix A.1)
  uint32_t timestamp = 0;
  uint16_t samples = 0;  // of a voice, in ticks of its clock; 0: not Opus
  // Where the payload keeps its 15-bit picture id and its TL0PICIDX (RFC 7741 section 4.2, RFC 9628
  // section 4.2); 0 = not there.
  uint8_t picture_id_offset = 0;
  uint8_t tl0_picture_index_offset = 0;
  PayloadBytes payload;  // without padding; empty for a packet that carried padding alone
};

using MediaPacketPtr = std::shared_ptr<const MediaPacket>;

}  // namespace thranio::rtp
