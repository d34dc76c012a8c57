#include "pipelines/rtp/nack_tracker.hpp"

#include <utility>

namespace thranio::rtp {

NackTracker::Arrival NackTracker::received(uint16_t sequence_number, TimePoint now) {
  const auto newest = unwrapper_.newest();
  const int64_t sequence = unwrapper_.unwrap(sequence_number);
  if (!newest) return Arrival::kNew;
  if (sequence <= *newest) return missing_.erase(sequence) ? Arrival::kRepaired : Arrival::kDuplicate;
  if (sequence - *newest - 1 > static_cast<int64_t>(kMaxMissing - missing_.size())) {
    missing_.clear();
    broken_ = true;
    return Arrival::kNew;
  }
  for (int64_t lost = *newest + 1; lost < sequence; ++lost)
    missing_[lost] = {now, now + kReordering, 0};
  return Arrival::kNew;
}

const std::vector<uint16_t>& NackTracker::due(TimePoint now, Duration round_trip) {
  due_.clear();
  for (auto at = missing_.begin(); at != missing_.end();) {
    auto& [sequence, missing] = *at;
    if (missing.asks >= kMaxAsks || now - missing.since > kGiveUp) {
      broken_ = true;
      at = missing_.erase(at);
      continue;
    }
    if (now >= missing.next_ask) {
      due_.push_back(static_cast<uint16_t>(sequence));
      ++missing.asks;
      missing.next_ask = now + round_trip + round_trip / 2;
    }
    ++at;
  }
  return due_;
}

bool NackTracker::take_broken() {
  return std::exchange(broken_, false);
}

void NackTracker::forget_before(uint16_t sequence_number) {
  missing_.erase(missing_.begin(), missing_.lower_bound(unwrapper_.peek(sequence_number)));
  broken_ = false;
}

void NackTracker::reset() {
  unwrapper_ = {};
  missing_.clear();
  broken_ = false;
}

}  // namespace thranio::rtp
