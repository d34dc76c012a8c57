#include "pipelines/transport/ice_agent.hpp"

#include <algorithm>
#include <utility>

namespace thranio::transport {

IceAgent::IceAgent(IceCredentials local, IceCredentials remote, TimePoint now)
    : local_(std::move(local)), remote_(std::move(remote)), last_check_(now) {}

StunAnswer IceAgent::handle(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now) {
  const bool old_generation = previous_local_ && peek_ufrag(datagram) == previous_local_->ufrag;
  const IceCredentials& ours = old_generation ? *previous_local_ : local_;
  StunAnswer answer = answer_check(datagram, from, ours.ufrag, ours.password);
  if (!answer.verified) return answer;

  last_check_ = now;
  remember(from);
  if (answer.nominates == Nominates::yes) {
    nominated_ = from;
    if (!old_generation && previous_local_) forget_old_generation(from);
  }
  return answer;
}

const SocketAddress& IceAgent::handshake_remote() const {
  return nominated_.family() != 0 || tuples_seen_ == 0 ? nominated_ : tuples_[0];
}

bool IceAgent::knows(const SocketAddress& tuple) const {
  const auto end = tuples_.begin() + static_cast<ptrdiff_t>(std::min(tuples_seen_, kMaxTuples));
  return std::find(tuples_.begin(), end, tuple) != end;
}

void IceAgent::restart(IceCredentials local, IceCredentials remote, TimePoint now) {
  // A second restart before the first came to anything: media still runs under the oldest.
  if (!previous_local_) previous_local_ = std::move(local_);
  local_ = std::move(local);
  remote_ = std::move(remote);
  last_check_ = now;
}

void IceAgent::remember(const SocketAddress& tuple) {
  if (knows(tuple)) return;
  size_t slot = tuples_seen_ % kMaxTuples;
  if (tuples_[slot] == nominated_ && nominated_.family() != 0) slot = ++tuples_seen_ % kMaxTuples;
  tuples_[slot] = tuple;
  ++tuples_seen_;
}

void IceAgent::forget_old_generation(const SocketAddress& nominated) {
  previous_local_.reset();
  tuples_[0] = nominated;
  tuples_seen_ = 1;
}

}  // namespace thranio::transport
