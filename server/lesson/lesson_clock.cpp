#include "server/lesson/lesson_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "server/auth/audit_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/times.hpp"

namespace thranio::lesson {

namespace asio = boost::asio;
using schedule::LessonRecord;
using schedule::LessonStatus;

bool JumpGuard::may_end(WallTime wall, TimePoint now) {
  const auto passed = last_ ? wall - last_->first : WallTime::duration{};
  const auto really = last_ ? now - last_->second : TimePoint::duration{};
  jumped_now_ = std::chrono::abs(passed - really) > kJump;
  last_ = {wall, now};
  if (jumped_now_) held_until_ = now + kHold;
  return !held_until_ || now >= *held_until_;
}

std::vector<LessonRecord> due(const std::vector<LessonRecord>& live, WallTime now) {
  std::vector<LessonRecord> over;
  for (const auto& lesson : live)
    if (lesson.ends_by_itself_at() <= now) over.push_back(lesson);
  return over;
}

void LessonClock::start() {
  asio::co_spawn(timer_.get_executor(), run(), asio::detached);
}

asio::awaitable<void> LessonClock::run() {
  for (;;) {
    try {
      co_await tick();
    } catch (const std::exception& fault) {
      log::error("lesson clock", {{"cause", fault.what()}});
    }
    timer_.expires_after(kTick);
    const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
  }
}

asio::awaitable<void> LessonClock::tick() {
  const auto now = std::chrono::system_clock::now();
  const bool may_end = guard_.may_end(now, std::chrono::steady_clock::now());
  if (guard_.jumped_now()) log::error("clock jumped", {{"now", store::to_rfc3339(now)}});
  if (!may_end) co_return;
  auto task = [](soci::session& sql) -> Result<std::vector<LessonRecord>> {
    return schedule::lessons_by_status(sql, LessonStatus::kLive);
  };
  const auto live = co_await database_.read(std::move(task));
  if (!live) co_return;
  const auto over = due(*live, now);
  for (size_t i = 0; i < over.size(); ++i)
    co_await end(over[i]);
}

asio::awaitable<void> LessonClock::end(LessonRecord lesson) {
  auto task = [lesson](soci::session& sql) -> Result<bool> {
    const int64_t now_ms = store::to_millis(std::chrono::system_clock::now());
    // Edited a moment ago: the next tick looks again.
    if (!schedule::set_lesson_status(sql, lesson.id.value(), LessonStatus::kEnded, now_ms, lesson.version))
      return false;
    auth::AuditEntry entry;
    entry.at_ms = now_ms;
    entry.school_id = lesson.school.value();
    entry.actor = entry.actor_name = "server";
    entry.action = "end";
    entry.entity = "Lesson";
    entry.entity_id = lesson.id.value();
    auth::append_audit(sql, std::move(entry));
    return true;
  };
  const auto ended = co_await database_.write(std::move(task));
  if (!ended || !*ended) co_return;
  log::info("lesson ended by the clock", {{"lesson", lesson.id.value()}});
  lesson.status = LessonStatus::kEnded;
  ++lesson.version;
  lessons_.end(lesson);
}

}  // namespace thranio::lesson
