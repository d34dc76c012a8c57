// libsrtp2 as the oracle: the one other implementation at hand that reads and writes SRTP.
// Spec: RFC 3711, RFC 7714. Thread: the test's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <srtp2/srtp.h>

#include "pipelines/transport/srtp_session.hpp"

namespace thranio::test {

class LibSrtp {
 public:
  enum class Direction { kInbound, kOutbound };

  LibSrtp(transport::SrtpProfile profile, const transport::SrtpKey& key, Direction direction) {
    [[maybe_unused]] static const auto started = srtp_init();  // bad_param when it ran before
    const auto which = profile == transport::SrtpProfile::kAeadAes128Gcm ? srtp_profile_aead_aes_128_gcm
                                                                         : srtp_profile_aes128_cm_sha1_80;
    std::vector<uint8_t> master(key.key.begin(), key.key.end());
    master.insert(master.end(), key.salt.begin(), key.salt.end());
    srtp_policy_t policy{};
    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, which);
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, which);
    policy.ssrc.type = direction == Direction::kInbound ? ssrc_any_inbound : ssrc_any_outbound;
    policy.key = master.data();
    policy.window_size = 1024;
    if (srtp_create(&session_, &policy) != srtp_err_status_ok) throw std::runtime_error("libsrtp");
  }
  ~LibSrtp() { srtp_dealloc(session_); }
  LibSrtp(const LibSrtp&) = delete;
  LibSrtp& operator=(const LibSrtp&) = delete;

  // What comes out; empty when libsrtp refuses.
  std::vector<uint8_t> unprotect_rtp(std::vector<uint8_t> packet) { return run(srtp_unprotect, packet, 0); }
  std::vector<uint8_t> unprotect_rtcp(std::vector<uint8_t> packet) {
    return run(srtp_unprotect_rtcp, packet, 0);
  }
  std::vector<uint8_t> protect_rtp(std::vector<uint8_t> packet) { return run(srtp_protect, packet, 64); }
  std::vector<uint8_t> protect_rtcp(std::vector<uint8_t> packet) {
    return run(srtp_protect_rtcp, packet, 64);
  }

 private:
  template <typename Function>
  std::vector<uint8_t> run(Function function, std::vector<uint8_t>& packet, size_t room) {
    int size = static_cast<int>(packet.size());
    packet.resize(packet.size() + room);
    if (function(session_, packet.data(), &size) != srtp_err_status_ok) return {};
    packet.resize(static_cast<size_t>(size));
    return packet;
  }

  srtp_t session_ = nullptr;
};

}  // namespace thranio::test
