// One browser's transport: ICE-lite, DTLS and SRTP keys, each layer seeing only the one below; no socket, no
// clock. Way: udp_port → first_byte → [PeerTransport: ice_agent → dtls_endpoint → srtp_session] → publisher
// or subscriber. Spec: RFC 8835; RFC 8445 (lite), RFC 7675 (consent), RFC 8842 and 5764 (DTLS-SRTP), RFC 7983
// (demultiplexing). Owned by the worker that the first valid check reached. Thread: net. Time is passed in.
// Not here: which worker owns it (transport/worker), what the media is (rtp/).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/transport/fingerprint.hpp"
#include "pipelines/transport/ice_credentials.hpp"
#include "pipelines/transport/socket_address.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {

class DtlsCertificate;  // dtls_endpoint.hpp: an ECDSA P-256 key and self-signed certificate, one per process

struct PeerTransportSettings {
  IceCredentials local;
  IceCredentials remote;
  Fingerprint remote_fingerprint;  // what the peer's certificate must hash to (RFC 8122)
  const DtlsCertificate* certificate = nullptr;
};

class PeerTransport {
 public:
  // What the transport tells its owner; called from within the calls below, on the same thread. Only
  // transport_closed, which comes last and at most once, may destroy the transport.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void send_datagram(const SocketAddress& to, std::span<const uint8_t> datagram) = 0;
    virtual void transport_connected() = 0;  // keys are there: sender() and unprotect_* work
    virtual void transport_closed(
        const std::string& cause) = 0;  // consent lost, close_notify, wrong fingerprint
    virtual void remote_changed(
        const SocketAddress& remote) = 0;  // first check, a nomination, or the peer moved
  };

  PeerTransport(PeerTransportSettings settings, Listener& listener, TimePoint now);
  ~PeerTransport();

  // Each takes one datagram of its kind; kNone when it was used: after handle_stun that means that `from` has
  // proved to be this peer's.
  DropReason handle_stun(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now);
  DropReason handle_dtls(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now);

  // In place; kBeforeHandshake without keys. The caller has found this peer by its tuple.
  std::expected<std::span<uint8_t>, DropReason> unprotect_rtp(std::span<uint8_t> packet, TimePoint now);
  std::expected<std::span<uint8_t>, DropReason> unprotect_rtcp(std::span<uint8_t> packet, TimePoint now);
  SrtpSender* sender();  // null before transport_connected

  // DTLS retransmission (RFC 6347 section 4.2.4) and consent expiry: call handle_timer at or after
  // next_deadline.
  TimePoint next_deadline() const;
  void handle_timer(TimePoint now);

  const SocketAddress& remote() const;  // where media goes; family 0 before a check
  const IceCredentials& local_credentials() const;
  bool connected() const;

  // ICE restart (RFC 8445 section 9): both sides' new credentials; the old pair carries media until a new
  // check.
  void restart_ice(IceCredentials local, IceCredentials remote, TimePoint now);
  // Sends close_notify; the owner forgets the peer afterwards (and is not told transport_closed).
  void close(TimePoint now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::transport
