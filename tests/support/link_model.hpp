// One direction of a poor link as arithmetic: a queue in front of a serialiser (or a policer without one),
// loss on the air, delay with jitter, outages, a rate that changes. Time is passed in and chance is seeded,
// so that a run can be told again. Every packet takes its share of the link before it can be lost, as on a
// radio. Thread: any (pure).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"

namespace thranio::test {

struct RateStep {
  Duration at{};  // since the start of the trace
  int64_t bits_per_second = 0;
};

struct Outage {
  Duration at{}, length{};  // since the first packet; what is sent meanwhile is lost
};

struct DirectionSettings {
  int64_t bits_per_second = 0;  // 0: as fast as one likes
  size_t queue_bytes = 16'000;  // what waits beyond this is dropped
  Duration delay{};
  Duration jitter{};      // either way, evenly; packets stay in order
  double loss = 0;        // of all packets, 0 to 1
  double mean_burst = 1;  // packets lost in a row; above 1: Gilbert's model (1960)
  bool policer = false;   // beyond the rate and `queue_bytes` of burst it is dropped; nothing waits
  std::vector<RateStep> trace = {};  // instead of bits_per_second, repeated after `trace_length`
  Duration trace_length{};
  std::vector<Outage> outages = {};
};

enum class Fate : uint8_t { kDelivered, kQueueFull, kPoliced, kLost, kOutage };

struct DirectionCounters {
  uint64_t offered_packets = 0, offered_bytes = 0, delivered_packets = 0, delivered_bytes = 0;
  uint64_t queue_full = 0, policed = 0, lost = 0, outage = 0;
  std::vector<uint32_t> queue_ms =
      {};  // how many packets waited so many ms for the serialiser; the last: or longer

  // The wait that `share` of the packets did not exceed.
  int wait_ms_at(double share) const;
};

class DirectionModel {
 public:
  static constexpr size_t kLongestWaitMs = 60'000;

  DirectionModel(DirectionSettings settings, uint64_t seed);

  struct Verdict {
    Fate fate = Fate::kDelivered;
    TimePoint at;  // of arrival, where there is one
  };
  // `now` never goes back. bytes: the IP packet.
  Verdict offer(TimePoint now, size_t bytes);
  // From here on; what waits stays, traces and outages begin with the next packet.
  void change(DirectionSettings settings) {
    settings_ = std::move(settings);
    first_.reset();
  }
  const DirectionCounters& counters() const { return counters_; }
  void forget_counts() { counters_ = {}; }

 private:
  int64_t rate_at(TimePoint time, TimePoint* until) const;
  TimePoint served(TimePoint start, size_t bytes) const;
  bool lost();
  Fate admit(TimePoint now, size_t bytes);

  DirectionSettings settings_;
  std::mt19937_64 random_;
  DirectionCounters counters_;
  std::optional<TimePoint> first_;  // packet
  TimePoint free_;                  // when the serialiser has served all that waits
  std::deque<std::pair<TimePoint, size_t>> waiting_;
  size_t waiting_bytes_ = 0;
  double tokens_ = 0;  // bytes, of the policer
  TimePoint tokens_at_;
  bool in_burst_ = false;
  TimePoint last_arrival_;
};

}  // namespace thranio::test
