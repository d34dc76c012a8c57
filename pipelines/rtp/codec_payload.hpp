// What a server must know of a codec's payload: does a key frame begin here, and where are VP8's picture ids?
// Spec: RFC 7741 section 4.2 and 4.3 (VP8), RFC 6184 section 5 (H.264). Reads lengths with care, decodes
// nothing. Way: track_parser → [codec_payload] → MediaPacket. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace thranio::rtp {

struct Vp8Descriptor {
  uint8_t size = 0;           // bytes before the VP8 payload header
  bool starts_frame = false;  // S bit and partition 0
  bool starts_key_frame = false;
  bool discardable = false;              // N bit: no other frame refers to this one
  uint8_t picture_id_offset = 0;         // 0: none, or the 7-bit form, which is passed on as it is
  uint8_t tl0_picture_index_offset = 0;  // 0: none
  std::optional<uint16_t> picture_id;
  std::optional<uint8_t> temporal_layer;
  bool layer_sync = false;
};

// Nothing if the descriptor does not fit the payload.
std::optional<Vp8Descriptor> parse_vp8(std::span<const uint8_t> payload);

// True for a packet with which a decoder may begin: a sequence parameter set or an IDR slice, alone, first in
// a STAP-A, or the first fragment of an FU-A.
bool h264_starts_key_frame(std::span<const uint8_t> payload);

// How long an Opus packet plays, in ticks of its 48 kHz clock (RFC 6716 section 3.1); 0 if it is not Opus.
uint16_t opus_samples(std::span<const uint8_t> payload);

// True for a slice, whole or in fragments, that no other picture refers to (nal_ref_idc is 0).
bool h264_is_discardable(std::span<const uint8_t> payload);

}  // namespace thranio::rtp
