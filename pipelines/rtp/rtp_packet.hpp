// An RTP packet read in place. Spec: RFC 3550 section 5.1 and 5.3.1. Owns nothing; points into the caller's
// bytes. Way: srtp_session → [parse_rtp] → publisher, track_parser. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "pipelines/base/drop_reason.hpp"

namespace thranio::rtp {

constexpr size_t kRtpHeaderSize = 12;

struct RtpPacketView {
  std::span<const uint8_t> bytes;  // the whole packet
  bool marker = false;
  uint8_t payload_type = 0;
  uint16_t sequence_number = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;
  size_t header_size = 0;              // fixed header, CSRCs and extension block
  uint16_t extension_profile = 0;      // 0: no extension block
  std::span<const uint8_t> extension;  // its data, without the four bytes before it
  std::span<const uint8_t> payload;    // without padding; empty for a packet of padding alone
};

// kMalformedRtp when lengths do not fit: nothing is ever read outside `packet`.
std::expected<RtpPacketView, DropReason> parse_rtp(std::span<const uint8_t> packet);

}  // namespace thranio::rtp
