// Keeps one student's stream continuous while what feeds it changes: another publisher in the slot, a teacher
// who came back, later another layer. Turns the source's sequence number, timestamp, picture id and TL0PICIDX
// into the student's. Way: rtp_fanout → [rewriter] → srtp_session. A switch begins at a packet where decoding
// may begin. Spec: RFC 3550 section 5.1 (sequence number, timestamp), RFC 7741 section 4.2 (picture id), RFC
// 7667 section 3.7. Within one source the offsets never change: the same source packet always becomes the
// same bytes, so a resend is the same SRTP packet and no SRTP index ever serves two. Owned by the
// subscriber's stream. Thread: net. Time is passed in.
#pragma once

#include <cstdint>
#include <optional>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::rtp {

class Rewriter {
 public:
  // first_sequence: where this student's numbering starts; random, below 2^15 (RFC 3711 section 3.3.1: the
  // receiver guesses the roll-over counter from the first packets, so the first wrap must be far off).
  explicit Rewriter(uint16_t first_sequence) : next_sequence_(first_sequence) {}

  // From `first` on, this source feeds the stream. `now` sets the timestamp's step across the gap.
  void switch_to(const MediaPacket& first, TimePoint now);
  // From `first` on, another rendering of the same source (same timestamps) feeds the stream: time goes on.
  void continue_with(const MediaPacket& first);
  // Nothing feeds the stream until the next switch_to.
  void detach() { attached_ = false; }
  bool attached() const { return attached_; }

  // The student's sequence number, unwrapped; nothing for a packet from before the switch.
  std::optional<int64_t> sequence(const MediaPacket& packet) const {
    if (!attached_ || packet.sequence < first_source_sequence_) return std::nullopt;
    return packet.sequence + sequence_offset_;
  }
  uint32_t timestamp(const MediaPacket& packet) const { return packet.timestamp + timestamp_offset_; }
  uint32_t timestamp_offset() const { return timestamp_offset_; }

  // Rewrites picture id and TL0PICIDX in a copy of the payload.
  void rewrite_payload(const MediaPacket& packet, uint8_t* payload) const;

  // Notes what was sent: the next switch continues after the highest.
  void sent(const MediaPacket& packet, int64_t student_sequence, TimePoint now);

  // The student names a packet by 16 bits (NACK): which source packet was it? Nothing if it was never sent,
  // or came from an earlier source.
  std::optional<int64_t> source_sequence(uint16_t student_sequence) const;
  // The same packet's unwrapped number on the student's side.
  int64_t student_sequence(int64_t source_sequence) const { return source_sequence + sequence_offset_; }

  // The highest number sent so far; first_sequence - 1 before the first.
  int64_t last_sequence() const { return next_sequence_ - 1; }
  uint32_t last_timestamp() const { return last_timestamp_; }

 private:
  bool attached_ = false;
  bool ever_sent_ = false;
  int64_t next_sequence_;
  int64_t first_source_sequence_ = 0;
  int64_t sequence_offset_ = 0;
  uint32_t timestamp_offset_ = 0;
  uint16_t picture_id_offset_ = 0;
  uint8_t tl0_picture_index_offset_ = 0;
  uint32_t last_timestamp_ = 0;
  uint16_t last_picture_id_ = 0;
  uint8_t last_tl0_picture_index_ = 0;
  TimePoint last_sent_{};
};

}  // namespace thranio::rtp
