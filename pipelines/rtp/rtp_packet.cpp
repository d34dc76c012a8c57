#include "pipelines/rtp/rtp_packet.hpp"

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {

std::expected<RtpPacketView, DropReason> parse_rtp(std::span<const uint8_t> packet) {
  const auto malformed = std::unexpected(DropReason::kMalformedRtp);
  if (packet.size() < kRtpHeaderSize || packet[0] >> 6 != 2) return malformed;
  RtpPacketView view;
  view.bytes = packet;
  view.marker = packet[1] & 0x80;
  view.payload_type = packet[1] & 0x7f;
  view.sequence_number = read16(packet.data() + 2);
  view.timestamp = read32(packet.data() + 4);
  view.ssrc = read32(packet.data() + 8);
  view.header_size = kRtpHeaderSize + 4u * (packet[0] & 0x0f);
  if (packet[0] & 0x10) {
    if (packet.size() < view.header_size + 4) return malformed;
    view.extension_profile = read16(packet.data() + view.header_size);
    const size_t words = read16(packet.data() + view.header_size + 2);
    if (packet.size() < view.header_size + 4 + 4 * words) return malformed;
    view.extension = packet.subspan(view.header_size + 4, 4 * words);
    view.header_size += 4 + 4 * words;
  }
  if (packet.size() < view.header_size) return malformed;
  size_t padding = 0;
  if (packet[0] & 0x20) {
    padding = packet.back();
    // "The last octet of the padding contains a count ... including itself": 0 is no count.
    if (padding == 0 || view.header_size + padding > packet.size()) return malformed;
  }
  view.payload = packet.subspan(view.header_size, packet.size() - view.header_size - padding);
  return view;
}

}  // namespace thranio::rtp
