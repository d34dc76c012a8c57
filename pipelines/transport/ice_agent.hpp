// ICE-lite for one browser: answers its checks, keeps the pair it chose, notices when it fell silent.
// Way: udp_port → first_byte → stun_message → [ice_agent] → the address that media goes to.
// Spec: RFC 8445 (lite agent: sections 2.5 and 7.3, restart: section 9), RFC 7675 section 5.1 (consent).
// Owned by the peer transport. Thread: net. Time is passed in; no socket.
// Not here: the bytes of a check (stun_message), which worker owns the tuple (the worker's table).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "pipelines/base/clock.hpp"
#include "pipelines/transport/ice_credentials.hpp"
#include "pipelines/transport/socket_address.hpp"
#include "pipelines/transport/stun_message.hpp"

namespace thranio::transport {

// RFC 7675 section 5.1: "consent expires after 30 seconds"; browsers check every 5 s or less. A lite agent
// asks for nothing itself: whatever the peer sends with our password or the session's keys shows that it is
// there and wants to be. libnice, and so GStreamer and encoders built on it, checks no more once a pair is
// nominated.
constexpr auto kConsentTimeout = std::chrono::seconds{30};

// RFC 7675 section 5.1 gives consent to one pair alone, checked every 5 s on average, 6 s at most. When the
// nominated pair has missed two checks and another one is being checked, media moves there: Firefox nominates
// every pair while it starts, and the last one need not be the one that it keeps.
constexpr auto kSilentPair = std::chrono::seconds{15};

class IceAgent {
 public:
  IceAgent(IceCredentials local, IceCredentials remote, TimePoint now);

  // The answer goes back to `from`. A nomination moves remote() at once; silence on it lets another pair take
  // over (kSilentPair).
  StunAnswer handle(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now);

  // Where DTLS and media go: the last nominated pair; before the first nomination the first pair that passed
  // a check (RFC 8445 section 12.1 allows any valid one), as Chromium nominates only seconds later on a thin
  // line; family 0 before that.
  const SocketAddress& remote() const;
  // Passed a check of this session; what comes from elsewhere is a stranger's.
  bool knows(const SocketAddress& tuple) const;

  // A packet under the session's keys came in.
  void hear(TimePoint now) { last_heard_ = now; }
  TimePoint consent_deadline() const { return last_heard_ + kConsentTimeout; }
  const IceCredentials& local_credentials() const { return local_; }

  // New credentials of both sides. The old ones go on working until the first nomination under the new.
  void restart(IceCredentials local, IceCredentials remote, TimePoint now);

 private:
  struct Tuple {
    SocketAddress address;
    TimePoint last_check;
  };

  std::span<const Tuple> tuples() const;
  Tuple& remember(const SocketAddress& address);
  bool nominated_pair_silent(TimePoint now) const;
  void forget_old_generation();

  // A phone shows two or three (Wi-Fi, mobile, IPv6 of each); the oldest gives way to the ninth.
  static constexpr size_t kMaxTuples = 8;

  IceCredentials local_;
  IceCredentials remote_;  // kept for the day we check too; a lite agent proves only its own password
  std::optional<IceCredentials> previous_local_;  // between a restart and its nomination
  std::array<Tuple, kMaxTuples> tuples_{};
  size_t tuples_seen_ = 0;
  SocketAddress nominated_;
  TimePoint last_heard_;
};

}  // namespace thranio::transport
