#include "pipelines/rtp/codec_payload.hpp"

#include <opus/opus.h>

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {

//       0 1 2 3 4 5 6 7
//      |X|R|N|S|R| PID |   (REQUIRED)
// X:   |I|L|T|K| RSV   |
// I:   |M| PictureID   |   M: another byte follows
// L:   |   TL0PICIDX   |
// T/K: |TID|Y| KEYIDX  |
std::optional<Vp8Descriptor> parse_vp8(std::span<const uint8_t> payload) {
  if (payload.empty()) return std::nullopt;
  Vp8Descriptor d;
  size_t at = 1;
  d.starts_frame = (payload[0] & 0x10) && (payload[0] & 0x07) == 0;
  d.discardable = payload[0] & 0x20;
  if (payload[0] & 0x80) {
    if (payload.size() < 2) return std::nullopt;
    const uint8_t flags = payload[at++];
    if (flags & 0x80) {
      if (payload.size() <= at) return std::nullopt;
      if (payload[at] & 0x80) {
        if (payload.size() <= at + 1) return std::nullopt;
        d.picture_id_offset = static_cast<uint8_t>(at);
        d.picture_id = read16(payload.data() + at) & 0x7fff;
        at += 2;
      } else {
        d.picture_id = payload[at++];
      }
    }
    if (flags & 0x40) {
      if (payload.size() <= at) return std::nullopt;
      d.tl0_picture_index_offset = static_cast<uint8_t>(at++);
    }
    if (flags & 0x30) {
      if (payload.size() <= at) return std::nullopt;
      if (flags & 0x20) {
        d.temporal_layer = payload[at] >> 6;
        d.layer_sync = payload[at] & 0x20;
      }
      ++at;
    }
  }
  d.size = static_cast<uint8_t>(at);
  // Payload header: P (inverse key frame flag) is the lowest bit of the first byte (RFC 7741 section 4.3).
  d.starts_key_frame = d.starts_frame && payload.size() > at && (payload[at] & 0x01) == 0;
  return d;
}

bool h264_starts_key_frame(std::span<const uint8_t> payload) {
  constexpr uint8_t kIdr = 5, kSps = 7, kStapA = 24, kFuA = 28;
  if (payload.empty()) return false;
  const uint8_t type = payload[0] & 0x1f;
  if (type == kIdr || type == kSps) return true;
  if (type == kStapA && payload.size() > 3) return (payload[3] & 0x1f) == kSps || (payload[3] & 0x1f) == kIdr;
  if (type == kFuA && payload.size() > 1) return (payload[1] & 0x80) && (payload[1] & 0x1f) == kIdr;
  return false;
}

bool h264_is_discardable(std::span<const uint8_t> payload) {
  constexpr uint8_t kSlice = 1, kFuA = 28;
  if (payload.empty() || (payload[0] & 0x60) != 0) return false;
  const uint8_t type = payload[0] & 0x1f;
  return type == kSlice || (type == kFuA && payload.size() > 1 && (payload[1] & 0x1f) == kSlice);
}

uint16_t opus_samples(std::span<const uint8_t> payload) {
  if (payload.empty()) return 0;  // padding alone
  const int samples =
      opus_packet_get_nb_samples(payload.data(), static_cast<opus_int32>(payload.size()), 48'000);
  return static_cast<uint16_t>(samples > 0 ? samples : 0);
}

}  // namespace thranio::rtp
