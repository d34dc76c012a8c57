// What a datagram on the one port is, told from its first two bytes.
// Way: udp_port → [first_byte] → ice_agent, dtls_endpoint or srtp_session.
// Spec: RFC 7983 section 7 (STUN 0-3, DTLS 20-63, RTP and RTCP 128-191); RFC 5761 section 4: "RTCP packet
// types in the ranges 1-191 and 224-254 SHOULD only be used when other values have been exhausted", so a
// second byte of 192-223 is RTCP and payload types 64-95 are not given out.
// Owned by nobody: one pure function. Thread: any.
// Not here: whether the rest is well formed.
#pragma once

#include <cstdint>
#include <span>

namespace thranio::transport {

enum class DatagramKind : uint8_t { kUnknown, kStun, kDtls, kRtp, kRtcp };

inline DatagramKind kind_of(std::span<const uint8_t> datagram) {
  if (datagram.size() < 2) return DatagramKind::kUnknown;
  const uint8_t first = datagram[0];
  if (first >= 128 && first <= 191) {
    return datagram[1] >= 192 && datagram[1] <= 223 ? DatagramKind::kRtcp : DatagramKind::kRtp;
  }
  if (first <= 3) return DatagramKind::kStun;
  if (first >= 20 && first <= 63) return DatagramKind::kDtls;
  return DatagramKind::kUnknown;  // ZRTP, TURN channels and what nobody has defined
}

}  // namespace thranio::transport
