// How many bits a second a track takes on a student's line: the mean of the last four seconds, headers and
// all; and the most that it took lately, as a shared screen is silent between two slides. Owned by the track.
// Thread: net. Pure: time is passed in.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "pipelines/base/clock.hpp"

namespace thranio::rtp {

class RateMeter {
 public:
  static constexpr auto kBucket = std::chrono::milliseconds(500);
  static constexpr size_t kBuckets = 8;
  // RTP 12, transport-wide number 8, SRTP tag 16, UDP 8, IPv4 20.
  static constexpr size_t kHeaders = 64;

  void add(size_t payload_bytes, TimePoint now) {
    advance(now);
    bytes_[bucket_ % kBuckets] += payload_bytes + kHeaders;
  }

  // The most that half a second took; of an old one half is believed after 20 s.
  int64_t peak(TimePoint now) {
    advance(now);
    return static_cast<int64_t>(peak_);
  }

  // Before the first bucket is full nothing is known: 0.
  int64_t bits_per_second(TimePoint now) {
    if (first_ < 0) return 0;
    advance(now);
    const int64_t whole = std::min<int64_t>(bucket_ - first_, kBuckets - 1);
    if (whole == 0) return 0;
    uint64_t sum = 0;
    for (int64_t back = 1; back <= whole; ++back)
      sum += bytes_[static_cast<size_t>(bucket_ - back) % kBuckets];
    return static_cast<int64_t>(sum) * 8 * 1000 / (whole * kBucket.count());
  }

 private:
  void advance(TimePoint now) {
    const int64_t bucket = now.time_since_epoch() / kBucket;
    if (first_ < 0) first_ = bucket_ = bucket;
    while (bucket_ < bucket && bucket - bucket_ <= static_cast<int64_t>(kBuckets)) {
      const auto bits =
          static_cast<double>(bytes_[static_cast<size_t>(bucket_) % kBuckets]) * 8 * 1000 / kBucket.count();
      peak_ = std::max(peak_ * kFades, bits);
      bytes_[static_cast<size_t>(++bucket_) % kBuckets] = 0;
    }
    if (bucket_ < bucket) {
      peak_ /= 2;
      bytes_.fill(0);
      bucket_ = bucket;
    }
  }

  std::array<uint64_t, kBuckets> bytes_{};
  static constexpr double kFades = 0.983;  // a bucket
  double peak_ = 0;
  int64_t bucket_ = 0, first_ = -1;
};

}  // namespace thranio::rtp
