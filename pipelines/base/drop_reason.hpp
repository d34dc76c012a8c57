// Why a packet went no further: one list for all of pipelines/. The packet path returns one of these and a
// counter moves; nothing is logged per packet. Each is exported as
// thranio_dropped_packets_total{reason="..."}. Thread: any (values); DropCounters: one writer thread, any
// reader.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace thranio {

enum class DropReason : uint8_t {
  kNone,              // not dropped
  kUnknownFirstByte,  // RFC 7983: neither STUN nor DTLS nor SRTP
  kMalformedStun,
  kUnknownUfrag,      // STUN for nobody we know
  kStunBadIntegrity,  // wrong password
  kStunIndication,    // keeps a NAT open and proves nothing; asks for no answer
  kUnknownTuple,      // DTLS or SRTP from an address that passed no check
  kMalformedDtls,
  kWrongFingerprint,  // the certificate is not the one of the SDP
  kBeforeHandshake,   // SRTP before the keys are there
  kSrtpAuthentication,
  kSrtpReplay,
  kMalformedRtp,
  kMalformedRtcp,
  kUnknownSsrc,
  kUnknownPayloadType,
  kDuplicate,
  kTooOld,          // behind the history
  kNotSubscribed,   // nobody takes it
  kInboxFull,       // the worker fell behind
  kWorkerLate,      // the worker fell behind: frames that would have come too late
  kHandshakesFull,  // too many join in one moment
  kSendBufferFull,  // the socket would block
  kWaitingForKeyFrame,
  kRtxNotInHistory,
  kTooLarge,
  kCount
};

std::string_view to_string(DropReason reason);

class DropCounters {
 public:
  void add(DropReason reason, uint64_t n = 1) {
    counts_[static_cast<size_t>(reason)].fetch_add(n, std::memory_order_relaxed);
  }
  uint64_t of(DropReason reason) const {
    return counts_[static_cast<size_t>(reason)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(DropReason::kCount)> counts_{};
};

}  // namespace thranio
