// AES-128-GCM by Intel's multi-buffer library, where the CPU has the instructions: a tenth of what libsrtp2
// takes, a quarter of OpenSSL (tests/bench/srtp.bench.cpp).
// Way: srtp_session → [intel_gcm].
// Spec: NIST SP 800-38D. Same calls as OpenSslGcm in srtp_crypto.
// Owned by a sender or a receiver; the expanded key lies within, so that a packet costs one pointer chase.
// Thread: net. No allocation.
// Not here: what is sealed (srtp_session); without libipsec-mb the class exists but is never available.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pipelines/transport/srtp_crypto.hpp"

namespace thranio::transport {

class IntelGcm {
 public:
  static bool available();

  explicit IntelGcm(const std::array<uint8_t, 16>& key);
  ~IntelGcm();
  IntelGcm(const IntelGcm&) = delete;
  IntelGcm& operator=(const IntelGcm&) = delete;

  void seal(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv, uint8_t* tag) const;
  // False when the tag is wrong; the text is then worthless.
  bool open(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv, const uint8_t* tag) const;

 private:
  static constexpr size_t kExpandedKey = 1024;  // round keys and powers of the hash key
  [[maybe_unused]] alignas(64) std::array<uint8_t, kExpandedKey> expanded_;
};

}  // namespace thranio::transport
