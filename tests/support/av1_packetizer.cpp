#include "tests/support/av1_packetizer.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/rtp_packet.hpp"

namespace thranio::test {
namespace {

constexpr uint8_t kSequenceHeader = 1, kTemporalDelimiter = 2;

size_t read_size(std::span<const uint8_t> unit, size_t& at) {
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    if (at >= unit.size()) throw std::invalid_argument("an OBU without an end");
    size |= static_cast<size_t>(unit[at] & 0x7f) << shift;
    if (!(unit[at++] & 0x80)) return size;
  }
}

}  // namespace

std::vector<std::vector<uint8_t>> av1_payloads(std::span<const uint8_t> unit, size_t most_bytes) {
  std::vector<std::vector<uint8_t>> payloads;
  bool key = false;
  for (size_t at = 0; at < unit.size();) {
    const uint8_t header = unit[at++];
    if (!(header & 0x02)) throw std::invalid_argument("an OBU without its size");
    std::vector<uint8_t> obu{static_cast<uint8_t>(header & ~0x02)};
    if (header & 0x04) obu.push_back(unit[at++]);
    const size_t size = read_size(unit, at);
    if (size > unit.size() - at) throw std::invalid_argument("an OBU that is cut off");
    obu.insert(obu.end(), unit.begin() + static_cast<std::ptrdiff_t>(at),
               unit.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
    const uint8_t type = header >> 3 & 0x0f;
    if (type == kTemporalDelimiter) continue;
    key |= type == kSequenceHeader;
    for (size_t from = 0; from < obu.size();) {
      const size_t length = std::min(most_bytes - 1, obu.size() - from);
      // Z and Y: pieces of one OBU; W: one element.
      auto& payload = payloads.emplace_back();
      payload.push_back(
          static_cast<uint8_t>((from > 0 ? 0x80 : 0) | (from + length < obu.size() ? 0x40 : 0) | 0x10));
      payload.insert(payload.end(), obu.begin() + static_cast<std::ptrdiff_t>(from),
                     obu.begin() + static_cast<std::ptrdiff_t>(from + length));
      from += length;
    }
  }
  if (key) payloads.front()[0] |= 0x08;  // N
  return payloads;
}

std::vector<std::vector<uint8_t>> Av1Sender::packets(std::span<const uint8_t> unit, size_t most_bytes) {
  constexpr uint8_t kPayloadType = 96;
  timestamp_ += 6000;
  auto packets = av1_payloads(unit, most_bytes);
  for (auto& packet : packets) {
    std::array<uint8_t, rtp::kRtpHeaderSize> header{0x80, kPayloadType};
    rtp::write16(&header[2], next_++);
    rtp::write32(&header[4], timestamp_);
    packet.insert(packet.begin(), header.begin(), header.end());
  }
  if (!packets.empty()) packets.back()[1] |= 0x80;  // marker
  return packets;
}

}  // namespace thranio::test
