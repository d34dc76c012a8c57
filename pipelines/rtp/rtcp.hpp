// RTCP read in place and written into the caller's buffer. Spec: RFC 3550 section 6, RFC 4585 section 6
// (NACK, PLI), RFC 5104 section 4.3.1 (FIR), RFC 5506 (reduced size),
// draft-holmer-rmcat-transport-wide-cc-extensions-01 (TWCC), draft-alvestrand-rmcat-remb-03 (REMB). Way:
// srtp_session → [parse_rtcp] → publisher, subscriber; they → [writers] → srtp_session. No allocation;
// nothing is read outside the bytes given. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pipelines/base/drop_reason.hpp"

namespace thranio::rtp {

struct ReportBlock {  // RFC 3550 section 6.4.1
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;    // of 256
  int32_t cumulative_lost = 0;  // 24 bits, signed
  uint32_t highest_sequence = 0;
  uint32_t jitter = 0;       // in the stream's clock
  uint32_t last_report = 0;  // middle 32 bits of the NTP time
  uint32_t delay_since = 0;  // 1/65536 s
};

struct SenderReport {
  uint32_t ssrc = 0;
  uint64_t ntp = 0;  // 32.32 fixed point since 1900
  uint32_t rtp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;
};

// What a compound packet tells. Overrides pick what they need; the rest is ignored.
class RtcpVisitor {
 public:
  virtual ~RtcpVisitor() = default;
  virtual void sender_report(const SenderReport&) {}
  virtual void report_block(uint32_t /*reporter*/, const ReportBlock&) {}
  virtual void nack(uint32_t /*media_ssrc*/, uint16_t /*sequence*/) {}  // once per lost packet
  virtual void picture_loss(uint32_t /*media_ssrc*/) {}
  virtual void full_intra_request(uint32_t /*media_ssrc*/) {}
  virtual void transport_feedback(std::span<const uint8_t> /*packet*/) {
  }                                                                // the whole RTCP packet: twcc.hpp reads it
  virtual void receiver_estimate(uint64_t /*bits_per_second*/) {}  // REMB
  virtual void bye(uint32_t /*ssrc*/) {}
};

// kMalformedRtcp when a length does not fit; what stood before it has been visited. Unknown kinds are passed
// over.
DropReason parse_rtcp(std::span<const uint8_t> compound, RtcpVisitor& visitor);

// Writes packets one after the other; a packet that does not fit is left out and `complete` turns false.
class RtcpWriter {
 public:
  explicit RtcpWriter(std::span<uint8_t> buffer) : buffer_(buffer) {}

  void sender_report(const SenderReport& report);
  void receiver_report(uint32_t sender_ssrc, std::span<const ReportBlock> blocks);  // at most 31
  void cname(uint32_t ssrc, std::string_view name);                                 // SDES, at most 255 bytes
  void nack(uint32_t sender_ssrc, uint32_t media_ssrc,
            std::span<const uint16_t> sequences);  // in ascending order
  void picture_loss(uint32_t sender_ssrc, uint32_t media_ssrc);
  void full_intra_request(uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command);
  void bye(uint32_t ssrc);
  void raw(std::span<const uint8_t> packet);

  size_t size() const { return size_; }
  bool complete() const { return complete_; }

 private:
  uint8_t* begin(uint8_t count_or_format, uint8_t type, size_t size);

  std::span<uint8_t> buffer_;
  size_t size_ = 0;
  bool complete_ = true;
};

}  // namespace thranio::rtp
