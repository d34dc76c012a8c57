#include "pipelines/transport/pacer.hpp"

#include <algorithm>
#include <utility>

namespace thranio::transport {

void Pacer::set_rate(int64_t rate, TimePoint now) {
  fill(now);
  rate_ = rate;
}

bool Pacer::hold(OutStream& stream, rtp::MediaPacketPtr packet) {
  const double most = std::chrono::duration<double>(kLongest).count() * static_cast<double>(rate_) / 8;
  if (!held_.empty() && static_cast<double>(held_bytes_ + packet->payload.size()) > most) return false;
  held_bytes_ += packet->payload.size();
  held_.push_back({&stream, std::move(packet)});
  return true;
}

void Pacer::forget(const OutStream& stream) {
  std::erase_if(held_, [&](const Held& held) {
    if (held.stream != &stream) return false;
    held_bytes_ -= held.packet->payload.size();
    return true;
  });
}

std::optional<Pacer::Held> Pacer::take(TimePoint now) {
  fill(now);
  if (held_.empty() || tokens_ <= 0) return std::nullopt;
  Held held = std::move(held_.front());
  held_.pop_front();
  held_bytes_ -= held.packet->payload.size();
  return held;
}

std::deque<Pacer::Held> Pacer::release() {
  held_bytes_ = 0;
  return std::exchange(held_, {});
}

TimePoint Pacer::next() const {
  if (held_.empty()) return TimePoint::max();
  if (tokens_ > 0) return filled_at_;
  const std::chrono::duration<double> wait((1 - tokens_) * 8 / static_cast<double>(rate_));
  return filled_at_ + std::chrono::ceil<Duration>(wait);
}

void Pacer::fill(TimePoint now) {
  const double passed = std::chrono::duration<double>(now - filled_at_).count();
  filled_at_ = now;
  tokens_ = std::min(kAtOnce, tokens_ + passed * static_cast<double>(rate_) / 8);
}

}  // namespace thranio::transport
