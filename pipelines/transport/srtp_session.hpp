// SRTP and SRTCP for one peer: what leaves, and SRTCP both ways, are our own class's work on a fast cipher;
// SRTP that enters is unprotected by libsrtp2. Spec: RFC 3711 (framing, AES-CM with HMAC-SHA1-80), RFC 7714
// (AES-128-GCM), RFC 5764 (keys from DTLS). Way out: rtp_fanout → [SrtpSender] → the worker's ring. Way in:
// udp_port → [SrtpReceiver] → publisher or feedback. Never two different packets under one index: the caller
// passes the roll-over counter of its extended sequence number and never reuses an extended number for other
// bytes; a resend is the same bytes again. Owned by the peer transport. Thread: net.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "pipelines/base/drop_reason.hpp"

namespace thranio::transport {

enum class SrtpProfile : uint16_t {  // the numbers of RFC 5764 section 4.1.2 and RFC 7714 section 14.2
  kAes128CmSha1_80 = 0x0001,
  kAeadAes128Gcm = 0x0007,
};

// Master key and salt of one direction. GCM: 16 + 12 bytes; CM: 16 + 14.
struct SrtpKey {
  std::array<uint8_t, 16> key{};
  std::array<uint8_t, 14> salt{};
};

enum class CipherBackend : uint8_t { kBest, kOpenSsl, kIpsecMb };

class SrtpSender {
 public:
  static constexpr size_t kMaxRtpOverhead = 16;   // the GCM tag
  static constexpr size_t kMaxRtcpOverhead = 20;  // tag and index

  static constexpr uint32_t kRtcpIndexEnd = 1u << 31;

  // Throws when `backend` is named and not available. Tests set the first SRTCP index.
  SrtpSender(SrtpProfile profile, const SrtpKey& key, CipherBackend backend = CipherBackend::kBest,
             uint32_t first_rtcp_index = 0);
  ~SrtpSender();
  SrtpSender(SrtpSender&&) noexcept;
  SrtpSender& operator=(SrtpSender&&) noexcept;

  // Protects in place: packet[0, size) is header and payload, with kMaxRtpOverhead bytes of room after it.
  // header_size includes CSRCs and extensions. Returns the new size. No allocation, no lock.
  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) {
    return protect_rtp(*state_, packet, header_size, size, roll_over_counter);
  }
  // The same for a compound RTCP packet; keeps the SRTCP index. 0, and the packet untouched, when the index
  // is used up or the packet is shorter than its header.
  size_t protect_rtcp(uint8_t* packet, size_t size);

  static bool available(CipherBackend backend);

  // For the hot loop, which goes to the keys directly. The state lives as long as its sender.
  struct State;                               // one class per cipher, in srtp_sender.cpp
  static constexpr size_t kStateSize = 1152;  // of the fastest
  State* state() { return state_.get(); }
  static size_t protect_rtp(State& state, uint8_t* packet, size_t header_size, size_t size,
                            uint32_t roll_over_counter);
  // Asks the memory for the keys ahead of their use.
  static void prefetch(const State* state) {
    for (size_t at = 0; at < kStateSize; at += 64)
      __builtin_prefetch(reinterpret_cast<const char*>(state) + at);
  }

 private:
  std::unique_ptr<State> state_;
};

class SrtpReceiver {
 public:
  // Three layers with their RTX, two voices and their RTCP make eight; more than this is a peer gone astray.
  static constexpr size_t kMaxSsrcs = 32;

  SrtpReceiver(SrtpProfile profile, const SrtpKey& key, CipherBackend backend = CipherBackend::kBest);
  ~SrtpReceiver();
  SrtpReceiver(SrtpReceiver&&) noexcept;
  SrtpReceiver& operator=(SrtpReceiver&&) noexcept;

  // In place; returns the plain packet, or kSrtpAuthentication / kSrtpReplay. Unknown SSRCs are learnt
  // (bounded).
  std::expected<std::span<uint8_t>, DropReason> unprotect_rtp(std::span<uint8_t> packet);
  std::expected<std::span<uint8_t>, DropReason> unprotect_rtcp(std::span<uint8_t> packet);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::transport
