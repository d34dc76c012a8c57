// Time behind an interface: the pure parts take `now` as a parameter, the shells ask a Clock; tests pass
// their own. Thread: any.
#pragma once

#include <chrono>

namespace thranio {

using TimePoint = std::chrono::steady_clock::time_point;  // for intervals: never jumps
using WallTime = std::chrono::system_clock::time_point;   // for people and for NTP: may jump
using Duration = std::chrono::steady_clock::duration;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace thranio
