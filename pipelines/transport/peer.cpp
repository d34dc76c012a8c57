#include "pipelines/transport/peer.hpp"

#include <cstring>

#include "pipelines/transport/first_byte.hpp"
#include "pipelines/transport/worker.hpp"

namespace thranio::transport {

Peer::Peer(PeerId id, PeerTransportSettings settings, PeerObserver observer, TimePoint now)
    : id_(std::move(id)), observer_(std::move(observer)), transport_(std::move(settings), *this, now) {}

DropReason Peer::handle_stun(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now) {
  return transport_.handle_stun(datagram, from, now);
}

DropReason Peer::handle_dtls(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now) {
  return transport_.handle_dtls(datagram, from, now);
}

DropReason Peer::handle_srtp(std::span<uint8_t> datagram, TimePoint now) {
  const bool feedback = kind_of(datagram) == DatagramKind::kRtcp;
  auto plain = feedback ? transport_.unprotect_rtcp(datagram, now) : transport_.unprotect_rtp(datagram, now);
  if (!plain) return plain.error();
  return feedback ? handle_rtcp(*plain, now) : handle_rtp(*plain, now);
}

void Peer::handle_timer(TimePoint now) {
  transport_.handle_timer(now);
  if (!closed_ && transport_.connected()) handle_media_timer(now);
}

void Peer::close(const std::string& cause, TimePoint now) {
  if (closed_) return;
  transport_.close(now);
  if (!closed_) transport_closed(cause);
}

void Peer::end_unclaimed(const std::string& cause) {
  closed_ = true;
  notify(PeerChange::kDisconnected, cause);
}

void Peer::send_protected_rtcp(uint8_t* packet, size_t size) {
  const size_t protected_size = transport_.sender()->protect_rtcp(packet, size);
  worker_->ring().commit(transport_.remote(), protected_size);
}

void Peer::send_datagram(const SocketAddress& to, std::span<const uint8_t> datagram) {
  if (!worker_ || datagram.size() > kMaxDatagram)
    return;  // not at home yet: nothing has been received to answer
  std::memcpy(worker_->ring().reserve(), datagram.data(), datagram.size());
  worker_->ring().commit(to, datagram.size());
}

void Peer::transport_connected() {
  worker_->counters().handshakes.fetch_add(1, std::memory_order_relaxed);
  notify(PeerChange::kConnected);
  media_connected(worker_->now());
}

void Peer::transport_closed(const std::string& cause) {
  if (closed_) return;
  closed_ = true;
  media_closed();
  notify(PeerChange::kDisconnected, cause);
}

}  // namespace thranio::transport
