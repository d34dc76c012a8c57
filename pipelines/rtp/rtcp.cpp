#include "pipelines/rtp/rtcp.hpp"

#include <algorithm>
#include <cstring>

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {
namespace {

enum : uint8_t {
  kSenderReport = 200,
  kReceiverReport = 201,
  kSdes = 202,
  kBye = 203,
  kTransportFb = 205,
  kPayloadFb = 206
};
enum : uint8_t { kFmtNack = 1, kFmtTransportWide = 15 };                                 // of kTransportFb
enum : uint8_t { kFmtPictureLoss = 1, kFmtFullIntraRequest = 4, kFmtApplication = 15 };  // of kPayloadFb
constexpr uint32_t kRemb = 0x52454d42;  // "REMB", draft-alvestrand-rmcat-remb-03 section 2.2
constexpr size_t kReportBlockSize = 24;

void visit_report_blocks(uint32_t reporter, std::span<const uint8_t> bytes, size_t count,
                         RtcpVisitor& visitor) {
  for (size_t i = 0; i < count && bytes.size() >= (i + 1) * kReportBlockSize; ++i) {
    const uint8_t* at = bytes.data() + i * kReportBlockSize;
    ReportBlock block;
    block.ssrc = read32(at);
    block.fraction_lost = at[4];
    block.cumulative_lost = static_cast<int32_t>(read24(at + 5) << 8) >> 8;
    block.highest_sequence = read32(at + 8);
    block.jitter = read32(at + 12);
    block.last_report = read32(at + 16);
    block.delay_since = read32(at + 20);
    visitor.report_block(reporter, block);
  }
}

bool visit_sender_report(std::span<const uint8_t> packet, uint8_t count, RtcpVisitor& visitor) {
  if (packet.size() < 28) return false;
  SenderReport report;
  report.ssrc = read32(packet.data() + 4);
  report.ntp = read64(packet.data() + 8);
  report.rtp = read32(packet.data() + 16);
  report.packets = read32(packet.data() + 20);
  report.octets = read32(packet.data() + 24);
  visitor.sender_report(report);
  visit_report_blocks(report.ssrc, packet.subspan(28), count, visitor);
  return true;
}

bool visit_receiver_report(std::span<const uint8_t> packet, uint8_t count, RtcpVisitor& visitor) {
  if (packet.size() < 8) return false;
  visit_report_blocks(read32(packet.data() + 4), packet.subspan(8), count, visitor);
  return true;
}

// RFC 4585 section 6.2.1: packet id, and a bit for each of the 16 that follow it.
void visit_nack(uint32_t media_ssrc, std::span<const uint8_t> items, RtcpVisitor& visitor) {
  for (size_t at = 0; at + 4 <= items.size(); at += 4) {
    const uint16_t first = read16(items.data() + at);
    const uint16_t following = read16(items.data() + at + 2);
    visitor.nack(media_ssrc, first);
    for (int bit = 0; bit < 16; ++bit)
      if (following & 1 << bit) visitor.nack(media_ssrc, static_cast<uint16_t>(first + bit + 1));
  }
}

bool visit_transport_feedback(std::span<const uint8_t> packet, uint8_t format, RtcpVisitor& visitor) {
  if (packet.size() < 12) return false;
  if (format == kFmtNack) visit_nack(read32(packet.data() + 8), packet.subspan(12), visitor);
  if (format == kFmtTransportWide) visitor.transport_feedback(packet);
  return true;
}

bool visit_payload_feedback(std::span<const uint8_t> packet, uint8_t format, RtcpVisitor& visitor) {
  if (packet.size() < 12) return false;
  if (format == kFmtPictureLoss) visitor.picture_loss(read32(packet.data() + 8));
  // RFC 5104 section 4.3.1.1: the media SSRC is in each item, the header's field is 0.
  if (format == kFmtFullIntraRequest)
    for (size_t at = 12; at + 8 <= packet.size(); at += 8)
      visitor.full_intra_request(read32(packet.data() + at));
  // Count of SSRCs, then 6 bits of exponent and 18 of mantissa.
  if (format == kFmtApplication && packet.size() >= 20 && read32(packet.data() + 12) == kRemb) {
    const uint32_t field = read32(packet.data() + 16);
    const uint32_t exponent = field >> 18 & 0x3f;
    if (exponent <= 45) visitor.receiver_estimate(static_cast<uint64_t>(field & 0x3ffff) << exponent);
  }
  return true;
}

bool visit_bye(std::span<const uint8_t> packet, uint8_t count, RtcpVisitor& visitor) {
  if (packet.size() < 4 + 4u * count) return false;
  for (size_t i = 0; i < count; ++i)
    visitor.bye(read32(packet.data() + 4 + 4 * i));
  return true;
}

}  // namespace

DropReason parse_rtcp(std::span<const uint8_t> compound, RtcpVisitor& visitor) {
  if (compound.size() < 4) return DropReason::kMalformedRtcp;
  while (compound.size() >= 4) {
    if (compound[0] >> 6 != 2) return DropReason::kMalformedRtcp;
    const size_t size = 4u * (read16(compound.data() + 2) + 1u);
    if (size > compound.size()) return DropReason::kMalformedRtcp;
    auto packet = compound.first(size);
    if (compound[0] & 0x20) {  // padding, only on the last packet
      const size_t padding = packet.back();
      if (padding == 0 || padding > size - 4) return DropReason::kMalformedRtcp;
      packet = packet.first(size - padding);
    }
    const uint8_t count = compound[0] & 0x1f;
    bool good = true;
    switch (compound[1]) {
      case kSenderReport:
        good = visit_sender_report(packet, count, visitor);
        break;
      case kReceiverReport:
        good = visit_receiver_report(packet, count, visitor);
        break;
      case kTransportFb:
        good = visit_transport_feedback(packet, count, visitor);
        break;
      case kPayloadFb:
        good = visit_payload_feedback(packet, count, visitor);
        break;
      case kBye:
        good = visit_bye(packet, count, visitor);
        break;
      default:
        break;
    }
    if (!good) return DropReason::kMalformedRtcp;
    compound = compound.subspan(size);
  }
  return compound.empty() ? DropReason::kNone : DropReason::kMalformedRtcp;
}

uint8_t* RtcpWriter::begin(uint8_t count_or_format, uint8_t type, size_t size) {
  if (size_ + size > buffer_.size()) {
    complete_ = false;
    return nullptr;
  }
  uint8_t* at = buffer_.data() + size_;
  at[0] = static_cast<uint8_t>(0x80 | count_or_format);
  at[1] = type;
  write16(at + 2, static_cast<uint16_t>(size / 4 - 1));
  size_ += size;
  return at;
}

void RtcpWriter::sender_report(const SenderReport& report) {
  uint8_t* at = begin(0, kSenderReport, 28);
  if (!at) return;
  write32(at + 4, report.ssrc);
  write64(at + 8, report.ntp);
  write32(at + 16, report.rtp);
  write32(at + 20, report.packets);
  write32(at + 24, report.octets);
}

void RtcpWriter::receiver_report(uint32_t sender_ssrc, std::span<const ReportBlock> blocks) {
  blocks = blocks.first(std::min<size_t>(blocks.size(), 31));
  uint8_t* at =
      begin(static_cast<uint8_t>(blocks.size()), kReceiverReport, 8 + blocks.size() * kReportBlockSize);
  if (!at) return;
  write32(at + 4, sender_ssrc);
  at += 8;
  for (const auto& block : blocks) {
    write32(at, block.ssrc);
    at[4] = block.fraction_lost;
    write24(at + 5, static_cast<uint32_t>(std::clamp(block.cumulative_lost, -0x800000, 0x7fffff)) & 0xffffff);
    write32(at + 8, block.highest_sequence);
    write32(at + 12, block.jitter);
    write32(at + 16, block.last_report);
    write32(at + 20, block.delay_since);
    at += kReportBlockSize;
  }
}

void RtcpWriter::cname(uint32_t ssrc, std::string_view name) {
  name = name.substr(0, 255);
  const size_t size =
      (4 + 4 + 2 + name.size() + 1 + 3) / 4 * 4;  // header, SSRC, item, its end, to a whole word
  uint8_t* at = begin(1, kSdes, size);
  if (!at) return;
  std::memset(at + 4, 0, size - 4);
  write32(at + 4, ssrc);
  at[8] = 1;  // CNAME
  at[9] = static_cast<uint8_t>(name.size());
  std::memcpy(at + 10, name.data(), name.size());
}

void RtcpWriter::nack(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<const uint16_t> sequences) {
  size_t items = 0;
  for (size_t i = 0; i < sequences.size(); ++items) {
    const uint16_t first = sequences[i++];
    while (i < sequences.size() && static_cast<uint16_t>(sequences[i] - first - 1) < 16)
      ++i;
  }
  uint8_t* at = begin(kFmtNack, kTransportFb, 12 + 4 * items);
  if (!at) return;
  write32(at + 4, sender_ssrc);
  write32(at + 8, media_ssrc);
  at += 12;
  for (size_t i = 0; i < sequences.size();) {
    const uint16_t first = sequences[i++];
    uint16_t following = 0;
    for (; i < sequences.size() && static_cast<uint16_t>(sequences[i] - first - 1) < 16; ++i)
      following = static_cast<uint16_t>(following | 1u << static_cast<uint16_t>(sequences[i] - first - 1));
    write16(at, first);
    write16(at + 2, following);
    at += 4;
  }
}

void RtcpWriter::picture_loss(uint32_t sender_ssrc, uint32_t media_ssrc) {
  uint8_t* at = begin(kFmtPictureLoss, kPayloadFb, 12);
  if (!at) return;
  write32(at + 4, sender_ssrc);
  write32(at + 8, media_ssrc);
}

void RtcpWriter::full_intra_request(uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command) {
  uint8_t* at = begin(kFmtFullIntraRequest, kPayloadFb, 20);
  if (!at) return;
  write32(at + 4, sender_ssrc);
  write32(at + 8, 0);
  write32(at + 12, media_ssrc);
  write32(at + 16, static_cast<uint32_t>(command) << 24);
}

void RtcpWriter::bye(uint32_t ssrc) {
  uint8_t* at = begin(1, kBye, 8);
  if (at) write32(at + 4, ssrc);
}

void RtcpWriter::raw(std::span<const uint8_t> packet) {
  if (size_ + packet.size() > buffer_.size()) {
    complete_ = false;
    return;
  }
  std::memcpy(buffer_.data() + size_, packet.data(), packet.size());
  size_ += packet.size();
}

}  // namespace thranio::rtp
