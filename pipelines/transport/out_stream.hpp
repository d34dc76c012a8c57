// One slot of one student's WHEP session: an RTP stream with its SSRC, its retransmission stream and its
// continuity. Way: rtp_fanout → [OutStream] → SrtpSender, SendRing. All that the hot loop touches per student
// is here. Owned by the subscriber, which never moves it; the track's list of takers points to it. Thread:
// net.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "pipelines/rtp/line_estimate.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/resend_budget.hpp"
#include "pipelines/rtp/rewriter.hpp"
#include "pipelines/rtp/stage.hpp"
#include "pipelines/transport/hot_memory.hpp"
#include "pipelines/transport/pacer.hpp"
#include "pipelines/transport/socket_address.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {

class Subscriber;
struct Track;

constexpr uint8_t kNotNegotiated = 0xff;  // payload types have 7 bits

// What negotiation fixed for one slot.
struct OutStreamSettings {
  rtp::Slot slot = rtp::Slot::kVoice0;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;
  using PayloadTypes = std::array<uint8_t, rtp::kCodecCount>;
  static constexpr PayloadTypes kNone = [] {
    PayloadTypes none{};
    none.fill(kNotNegotiated);
    return none;
  }();
  PayloadTypes payload_types = kNone;
  PayloadTypes rtx_payload_types = kNone;
  uint16_t first_sequence = 0;  // random, below 2^15
  bool nack = false;            // the browser asks again for what it misses
};

// The transport-wide sequence numbers of one student's session (draft-holmer-rmcat-transport-wide-cc-
// extensions-01): her browser tells of what carries one when it arrived. On a line that is at ease few
// packets do, and each tells of those before it: feedback costs an uplink 9 kbit/s otherwise, half as much as
// a voice.
struct TransportNumbers {
  static constexpr auto kSparse = std::chrono::milliseconds(170);  // every third packet of a small voice
  uint16_t next = 0;
  bool sparse = false;
  TimePoint last_at{};

  // Of what is sent together all or nothing carries numbers: packets of one length leave as one message.
  bool take(TimePoint now) {
    if (sparse && now - last_at < kSparse) return false;
    last_at = now;
    return true;
  }
};

// The transport-wide sequence number of the packets that may be resent as they were. A voice has no RTX in
// browsers: a resend is the same SRTP packet, byte for byte, so what its header carried is kept. 128 packets
// are 2.5 s of voice.
struct ResendLog : OnHotMemory {
  static constexpr size_t kCapacity = 128;
  std::array<uint16_t, kCapacity> transport_sequence{};
  std::array<bool, kCapacity> numbered{};
  std::array<bool, kCapacity> resent{};  // by a hole in the feedback
  std::array<TimePoint, kCapacity> resent_at{};
  int64_t repeated = -1;  // the newest that was sent twice without being asked for
};

struct OutStream {
  OutStream(const OutStreamSettings& s, Subscriber& owner)
      : settings(s), subscriber(owner), rewriter(s.first_sequence), rtx_sequence(s.first_sequence) {}

  uint8_t payload_type(rtp::CodecId codec) const {
    return settings.payload_types[static_cast<size_t>(codec)];
  }
  uint8_t rtx_payload_type(rtp::CodecId codec) const {
    return settings.rtx_payload_types[static_cast<size_t>(codec)];
  }

  // Set at construction, never changed.
  const OutStreamSettings settings;
  Subscriber& subscriber;

  // net only.
  Track* track = nullptr;  // what feeds it now
  // A voice or a picture on its way to another rendering of itself: it changes where the one ends and the
  // other begins, or at the other's key frame.
  Track* next = nullptr;
  TimePoint next_since{};
  TimePoint held_since{};  // it has left `track` and waits for that place; TimePoint{}: it has not
  uint32_t voice_end = 0;  // the source's timestamp after the last sample sent
  rtp::Rewriter rewriter;
  // Set when the transport is connected.
  SrtpSender::State* srtp = nullptr;
  SocketAddress to;
  TransportNumbers* numbers = nullptr;    // the subscriber's
  Pacer* pacer = nullptr;                 // the subscriber's; null where the line carries everything
  rtp::LineEstimate* line = nullptr;      // the subscriber's; null without transport-wide feedback
  uint8_t transport_sequence_id = 0;      // 0: extension not negotiated
  std::unique_ptr<ResendLog> resend_log;  // where there is no RTX
  std::unique_ptr<rtp::ResendBudget> resend_budget;  // of a picture that lost something
  int64_t rtx_sequence;
  uint32_t packets = 0;  // RFC 3550 section 6.4.1: sender's packet and octet count, wrapping
  uint32_t octets = 0;
};

}  // namespace thranio::transport
