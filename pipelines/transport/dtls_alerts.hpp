// What is left of DTLS once the peer has its keys: alerts, in 90 bytes instead of OpenSSL's 38 KiB.
// Way: udp_port → first_byte → dtls_endpoint → [dtls_alerts].
// Spec: RFC 6347 section 4.1 (records), RFC 5246 sections 6.3 (key block) and 7.2 (alerts), RFC 5288
// (AES-GCM), RFC 7905 (ChaCha20-Poly1305). Owned by the DTLS endpoint; takes over from the SSL object when
// the first SRTP packet has shown that the peer finished the handshake, so that nothing can ask for our last
// flight again. Thread: net. Not here: handshakes, application data; both are ignored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

struct ssl_st;

namespace thranio::transport {

class DtlsAlerts {
 public:
  // The keys of epoch 1 of a server's finished handshake; nothing when its cipher suite is not one of ours.
  static std::optional<DtlsAlerts> of_server(const ssl_st& ssl);
  ~DtlsAlerts();

  enum class Heard : uint8_t { kNothing, kCloseNotify, kFatalAlert };
  // What an authentic record of the datagram says; forged and other ones say nothing.
  Heard read(std::span<const uint8_t> datagram) const;

  // At most one: its sequence number is fixed.
  std::vector<uint8_t> close_notify() const;

 private:
  enum class Suite : uint16_t {  // the numbers of RFC 5289 section 3.2 and RFC 7905 section 2
    kAes128Gcm = 0xc02b,
    kAes256Gcm = 0xc02c,
    kChaCha20 = 0xcca9,
  };
  struct Direction {
    std::array<uint8_t, 32> key{};
    std::array<uint8_t, 12> iv{};  // AES-GCM: four bytes, the rest is sent
  };
  struct Record;

  DtlsAlerts() = default;
  size_t key_size() const { return suite_ == Suite::kAes128Gcm ? 16 : 32; }
  size_t fixed_iv_size() const { return suite_ == Suite::kChaCha20 ? 12 : 4; }
  size_t explicit_iv_size() const { return suite_ == Suite::kChaCha20 ? 0 : 8; }
  bool derive(const ssl_st& ssl);
  std::array<uint8_t, 12> nonce(const Direction& direction, std::span<const uint8_t> epoch_and_sequence,
                                std::span<const uint8_t> explicit_iv) const;
  Heard read_record(const Record& record) const;

  Suite suite_ = Suite::kAes128Gcm;
  Direction ours_;
  Direction theirs_;
};

}  // namespace thranio::transport
