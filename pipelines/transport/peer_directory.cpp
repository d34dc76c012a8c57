#include "pipelines/transport/peer_directory.hpp"

#include "pipelines/transport/worker.hpp"

namespace thranio::transport {

Result<void> PeerDirectory::add(std::unique_ptr<Peer> peer, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= max_peers_)
    return fail(ErrorKind::kUnavailable, "too-many-peers",
                "This server already serves as many people as it is set to.");
  const PeerId id = peer->id();
  by_ufrag_[peer->ufrag()] = id;
  Entry entry;
  entry.ufrags = {peer->ufrag()};
  entry.since = now;
  entry.waiting = std::move(peer);
  entries_.emplace(id, std::move(entry));
  return {};
}

std::variant<PeerDirectory::Nobody, unsigned, std::unique_ptr<Peer>> PeerDirectory::claim(
    std::string_view ufrag, unsigned worker) {
  const std::lock_guard lock(mutex_);
  const auto named = by_ufrag_.find(std::string{ufrag});
  if (named == by_ufrag_.end()) return Nobody{};
  Entry& entry = entries_.at(named->second);
  if (!entry.waiting) return entry.home;
  entry.home = worker;
  return std::move(entry.waiting);
}

bool PeerDirectory::visit(const PeerId& id, std::function<void(Peer&)> task) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return false;
  if (at->second.waiting) {
    task(*at->second.waiting);
  } else {
    worker(at->second.home).post([id, task = std::move(task)](Worker& home) {
      if (Peer* peer = home.find(id)) {
        task(*peer);
        home.touch(*peer);
      }
    });
  }
  return true;
}

void PeerDirectory::add_ufrag(const PeerId& id, const std::string& ufrag) {
  constexpr size_t kMaxUfrags = 4;  // an ICE restart or two may be under way; older credentials are dead
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  auto& ufrags = at->second.ufrags;
  if (ufrags.size() == kMaxUfrags) {
    by_ufrag_.erase(ufrags.front());
    ufrags.erase(ufrags.begin());
  }
  ufrags.push_back(ufrag);
  by_ufrag_[ufrag] = id;
}

std::unique_ptr<Peer> PeerDirectory::erase_locked(std::unordered_map<PeerId, Entry>::iterator it) {
  for (const auto& ufrag : it->second.ufrags)
    by_ufrag_.erase(ufrag);
  auto waiting = std::move(it->second.waiting);
  entries_.erase(it);
  return waiting;
}

void PeerDirectory::remove(const PeerId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto at = entries_.find(id); at != entries_.end()) erase_locked(at);
}

bool PeerDirectory::close(const PeerId& id, const std::string& cause) {
  std::unique_ptr<Peer> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(id);
    if (at == entries_.end()) return false;
    if (!at->second.waiting) {
      worker(at->second.home).post([id, cause](Worker& home) {
        if (Peer* peer = home.find(id)) {
          peer->close(cause, home.now());
          home.touch(*peer);
        }
      });
      return true;
    }
    waiting = erase_locked(at);
  }
  waiting->end_unclaimed(cause);  // outside the lock: its observer may call back
  return true;
}

void PeerDirectory::sweep(TimePoint now) {
  std::vector<std::unique_ptr<Peer>> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end();) {
      const auto next = std::next(at);
      if (at->second.waiting && now - at->second.since > kPatience) gone.push_back(erase_locked(at));
      at = next;
    }
  }
  for (const auto& peer : gone)
    peer->end_unclaimed("no connectivity check came");
}

size_t PeerDirectory::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace thranio::transport
