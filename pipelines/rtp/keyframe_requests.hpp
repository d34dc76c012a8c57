// Merges the key frame wishes of many students into few requests to the teacher: at most one per kInterval
// and track. A key frame that passes answers them all; one that does not come is asked for again. Spec: RFC
// 4585 section 6.3.1. Way: workers' lessons → lesson pipeline → publisher → [keyframe_requests] → PLI. Owned
// by the publisher's track. Thread: net. Time is passed in. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "pipelines/base/clock.hpp"

namespace thranio::rtp {

class KeyFrameRequests {
 public:
  // A key frame of a talking head is 5 to 20 times an ordinary frame: one a second is what an uplink bears.
  static constexpr auto kInterval = std::chrono::seconds(1);

  void want() { wanted_ = true; }
  void key_frame_passed() { wanted_ = false; }
  // True when a request is to be sent now.
  bool due(TimePoint now) {
    if (!wanted_ || (last_sent_ && now - *last_sent_ < kInterval)) return false;
    last_sent_ = now;
    return true;
  }

 private:
  bool wanted_ = false;
  std::optional<TimePoint> last_sent_;
};

}  // namespace thranio::rtp
