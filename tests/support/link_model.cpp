#include "tests/support/link_model.hpp"

#include <algorithm>
#include <cmath>

namespace thranio::test {
namespace {

Duration seconds_of(double seconds) {
  return std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

int DirectionCounters::wait_ms_at(double share) const {
  uint64_t all = 0, so_far = 0;
  for (const auto count : queue_ms)
    all += count;
  for (size_t ms = 0; ms < queue_ms.size(); ++ms) {
    so_far += queue_ms[ms];
    if (static_cast<double>(so_far) >= share * static_cast<double>(all)) return static_cast<int>(ms);
  }
  return 0;
}

DirectionModel::DirectionModel(DirectionSettings settings, uint64_t seed)
    : settings_(std::move(settings)), random_(seed), tokens_(static_cast<double>(settings_.queue_bytes)) {}

// 0: no limit. until: how long it stays so.
int64_t DirectionModel::rate_at(TimePoint time, TimePoint* until) const {
  *until = TimePoint::max();
  if (settings_.trace.empty()) return settings_.bits_per_second;
  const Duration since = time - *first_, into = since % settings_.trace_length;
  const TimePoint round = *first_ + (since - into);
  int64_t rate = settings_.trace.front().bits_per_second;
  *until = round + settings_.trace_length;
  for (const auto& step : settings_.trace) {
    if (step.at > into) {
      *until = round + step.at;
      break;
    }
    rate = step.bits_per_second;
  }
  return rate;
}

TimePoint DirectionModel::served(TimePoint start, size_t bytes) const {
  double bits = static_cast<double>(bytes) * 8;
  for (;;) {
    TimePoint until;
    const auto rate = static_cast<double>(rate_at(start, &until));
    if (rate <= 0) return start;
    const double fits = until == TimePoint::max() ? bits : in_seconds(until - start) * rate;
    if (fits >= bits) return start + seconds_of(bits / rate);
    bits -= fits;
    start = until;
  }
}

bool DirectionModel::lost() {
  std::uniform_real_distribution<double> chance(0, 1);
  if (settings_.loss <= 0) return false;
  if (settings_.mean_burst <= 1) return chance(random_) < settings_.loss;
  // Two states: all is well, and all is lost. Out of a burst by 1/mean, into one so that the share comes out
  // right.
  const double out = 1 / settings_.mean_burst, in = out * settings_.loss / (1 - settings_.loss);
  in_burst_ = chance(random_) < (in_burst_ ? 1 - out : in);
  return in_burst_;
}

Fate DirectionModel::admit(TimePoint now, size_t bytes) {
  for (const auto& outage : settings_.outages)
    if (now >= *first_ + outage.at && now < *first_ + outage.at + outage.length) return Fate::kOutage;
  if (settings_.policer) {
    TimePoint until;
    const double grown = in_seconds(now - tokens_at_) * static_cast<double>(rate_at(now, &until)) / 8;
    tokens_ = std::min(tokens_ + grown, static_cast<double>(settings_.queue_bytes));
    tokens_at_ = now;
    if (tokens_ < static_cast<double>(bytes)) return Fate::kPoliced;
    tokens_ -= static_cast<double>(bytes);
    return Fate::kDelivered;
  }
  while (!waiting_.empty() && waiting_.front().first <= now) {
    waiting_bytes_ -= waiting_.front().second;
    waiting_.pop_front();
  }
  return waiting_bytes_ + bytes > settings_.queue_bytes ? Fate::kQueueFull : Fate::kDelivered;
}

DirectionModel::Verdict DirectionModel::offer(TimePoint now, size_t bytes) {
  if (!first_) first_ = free_ = tokens_at_ = last_arrival_ = now;
  ++counters_.offered_packets;
  counters_.offered_bytes += bytes;
  const Fate fate = admit(now, bytes);
  counters_.outage += fate == Fate::kOutage;
  counters_.policed += fate == Fate::kPoliced;
  counters_.queue_full += fate == Fate::kQueueFull;
  if (fate != Fate::kDelivered) return {fate, {}};
  TimePoint sent = now;
  if (!settings_.policer) {
    const TimePoint start = std::max(now, free_);
    sent = free_ = served(start, bytes);
    waiting_.emplace_back(sent, bytes);
    waiting_bytes_ += bytes;
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(start - now).count();
    if (counters_.queue_ms.empty()) counters_.queue_ms.resize(kLongestWaitMs + 1);
    ++counters_.queue_ms[std::min(static_cast<size_t>(waited), kLongestWaitMs)];
  }
  if (lost()) {
    ++counters_.lost;
    return {Fate::kLost, {}};
  }
  std::uniform_real_distribution<double> swing(-in_seconds(settings_.jitter), in_seconds(settings_.jitter));
  Duration delay = settings_.delay;
  if (settings_.jitter > Duration{}) delay = std::max(Duration{}, delay + seconds_of(swing(random_)));
  last_arrival_ = std::max(last_arrival_, sent + delay);
  ++counters_.delivered_packets;
  counters_.delivered_bytes += bytes;
  return {Fate::kDelivered, last_arrival_};
}

}  // namespace thranio::test
