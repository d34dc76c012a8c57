#include "server/auth/attempts.hpp"

#include <algorithm>
#include <cmath>

namespace thranio::auth {
namespace {

std::string of_name(const std::string& name) {
  return "n " + name;
}
std::string of_address(const std::string& address) {
  return "a " + address;
}

double seconds_of(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

double Attempts::spent(const Bucket& bucket, double most, TimePoint now) {
  return std::max(0.0, bucket.spent - most * seconds_of(now - bucket.at) / seconds_of(kWindow));
}

std::optional<std::chrono::seconds> Attempts::wait_of(const std::string& key, double most,
                                                      TimePoint now) const {
  const auto at = buckets_.find(key);
  if (at == buckets_.end()) return std::nullopt;
  const double left = most - spent(at->second, most, now);
  if (left >= 1) return std::nullopt;
  return std::chrono::seconds(static_cast<int64_t>(std::ceil((1 - left) * seconds_of(kWindow) / most)));
}

std::optional<std::chrono::seconds> Attempts::wait(const std::string& name, const std::string& address,
                                                   TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto a = wait_of(of_name(name), kOfName, now), b = wait_of(of_address(address), kOfAddress, now);
  return !a ? b : !b ? a : std::max(*a, *b);
}

void Attempts::spend(const std::string& key, double most, TimePoint now) {
  if (buckets_.size() >= kMostKeys && !buckets_.contains(key))
    buckets_.erase(std::ranges::min_element(buckets_, {}, [](const auto& entry) { return entry.second.at; }));
  auto& bucket = buckets_[key];
  bucket = {spent(bucket, most, now) + 1, now};
}

void Attempts::failed(const std::string& name, const std::string& address, TimePoint now) {
  const std::lock_guard lock(mutex_);
  spend(of_name(name), kOfName, now);
  spend(of_address(address), kOfAddress, now);
}

void Attempts::succeeded(const std::string& name) {
  const std::lock_guard lock(mutex_);
  buckets_.erase(of_name(name));
}

}  // namespace thranio::auth
