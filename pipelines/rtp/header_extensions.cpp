#include "pipelines/rtp/header_extensions.hpp"

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {
namespace {

constexpr uint16_t kOneByteProfile = 0xbede;
constexpr uint16_t kTwoByteProfile =
    0x1000;  // the low four bits are the application's (RFC 8285 section 4.3)

std::optional<std::span<const uint8_t>> find_one_byte(std::span<const uint8_t> block, uint8_t id) {
  size_t at = 0;
  while (at < block.size()) {
    const uint8_t element = block[at] >> 4;
    if (block[at] == 0) {  // padding
      ++at;
      continue;
    }
    if (element == 15) return std::nullopt;  // "processing ... MUST terminate"
    const size_t size = (block[at] & 0x0f) + 1u;
    if (at + 1 + size > block.size()) return std::nullopt;
    if (element == id) return block.subspan(at + 1, size);
    at += 1 + size;
  }
  return std::nullopt;
}

std::optional<std::span<const uint8_t>> find_two_byte(std::span<const uint8_t> block, uint8_t id) {
  size_t at = 0;
  while (at < block.size()) {
    if (block[at] == 0) {
      ++at;
      continue;
    }
    if (at + 2 > block.size()) return std::nullopt;
    const size_t size = block[at + 1];
    if (at + 2 + size > block.size()) return std::nullopt;
    if (block[at] == id) return block.subspan(at + 2, size);
    at += 2 + size;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::span<const uint8_t>> find_extension(const RtpPacketView& packet, uint8_t id) {
  if (id == 0) return std::nullopt;
  if (packet.extension_profile == kOneByteProfile) return find_one_byte(packet.extension, id);
  if ((packet.extension_profile & 0xfff0) == kTwoByteProfile) return find_two_byte(packet.extension, id);
  return std::nullopt;
}

std::optional<std::string_view> text_extension(const RtpPacketView& packet, uint8_t id) {
  const auto data = find_extension(packet, id);
  if (!data) return std::nullopt;
  return std::string_view{reinterpret_cast<const char*>(data->data()), data->size()};
}

std::optional<uint16_t> transport_sequence(const RtpPacketView& packet, uint8_t id) {
  const auto data = find_extension(packet, id);
  if (!data || data->size() != 2) return std::nullopt;
  return read16(data->data());
}

std::optional<uint8_t> audio_level(const RtpPacketView& packet, uint8_t id) {
  const auto data = find_extension(packet, id);
  if (!data || data->size() != 1) return std::nullopt;
  return data->front() & 0x7f;  // the first bit is the sender's opinion whether it is speech
}

}  // namespace thranio::rtp
