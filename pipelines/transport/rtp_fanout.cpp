#include "pipelines/transport/rtp_fanout.hpp"

#include <algorithm>
#include <cstring>

#include "pipelines/transport/subscriber.hpp"

namespace thranio::transport {
namespace {

constexpr size_t kFixedHeader = 12;
constexpr size_t kIpAndUdp = 28;  // IPv4 (RFC 791), UDP (RFC 768): what a line carries besides

// Packets of one frame differ by a byte or two, the first by what the publisher's own extensions took; made
// equal by RTP padding they leave as one GSO message. More than this is a different sort of packet.
constexpr size_t kMaxEqualising = 32;
constexpr size_t kMaxBatch = 64;

void write16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

void write32(uint8_t* at, uint32_t value) {
  write16(at, static_cast<uint16_t>(value >> 16));
  write16(at + 2, static_cast<uint16_t>(value));
}

// The RTP header of one student's packet; returns its size. Extension: one-byte form, one element (RFC 8285
// section 4.2).
size_t write_header(uint8_t* out, uint8_t payload_type, bool marker, uint16_t sequence, uint32_t timestamp,
                    uint32_t ssrc, uint8_t transport_sequence_id, uint16_t transport_sequence) {
  out[0] = 0x80;
  out[1] = static_cast<uint8_t>((marker ? 0x80 : 0) | payload_type);
  write16(out + 2, sequence);
  write32(out + 4, timestamp);
  write32(out + 8, ssrc);
  if (transport_sequence_id == 0) return kFixedHeader;
  out[0] |= 0x10;
  write32(out + 12, 0xbede0001);
  out[16] = static_cast<uint8_t>(transport_sequence_id << 4 | 1);
  write16(out + 17, transport_sequence);
  out[19] = 0;
  return kFixedHeader + 8;
}

// How many bytes of RTP padding make each packet as long as its frame's longest (RFC 3550 section 5.1: the
// last padding byte is the count). The last packet of a run may be shorter: GSO allows that.
void plan_padding(std::span<const rtp::MediaPacketPtr> packets, uint8_t* padding) {
  size_t begin = 0;
  while (begin < packets.size()) {
    size_t end = begin + 1;
    size_t longest = packets[begin]->payload.size();
    while (end < packets.size() && packets[end]->timestamp == packets[begin]->timestamp) {
      longest = std::max(longest, packets[end]->payload.size());
      ++end;
    }
    for (size_t i = begin; i < end; ++i) {
      const size_t missing = longest - packets[i]->payload.size();
      const bool pads = i + 1 < end && missing <= kMaxEqualising && !packets[i]->payload.empty();
      padding[i] = pads ? static_cast<uint8_t>(missing) : 0;
    }
    begin = end;
  }
}

bool may_begin(const rtp::MediaPacket& packet) {
  return !rtp::is_video(packet.codec) || packet.starts_key_frame;
}

bool takes_number(OutStream& stream, TimePoint now) {
  return stream.transport_sequence_id != 0 && stream.numbers->take(now);
}

void send_to(OutStream& stream, const rtp::MediaPacket& packet, uint8_t padding, bool numbered,
             SendRing& ring, TimePoint now) {
  if (!stream.rewriter.attached()) {
    if (!may_begin(packet)) return;
    stream.rewriter.switch_to(packet, now);
  }
  const auto sequence = stream.rewriter.sequence(packet);
  if (!sequence) return;
  // A resend must be the same bytes: what is older than the log can neither be resent nor sent for the first
  // time.
  if (stream.resend_log &&
      stream.rewriter.last_sequence() - *sequence >= static_cast<int64_t>(ResendLog::kCapacity))
    return;

  uint8_t* out = ring.reserve();
  const uint16_t transport_sequence = numbered ? stream.numbers->next++ : uint16_t{0};
  const size_t header =
      write_header(out, stream.payload_type(packet.codec), packet.marker, static_cast<uint16_t>(*sequence),
                   stream.rewriter.timestamp(packet), stream.settings.ssrc,
                   numbered ? stream.transport_sequence_id : uint8_t{0}, transport_sequence);
  std::memcpy(out + header, packet.payload.data(), packet.payload.size());
  stream.rewriter.rewrite_payload(packet, out + header);
  size_t size = header + packet.payload.size();
  if (stream.resend_log) {
    const size_t at = static_cast<size_t>(*sequence) % ResendLog::kCapacity;
    stream.resend_log->transport_sequence[at] = transport_sequence;
    stream.resend_log->numbered[at] = numbered;
    stream.resend_log->resent[at] = false;
    stream.resend_log->resent_at[at] = TimePoint{};
  } else if (padding) {  // never where a resend must be the same bytes
    std::memset(out + size, 0, padding - 1u);
    size += padding;
    out[size - 1] = padding;
    out[0] |= 0x20;
  }
  size = SrtpSender::protect_rtp(*stream.srtp, out, header, size, static_cast<uint32_t>(*sequence >> 16));
  ring.commit(stream.to, size);
  if (stream.line && numbered)
    stream.line->sent(transport_sequence, size + kIpAndUdp, now);
  else if (stream.line)
    stream.line->sent_untold(size + kIpAndUdp);
  if (stream.pacer) stream.pacer->spent(size + kIpAndUdp);
  if (*sequence > stream.rewriter.last_sequence()) stream.voice_end = packet.timestamp + packet.samples;
  stream.rewriter.sent(packet, *sequence, now);
  ++stream.packets;
  stream.octets += static_cast<uint32_t>(packet.payload.size());
}

// While one student's packets are made, the next one's keys and the stream of the one after come nearer.
void prefetch(std::span<OutStream* const> takers, size_t taker) {
  if (taker + 1 < takers.size()) {
    SrtpSender::prefetch(takers[taker + 1]->srtp);
    __builtin_prefetch(takers[taker + 1]->numbers, 1);
    if (takers[taker + 1]->line) takers[taker + 1]->line->prefetch(takers[taker + 1]->numbers->next);
  }
  if (taker + 2 >= takers.size()) return;
  const auto* stream = reinterpret_cast<const char*>(takers[taker + 2]);
  for (size_t at = 0; at < sizeof(OutStream); at += 64)
    __builtin_prefetch(stream + at, 1);
}

}  // namespace

void fan_out(std::span<const rtp::MediaPacketPtr> packets, std::span<OutStream* const> takers, SendRing& ring,
             TimePoint now) {
  while (!packets.empty()) {
    const auto batch = packets.first(std::min(packets.size(), kMaxBatch));
    uint8_t padding[kMaxBatch];
    plan_padding(batch, padding);
    for (size_t taker = 0; taker < takers.size(); ++taker) {
      prefetch(takers, taker);
      OutStream& stream = *takers[taker];
      if (stream.pacer && rtp::is_video(batch.front()->codec)) {
        stream.subscriber.pace(stream, batch, now);
        continue;
      }
      const bool numbered = takes_number(stream, now);
      for (size_t i = 0; i < batch.size(); ++i)
        send_to(stream, *batch[i], padding[i], numbered, ring, now);
    }
    packets = packets.subspan(batch.size());
  }
}

void send_held(OutStream& stream, const rtp::MediaPacket& packet, SendRing& ring, TimePoint now) {
  send_to(stream, packet, 0, takes_number(stream, now), ring, now);
}

bool retransmit(OutStream& stream, const rtp::MediaPacket& packet, SendRing& ring, TimePoint now) {
  const int64_t sequence = stream.rewriter.student_sequence(packet.sequence);
  const uint8_t rtx_type = stream.rtx_payload_type(packet.codec);
  if (rtx_type == kNotNegotiated) {
    if (!stream.resend_log ||
        stream.rewriter.last_sequence() - sequence >= static_cast<int64_t>(ResendLog::kCapacity))
      return false;
    uint8_t* out = ring.reserve();
    const size_t at = static_cast<size_t>(sequence) % ResendLog::kCapacity;
    const size_t header =
        write_header(out, stream.payload_type(packet.codec), packet.marker, static_cast<uint16_t>(sequence),
                     stream.rewriter.timestamp(packet), stream.settings.ssrc,
                     stream.resend_log->numbered[at] ? stream.transport_sequence_id : uint8_t{0},
                     stream.resend_log->transport_sequence[at]);
    std::memcpy(out + header, packet.payload.data(), packet.payload.size());
    stream.rewriter.rewrite_payload(packet, out + header);
    const size_t size = SrtpSender::protect_rtp(*stream.srtp, out, header, header + packet.payload.size(),
                                                static_cast<uint32_t>(sequence >> 16));
    ring.commit(stream.to, size);
    if (stream.line) stream.line->sent_again(size + kIpAndUdp, now);
    if (stream.pacer) stream.pacer->spent(size + kIpAndUdp);
    return true;
  }
  // RFC 4588 section 4: a stream of its own; the payload begins with the original sequence number.
  uint8_t* out = ring.reserve();
  const int64_t rtx_sequence = stream.rtx_sequence++;
  const uint16_t transport_sequence = stream.transport_sequence_id ? stream.numbers->next++ : uint16_t{0};
  const size_t header = write_header(out, rtx_type, packet.marker, static_cast<uint16_t>(rtx_sequence),
                                     stream.rewriter.timestamp(packet), stream.settings.rtx_ssrc,
                                     stream.transport_sequence_id, transport_sequence);
  write16(out + header, static_cast<uint16_t>(sequence));
  std::memcpy(out + header + 2, packet.payload.data(), packet.payload.size());
  stream.rewriter.rewrite_payload(packet, out + header + 2);
  const size_t size = SrtpSender::protect_rtp(*stream.srtp, out, header, header + 2 + packet.payload.size(),
                                              static_cast<uint32_t>(rtx_sequence >> 16));
  ring.commit(stream.to, size);
  if (stream.line) stream.line->sent(transport_sequence, size + kIpAndUdp, now);
  if (stream.pacer) stream.pacer->spent(size + kIpAndUdp);
  return true;
}

bool send_padding(OutStream& stream, uint8_t padding, SendRing& ring, TimePoint now) {
  const auto& types = stream.settings.rtx_payload_types;
  const auto type = std::ranges::find_if(types, [](uint8_t t) { return t != kNotNegotiated; });
  if (type == types.end() || !stream.line) return false;
  uint8_t* out = ring.reserve();
  const int64_t rtx_sequence = stream.rtx_sequence++;
  const uint16_t transport_sequence = stream.numbers->next++;
  const size_t header =
      write_header(out, *type, false, static_cast<uint16_t>(rtx_sequence), stream.rewriter.last_timestamp(),
                   stream.settings.rtx_ssrc, stream.transport_sequence_id, transport_sequence);
  out[0] |= 0x20;
  std::memset(out + header, 0, padding - 1u);
  out[header + padding - 1u] = padding;
  const size_t size = SrtpSender::protect_rtp(*stream.srtp, out, header, header + padding,
                                              static_cast<uint32_t>(rtx_sequence >> 16));
  ring.commit(stream.to, size);
  stream.line->sent(transport_sequence, size + kIpAndUdp, now);
  return true;
}

}  // namespace thranio::transport
