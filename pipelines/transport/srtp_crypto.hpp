// The pieces SRTP is made of: session keys from a master key, initialisation vectors, HMAC-SHA1, and
// OpenSSL's ciphers with their key schedules kept.
// Way: dtls_endpoint's keys → [srtp_crypto] → srtp_session.
// Spec: RFC 3711 sections 4.1.1, 4.2.1 and 4.3; RFC 7714 sections 8.1, 9.1 and 11; RFC 2104 (HMAC).
// Owned by a sender or a receiver. Thread: net. No allocation after construction.
// Not here: packets (srtp_session), Intel's cipher (intel_gcm).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "pipelines/transport/srtp_session.hpp"

struct evp_cipher_ctx_st;

namespace thranio::transport {

constexpr size_t kRtcpHeader = 8;          // what SRTCP leaves in the clear
constexpr size_t kGcmTag = 16;             // RFC 7714 section 14.2
constexpr size_t kHmacTag = 10;            // 80 bits
constexpr size_t kSrtcpIndex = 4;          // E flag and 31 bits
constexpr uint32_t kEncrypted = 1u << 31;  // the E flag

enum class SrtpStream : uint8_t { kRtp = 0, kRtcp = 3 };  // the first key derivation label of each

struct SessionKeys {
  std::array<uint8_t, 16> cipher{};
  std::array<uint8_t, 20> authentication{};
  std::array<uint8_t, 14> salt{};  // GCM takes the first 12 bytes

  ~SessionKeys();
};

// RFC 3711 section 4.3.1 with a key derivation rate of 0. With GCM the 12-byte salt stands left, zeros
// follow (RFC 7714 section 11).
SessionKeys derive(const SrtpKey& master, SrtpStream stream);

using GcmIv = std::array<uint8_t, 12>;
using CounterIv = std::array<uint8_t, 16>;
using GcmAad = std::array<uint8_t, 12>;

inline void store32(uint8_t* to, uint32_t value) {
  to[0] = static_cast<uint8_t>(value >> 24);
  to[1] = static_cast<uint8_t>(value >> 16);
  to[2] = static_cast<uint8_t>(value >> 8);
  to[3] = static_cast<uint8_t>(value);
}

inline uint32_t load32(const uint8_t* from) {
  return uint32_t{from[0]} << 24 | uint32_t{from[1]} << 16 | uint32_t{from[2]} << 8 | from[3];
}

template <size_t N, size_t M>
void mix_salt(std::array<uint8_t, N>& iv, const std::array<uint8_t, M>& salt) {
  for (size_t i = 0; i < std::min(N, M); ++i)
    iv[i] ^= salt[i];
}

// RFC 7714 section 8.1: 00 00 | SSRC | ROC | SEQ, mixed with the salt. `packet` is an RTP packet.
inline GcmIv gcm_rtp_iv(const uint8_t* packet, uint32_t roll_over_counter,
                        const std::array<uint8_t, 14>& salt) {
  GcmIv iv{0, 0, packet[8], packet[9], packet[10], packet[11], 0, 0, 0, 0, packet[2], packet[3]};
  store32(&iv[6], roll_over_counter);
  mix_salt(iv, salt);
  return iv;
}

// RFC 7714 section 9.1: 00 00 | SSRC | 00 00 | index. `packet` is an RTCP packet.
inline GcmIv gcm_rtcp_iv(const uint8_t* packet, uint32_t index, const std::array<uint8_t, 14>& salt) {
  GcmIv iv{0, 0, packet[4], packet[5], packet[6], packet[7]};
  store32(&iv[8], index);
  mix_salt(iv, salt);
  return iv;
}

// RFC 7714 section 9.2: the fixed header, then the E flag and index.
inline GcmAad gcm_rtcp_aad(const uint8_t* packet, uint32_t index) {
  GcmAad aad;
  for (size_t i = 0; i < 8; ++i)
    aad[i] = packet[i];
  store32(&aad[8], kEncrypted | index);
  return aad;
}

// RFC 3711 section 4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16; the index of RTP is ROC and SEQ.
inline CounterIv counter_iv(const uint8_t* ssrc, uint64_t index, const std::array<uint8_t, 14>& salt) {
  CounterIv iv{0, 0, 0, 0, ssrc[0], ssrc[1], ssrc[2], ssrc[3]};
  store32(&iv[8], static_cast<uint32_t>(index >> 16));
  iv[12] = static_cast<uint8_t>(index >> 8);
  iv[13] = static_cast<uint8_t>(index);
  mix_salt(iv, salt);
  return iv;
}

struct CipherContextFree {
  void operator()(evp_cipher_ctx_st* context) const;
};
using CipherContext = std::unique_ptr<evp_cipher_ctx_st, CipherContextFree>;

// AES-128-GCM in place, key schedule kept.
class OpenSslGcm {
 public:
  explicit OpenSslGcm(const std::array<uint8_t, 16>& key);
  void seal(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv, uint8_t* tag);
  // False when the tag is wrong; the text is then worthless.
  bool open(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv, const uint8_t* tag);

 private:
  CipherContext context_;
};

// AES-128 in counter mode in place, key schedule kept.
class OpenSslCounterMode {
 public:
  explicit OpenSslCounterMode(const std::array<uint8_t, 16>& key);
  void apply(std::span<uint8_t> text, const CounterIv& iv);

 private:
  CipherContext context_;
};

// HMAC-SHA1 with the states after the two key pads kept: 40 bytes instead of a context, two blocks spared.
class HmacSha1 {
 public:
  explicit HmacSha1(const std::array<uint8_t, 20>& key);
  // The first 10 bytes of the tag over message | trailer.
  std::array<uint8_t, kHmacTag> tag(std::span<const uint8_t> message,
                                    std::span<const uint8_t> trailer = {}) const;

 private:
  std::array<uint32_t, 5> inner_;
  std::array<uint32_t, 5> outer_;
};

}  // namespace thranio::transport
