// RTP header extensions: one- and two-byte elements. Spec: RFC 8285 section 4; the elements' own documents at
// the URIs. Way: publisher reads them; rtp_fanout writes the one that students get. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pipelines/rtp/rtp_packet.hpp"

namespace thranio::rtp {

constexpr std::string_view kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";            // RFC 9143
constexpr std::string_view kRidUri = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";  // RFC 8852
constexpr std::string_view kRepairedRidUri =
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";  // RFC 8852
constexpr std::string_view kTransportSequenceUri =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
constexpr std::string_view kAbsSendTimeUri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
constexpr std::string_view kAudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";  // RFC 6464

// The element's data, or nothing if the packet does not carry it. id 0 never matches.
std::optional<std::span<const uint8_t>> find_extension(const RtpPacketView& packet, uint8_t id);

// Typed readers; nothing when absent or of the wrong length.
std::optional<std::string_view> text_extension(const RtpPacketView& packet, uint8_t id);
std::optional<uint16_t> transport_sequence(const RtpPacketView& packet, uint8_t id);
// In −dBov: 0 is the loudest, 127 silence (RFC 6464 section 3).
std::optional<uint8_t> audio_level(const RtpPacketView& packet, uint8_t id);

}  // namespace thranio::rtp
