#include "pipelines/rtp/rewriter.hpp"

#include <algorithm>

namespace thranio::rtp {
namespace {

uint16_t picture_id(const uint8_t* at) {
  return static_cast<uint16_t>((at[0] & 0x7f) << 8 | at[1]);
}

// The timestamp's step between the last packet of one source and the first of the next: what the wall clock
// says, but at least one video frame or voice packet, so that time never stands still for the decoder.
uint32_t timestamp_step(CodecId codec, Duration gap) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(gap).count();
  const auto ticks = micros * clock_rate(codec) / 1'000'000;
  return static_cast<uint32_t>(std::max<int64_t>(ticks, is_video(codec) ? 3000 : 960));  // 33 ms; 20 ms
}

}  // namespace

void Rewriter::switch_to(const MediaPacket& first, TimePoint now) {
  attached_ = true;
  first_source_sequence_ = first.sequence;
  sequence_offset_ = next_sequence_ - first.sequence;
  if (!ever_sent_) {
    timestamp_offset_ =
        0;  // a student who joins sees the source's own timestamps; nothing to be continuous with
    return;
  }
  timestamp_offset_ = last_timestamp_ + timestamp_step(first.codec, now - last_sent_) - first.timestamp;
  if (first.picture_id_offset != 0)
    picture_id_offset_ = static_cast<uint16_t>(
        (last_picture_id_ + 1 - picture_id(first.payload.data() + first.picture_id_offset)) & 0x7fff);
  if (first.tl0_picture_index_offset != 0)
    tl0_picture_index_offset_ =
        static_cast<uint8_t>(last_tl0_picture_index_ + 1 - first.payload[first.tl0_picture_index_offset]);
}

void Rewriter::continue_with(const MediaPacket& first) {
  attached_ = true;
  first_source_sequence_ = first.sequence;
  sequence_offset_ = next_sequence_ - first.sequence;
}

void Rewriter::rewrite_payload(const MediaPacket& packet, uint8_t* payload) const {
  if (packet.picture_id_offset != 0 && picture_id_offset_ != 0) {
    uint8_t* at = payload + packet.picture_id_offset;
    const uint16_t id = (picture_id(at) + picture_id_offset_) & 0x7fff;
    at[0] = static_cast<uint8_t>(0x80 | id >> 8);
    at[1] = static_cast<uint8_t>(id);
  }
  if (packet.tl0_picture_index_offset != 0)
    payload[packet.tl0_picture_index_offset] += tl0_picture_index_offset_;
}

void Rewriter::sent(const MediaPacket& packet, int64_t student_sequence, TimePoint now) {
  if (ever_sent_ && student_sequence < next_sequence_) return;
  ever_sent_ = true;
  next_sequence_ = student_sequence + 1;
  last_timestamp_ = timestamp(packet);
  last_sent_ = now;
  if (packet.picture_id_offset != 0)
    last_picture_id_ =
        (picture_id(packet.payload.data() + packet.picture_id_offset) + picture_id_offset_) & 0x7fff;
  if (packet.tl0_picture_index_offset != 0)
    last_tl0_picture_index_ =
        static_cast<uint8_t>(packet.payload[packet.tl0_picture_index_offset] + tl0_picture_index_offset_);
}

std::optional<int64_t> Rewriter::source_sequence(uint16_t student_sequence) const {
  if (!attached_ || !ever_sent_) return std::nullopt;
  const auto behind = static_cast<uint16_t>(static_cast<uint16_t>(last_sequence()) - student_sequence);
  const int64_t source = last_sequence() - behind - sequence_offset_;
  if (source < first_source_sequence_) return std::nullopt;
  return source;
}

}  // namespace thranio::rtp
