// SRTCP that enters: students' feedback, as many packets as there is voice, so opened by our own ciphers.
// Way: udp_port → first_byte → [srtcp_opener] → feedback.
// Spec: RFC 3711 section 3.4 (SRTCP) and 3.3.2 (replay), RFC 7714 section 9.
// Owned by the SrtpReceiver. Thread: net. No allocation once a source is known.
// Not here: SRTP, whose roll-over counter is guessed (libsrtp2, in srtp_receiver.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <vector>

#include "pipelines/base/drop_reason.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {

class SrtcpOpener {
 public:
  SrtcpOpener(SrtpProfile profile, const SrtpKey& key, CipherBackend backend);
  ~SrtcpOpener();

  // In place; returns the plain packet.
  std::expected<std::span<uint8_t>, DropReason> open(std::span<uint8_t> packet);

  struct Cipher;  // one kind per profile and backend, in srtcp_opener.cpp

 private:
  // RFC 3711 section 3.3.2: "at least 64" packets back.
  struct ReplayWindow {
    bool fresh(uint32_t index) const;
    void take(uint32_t index);

    uint32_t ssrc;
    uint32_t highest = 0;
    uint64_t seen = 0;  // bit n: highest - n came
  };

  ReplayWindow* find(uint32_t ssrc);

  const size_t tag_size_;
  std::unique_ptr<Cipher> cipher_;
  std::vector<ReplayWindow> windows_;  // at most SrtpReceiver::kMaxSsrcs, each authenticated once
};

}  // namespace thranio::transport
