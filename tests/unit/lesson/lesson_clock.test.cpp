#include "server/lesson/lesson_clock.hpp"

#include <catch2/catch.hpp>

#include "server/store/times.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using lesson::JumpGuard;

namespace {

const WallTime kNine = store::parse_rfc3339("2026-09-14T09:00:00Z").value();
const TimePoint kStart{1000h};

}  // namespace

TEST_CASE("the clock ends what is over, with its grace, and nothing else", "[lesson]") {
  schedule::LessonRecord lesson;
  lesson.starts_at = kNine;
  lesson.ends_at = kNine + 45min;
  lesson.live_since = kNine - 2min;
  lesson.grace = 15min;
  CHECK(lesson::due({lesson}, kNine + 60min - 1ms).empty());
  CHECK(lesson::due({lesson}, kNine + 60min).size() == 1);
}

TEST_CASE("a wall clock that jumps ends nothing until people had time to mend it", "[lesson]") {
  JumpGuard guard;
  CHECK(guard.may_end(kNine, kStart));
  CHECK(guard.may_end(kNine + 5s, kStart + 5s));
  CHECK(guard.may_end(kNine + 65s, kStart + 35s));  // drift of a busy machine
  const auto jump = GENERATE(3h, -3h);
  CHECK_FALSE(guard.may_end(kNine + jump + 40s, kStart + 40s));
  CHECK(guard.jumped_now());
  CHECK_FALSE(guard.may_end(kNine + jump + 45s, kStart + 45s));
  CHECK_FALSE(guard.jumped_now());
  CHECK_FALSE(guard.may_end(kNine + 50s, kStart + 50s));  // mended: that is a jump, too
  CHECK(guard.jumped_now());
  CHECK_FALSE(guard.may_end(kNine + 55s, kStart + 55s));
  CHECK(guard.may_end(kNine + 50s + JumpGuard::kHold, kStart + 50s + JumpGuard::kHold));
}

TEST_CASE("a machine that slept ends what is over at once: both clocks agree on it", "[lesson]") {
  JumpGuard guard;
  CHECK(guard.may_end(kNine, kStart));
  CHECK(guard.may_end(kNine + 5h, kStart + 5h));
}
