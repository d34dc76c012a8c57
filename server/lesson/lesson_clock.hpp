// Ends live lessons at their time plus grace. The store has the last word: what is due is read from it at
// each tick, so that a restart, an edit or a new lesson needs no word to the clock. When the wall clock jumps
// (a machine that found its NTP server), no lesson ends because of it: for kHold after the jump none does.
// Way: timer → [LessonClock] → timetable_store, Lessons. Owned by main. Thread: io.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pipelines/base/clock.hpp"
#include "server/lesson/lessons.hpp"
#include "server/store/database.hpp"

namespace thranio::lesson {

// Tells a jump of the wall clock from time that passed. Pure.
class JumpGuard {
 public:
  static constexpr auto kJump = std::chrono::seconds(60);  // more than that between two clocks is no drift
  static constexpr auto kHold = std::chrono::minutes(10);  // for somebody to see and mend the clock

  // At each tick. False while what is due must wait.
  bool may_end(WallTime wall, TimePoint now);
  bool jumped_now() const { return jumped_now_; }

 private:
  std::optional<std::pair<WallTime, TimePoint>> last_;
  std::optional<TimePoint> held_until_;
  bool jumped_now_ = false;
};

std::vector<schedule::LessonRecord> due(const std::vector<schedule::LessonRecord>& live, WallTime now);

class LessonClock {
 public:
  static constexpr auto kTick = std::chrono::seconds(5);

  LessonClock(boost::asio::any_io_executor executor, store::Database& database, Lessons& lessons)
      : timer_(std::move(executor)), database_(database), lessons_(lessons) {}
  void start();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> tick();
  boost::asio::awaitable<void> end(schedule::LessonRecord lesson);

  // io only.
  boost::asio::steady_timer timer_;
  store::Database& database_;
  Lessons& lessons_;
  JumpGuard guard_;
};

}  // namespace thranio::lesson
