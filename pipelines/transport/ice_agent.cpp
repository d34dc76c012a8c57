#include "pipelines/transport/ice_agent.hpp"

#include <algorithm>
#include <utility>

namespace thranio::transport {

IceAgent::IceAgent(IceCredentials local, IceCredentials remote, TimePoint now)
    : local_(std::move(local)), remote_(std::move(remote)), last_heard_(now) {}

StunAnswer IceAgent::handle(std::span<const uint8_t> datagram, const SocketAddress& from, TimePoint now) {
  const bool old_generation = previous_local_ && peek_ufrag(datagram) == previous_local_->ufrag;
  const IceCredentials& ours = old_generation ? *previous_local_ : local_;
  StunAnswer answer = answer_check(datagram, from, ours.ufrag, ours.password);
  if (!answer.verified) return answer;

  last_heard_ = now;
  remember(from).last_check = now;
  if (answer.nominates == Nominates::yes) {
    nominated_ = from;
    if (!old_generation && previous_local_) forget_old_generation();
  } else if (nominated_pair_silent(now)) {
    nominated_ = from;
  }
  return answer;
}

const SocketAddress& IceAgent::remote() const {
  return nominated_.family() != 0 || tuples_seen_ == 0 ? nominated_ : tuples_[0].address;
}

bool IceAgent::knows(const SocketAddress& tuple) const {
  return std::ranges::any_of(tuples(), [&](const Tuple& known) { return known.address == tuple; });
}

std::span<const IceAgent::Tuple> IceAgent::tuples() const {
  return std::span{tuples_}.first(std::min(tuples_seen_, kMaxTuples));
}

void IceAgent::restart(IceCredentials local, IceCredentials remote, TimePoint now) {
  // A second restart before the first came to anything: media still runs under the oldest.
  if (!previous_local_) previous_local_ = std::move(local_);
  local_ = std::move(local);
  remote_ = std::move(remote);
  last_heard_ = now;
}

IceAgent::Tuple& IceAgent::remember(const SocketAddress& address) {
  for (size_t i = 0; i < tuples().size(); ++i)
    if (tuples_[i].address == address) return tuples_[i];
  Tuple* oldest = &tuples_[tuples_seen_++ % kMaxTuples];
  if (oldest->address == nominated_ && nominated_.family() != 0)
    oldest = &tuples_[tuples_seen_++ % kMaxTuples];
  oldest->address = address;
  return *oldest;
}

bool IceAgent::nominated_pair_silent(TimePoint now) const {
  const auto nominated =
      std::ranges::find_if(tuples(), [this](const Tuple& known) { return known.address == nominated_; });
  return nominated != tuples().end() && now - nominated->last_check >= kSilentPair;
}

void IceAgent::forget_old_generation() {
  previous_local_.reset();
  tuples_[0] = {nominated_, last_heard_};
  tuples_seen_ = 1;
}

}  // namespace thranio::transport
