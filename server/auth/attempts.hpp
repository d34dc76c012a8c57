// How often somebody may try to sign in: so many in a while for one name, more for one address (a school has
// one). Pure: time is passed in. Bound: kMostKeys names and addresses; when they are full, those longest
// quiet are forgotten. Thread: any (locks inside).
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "pipelines/base/clock.hpp"

namespace thranio::auth {

class Attempts {
 public:
  static constexpr int kOfName = 10, kOfAddress = 100;       // failures that are let through at once
  static constexpr auto kWindow = std::chrono::minutes(10);  // in which as many come back
  static constexpr size_t kMostKeys = 20'000;

  // How long to wait before another try, or nothing.
  std::optional<std::chrono::seconds> wait(const std::string& name, const std::string& address,
                                           TimePoint now);
  void failed(const std::string& name, const std::string& address, TimePoint now);
  void succeeded(const std::string& name);

 private:
  struct Bucket {
    double spent = 0;
    TimePoint at;
  };
  static double spent(const Bucket& bucket, double most, TimePoint now);
  std::optional<std::chrono::seconds> wait_of(const std::string& key, double most, TimePoint now) const;
  void spend(const std::string& key, double most, TimePoint now);

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace thranio::auth
