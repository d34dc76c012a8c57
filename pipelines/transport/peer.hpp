// One WHIP or WHEP session as its worker sees it: the transport below, publisher or subscriber above.
// Way: udp_port → worker → [Peer: PeerTransport] → Publisher or Subscriber (the two that derive from this).
// Made by the lesson pipeline on any thread, waits in the peer directory until the first check brings it home
// to a worker, and lives there until its end. Thread: net, once adopted.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/transport/peer_transport.hpp"

namespace thranio::transport {

class Worker;

enum class PeerChange : uint8_t { kConnected, kDisconnected, kFirstMedia };
// Called on net threads: must only post.
using PeerObserver = std::function<void(PeerChange, const PeerId&, const std::string& cause)>;

class Peer : private PeerTransport::Listener {
 public:
  Peer(PeerId id, PeerTransportSettings settings, PeerObserver observer, TimePoint now);
  ~Peer() override = default;

  const PeerId& id() const { return id_; }
  const std::string& ufrag() const { return transport_.local_credentials().ufrag; }
  bool closed() const { return closed_; }

  // The first check reached this worker: from now on everything happens on its thread.
  void adopt(Worker& worker) { worker_ = &worker; }

  // One datagram each; the worker has found this peer by ufrag or by tuple. Returns why it went no further,
  // or kNone.
  DropReason handle_stun(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now);
  DropReason handle_dtls(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now);
  DropReason handle_srtp(std::span<uint8_t> datagram, TimePoint now);
  // Everything that one receive call brought has been handled.
  virtual void end_of_turn(TimePoint) {}

  TimePoint next_deadline() const { return std::min(transport_.next_deadline(), next_media_deadline()); }
  void handle_timer(TimePoint now);

  void restart_ice(IceCredentials local, IceCredentials remote, TimePoint now) {
    transport_.restart_ice(std::move(local), std::move(remote), now);
  }
  void close(const std::string& cause, TimePoint now);
  // It never came home to a worker.
  void end_unclaimed(const std::string& cause);

  // The tuples that lead here; kept by the worker (bounded there).
  std::vector<SocketAddress>& tuples() { return tuples_; }
  TimePoint scheduled{};          // the worker's timer queue holds the peer under this time
  bool in_turn = false;           // the worker will call end_of_turn
  size_t handshakes_waiting = 0;  // of its datagrams, in the worker's queue

 protected:
  virtual DropReason handle_rtp(std::span<uint8_t> packet, TimePoint now) = 0;
  virtual DropReason handle_rtcp(std::span<uint8_t> packet, TimePoint now) = 0;
  virtual void media_connected(TimePoint now) = 0;
  virtual void media_closed() = 0;
  virtual void media_moved(const SocketAddress&) {}  // the peer is elsewhere now
  virtual TimePoint next_media_deadline() const = 0;
  virtual void handle_media_timer(TimePoint now) = 0;

  Worker& worker() { return *worker_; }
  PeerTransport& transport() { return transport_; }
  const PeerTransport& transport() const { return transport_; }
  void notify(PeerChange change, const std::string& cause = {}) { observer_(change, id_, cause); }
  // Protects and sends the compound RTCP packet that stands in the ring's reserved room.
  void send_protected_rtcp(uint8_t* packet, size_t size);

 private:
  void send_datagram(const SocketAddress& to, std::span<const uint8_t> datagram) override;
  void transport_connected() override;
  void transport_closed(const std::string& cause) override;
  void remote_changed(const SocketAddress& remote) override { media_moved(remote); }

  // Set at construction, never changed.
  const PeerId id_;
  const PeerObserver observer_;

  // net only, once adopted.
  Worker* worker_ = nullptr;
  PeerTransport transport_;
  std::vector<SocketAddress> tuples_;
  bool closed_ = false;
};

}  // namespace thranio::transport
