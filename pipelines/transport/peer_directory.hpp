// Where each peer is: waiting for its first check, or at home on a worker. The one thing that workers share;
// it is asked when a peer joins, moves or ends, never per media packet. Way: WHIP/WHEP answer →
// [PeerDirectory] → the worker that the first STUN check reaches. Thread: any (one mutex). A peer that gets
// no check for kPatience is dropped by sweep().
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/transport/peer.hpp"

namespace thranio::transport {

class PeerDirectory {
 public:
  static constexpr auto kPatience = std::chrono::seconds(30);  // a browser's own ICE timeout is of this order

  explicit PeerDirectory(size_t max_peers) : max_peers_(max_peers) {}

  // The workers, once they exist; before the first packet.
  void set_workers(std::vector<Worker*> workers) { workers_ = std::move(workers); }
  Worker& worker(unsigned index) { return *workers_.at(index); }

  // A new peer waits for its first check. Error: too-many-peers.
  Result<void> add(std::unique_ptr<Peer> peer, TimePoint now);

  // A check for this ufrag reached `worker`: the waiting peer comes home, or the index of its home, or nobody
  // knows it.
  struct Nobody {};
  std::variant<Nobody, unsigned, std::unique_ptr<Peer>> claim(std::string_view ufrag, unsigned worker);

  // Runs `task` with the peer on its worker (or at once, if it still waits). False if there is no such peer.
  bool visit(const PeerId& id, std::function<void(Peer&)> task);
  // New credentials of the same peer (ICE restart): both lead to it.
  void add_ufrag(const PeerId& id, const std::string& ufrag);
  // The peer is gone from its worker.
  void remove(const PeerId& id);
  // Ends a waiting peer, or posts its end to its worker. False if there is no such peer.
  bool close(const PeerId& id, const std::string& cause);
  // Drops peers that wait for longer than kPatience; their observers hear kDisconnected.
  void sweep(TimePoint now);

  size_t size() const;

 private:
  struct Entry {
    std::unique_ptr<Peer> waiting;  // null once at home
    unsigned home = 0;
    TimePoint since{};
    std::vector<std::string> ufrags;
  };
  std::unique_ptr<Peer> erase_locked(std::unordered_map<PeerId, Entry>::iterator it);

  // Set before the first packet, never changed.
  const size_t max_peers_;
  std::vector<Worker*> workers_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::unordered_map<PeerId, Entry> entries_;
  std::unordered_map<std::string, PeerId> by_ufrag_;
};

}  // namespace thranio::transport
