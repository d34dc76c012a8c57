#include "pipelines/transport/peer_transport.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/ice_agent.hpp"

namespace thranio::transport {
namespace {

const DtlsCertificate& require(const DtlsCertificate* certificate) {
  if (!certificate) throw std::invalid_argument("a peer transport needs a certificate");
  return *certificate;
}

}  // namespace

struct PeerTransport::State final : DatagramSink {
  State(PeerTransportSettings settings, Listener& owner, TimePoint now)
      : listener(owner),
        ice(std::move(settings.local), std::move(settings.remote), now),
        dtls(require(settings.certificate), std::move(settings.remote_fingerprint), *this) {}

  void write_datagram(std::span<const uint8_t> datagram) override {
    if (ice.remote().family() != 0) listener.send_datagram(ice.remote(), datagram);
  }

  // What the handshake came to. Last thing in every call: the owner may take the peer down in
  // transport_closed.
  void tell_owner() {
    if (auto keys = dtls.take_keys()) {
      sender.emplace(keys->profile, keys->ours);
      receiver.emplace(keys->profile, keys->theirs);
      *keys = {};
      listener.transport_connected();
    }
    if (dtls.state() == DtlsEndpoint::State::kClosed) end(dtls.close_cause());
  }

  void end(const std::string& cause) {
    if (std::exchange(closed, true)) return;
    listener.transport_closed(std::string{cause});
  }

  // The first authentic packet shows that the peer has finished the handshake, too.
  template <typename Unprotected>
  Unprotected noted(Unprotected unprotected, TimePoint now) {
    if (!unprotected) return unprotected;
    ice.hear(now);
    if (!settled) {
      settled = true;
      dtls.settle();
    }
    return unprotected;
  }

  // Set at construction, never changed.
  Listener& listener;
  // net thread only.
  IceAgent ice;
  DtlsEndpoint dtls;
  std::optional<SrtpSender> sender;
  std::optional<SrtpReceiver> receiver;
  bool closed = false;
  bool settled = false;
};

PeerTransport::PeerTransport(PeerTransportSettings settings, Listener& listener, TimePoint now)
    : state_(std::make_unique<State>(std::move(settings), listener, now)) {}

PeerTransport::~PeerTransport() = default;

DropReason PeerTransport::handle_stun(std::span<const uint8_t> datagram, const SocketAddress& from,
                                      TimePoint now) {
  if (state_->closed) return DropReason::kUnknownUfrag;
  const SocketAddress before = state_->ice.remote();
  const StunAnswer answer = state_->ice.handle(datagram, from, now);
  if (answer.size > 0) state_->listener.send_datagram(from, answer.reply());
  if (!(state_->ice.remote() == before)) state_->listener.remote_changed(state_->ice.remote());
  return answer.drop;
}

DropReason PeerTransport::handle_dtls(std::span<const uint8_t> datagram, const SocketAddress& from,
                                      TimePoint now) {
  if (state_->closed || !state_->ice.knows(from)) return DropReason::kUnknownTuple;
  const DropReason dropped = state_->dtls.handle(datagram, now);
  state_->tell_owner();
  return dropped;
}

std::expected<std::span<uint8_t>, DropReason> PeerTransport::unprotect_rtp(std::span<uint8_t> packet,
                                                                           TimePoint now) {
  if (!connected()) return std::unexpected(DropReason::kBeforeHandshake);
  return state_->noted(state_->receiver->unprotect_rtp(packet), now);
}

std::expected<std::span<uint8_t>, DropReason> PeerTransport::unprotect_rtcp(std::span<uint8_t> packet,
                                                                            TimePoint now) {
  if (!connected()) return std::unexpected(DropReason::kBeforeHandshake);
  return state_->noted(state_->receiver->unprotect_rtcp(packet), now);
}

SrtpSender* PeerTransport::sender() {
  return connected() ? &*state_->sender : nullptr;
}

TimePoint PeerTransport::next_deadline() const {
  if (state_->closed) return TimePoint::max();
  return std::min(state_->ice.consent_deadline(), state_->dtls.deadline().value_or(TimePoint::max()));
}

void PeerTransport::handle_timer(TimePoint now) {
  if (state_->closed) return;
  // RFC 7675 section 5.1: without consent not even a close_notify may go out.
  if (now >= state_->ice.consent_deadline()) return state_->end("consent expired");
  state_->dtls.handle_timer(now);
  state_->tell_owner();
}

const SocketAddress& PeerTransport::remote() const {
  return state_->ice.remote();
}

const IceCredentials& PeerTransport::local_credentials() const {
  return state_->ice.local_credentials();
}

bool PeerTransport::connected() const {
  return state_->receiver.has_value() && !state_->closed;
}

void PeerTransport::restart_ice(IceCredentials local, IceCredentials remote, TimePoint now) {
  state_->ice.restart(std::move(local), std::move(remote), now);
}

void PeerTransport::close(TimePoint) {
  if (std::exchange(state_->closed, true)) return;
  state_->dtls.close();
}

}  // namespace thranio::transport
