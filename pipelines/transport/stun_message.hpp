// One connectivity check: read, verified with our password, and answered; all on libnice's STUN library.
// Way: udp_port → first_byte → [stun_message] → ice_agent.
// Spec: RFC 8489 (STUN; short-term credentials and FINGERPRINT), RFC 8445 section 7.3 (the server's side of a
// check). We are ICE-lite, so always controlled: a peer that claims to be controlled too is told 487.
// Owned by nobody: functions over bytes. Thread: any. No allocation.
// Not here: which pair is in use and until when (ice_agent).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pipelines/base/drop_reason.hpp"
#include "pipelines/transport/socket_address.hpp"

namespace thranio::transport {

constexpr size_t kMaxStunUsername = 513;  // RFC 8489 section 14.3: "MUST contain ... fewer than 509 bytes";
                                          // RFC 8445 section 5.3: two fragments of 256 characters and a colon

// The local part of USERNAME ("local:remote"), by which a worker finds the peer; nothing when this is no STUN
// message or carries no such name. Looks at lengths only: verify before believing. Points into the datagram.
std::optional<std::string_view> peek_ufrag(std::span<const uint8_t> datagram);

enum class Nominates : bool { no, yes };  // USE-CANDIDATE

struct StunAnswer {
  DropReason drop = DropReason::kNone;  // why the check counts for nothing, if it does not
  bool verified = false;                // a Binding request with the right password, answered with success
  Nominates nominates = Nominates::no;
  size_t size = 0;  // bytes of reply; 0: nothing is to be sent
  std::array<uint8_t, 768> buffer;

  std::span<const uint8_t> reply() const { return {buffer.data(), size}; }
};

// Verifies a check for `local_ufrag` and builds what goes back: success, 400, 401, 420 or 487; indications
// and responses get no answer.
StunAnswer answer_check(std::span<const uint8_t> datagram, const SocketAddress& from,
                        std::string_view local_ufrag, std::string_view password);

}  // namespace thranio::transport
