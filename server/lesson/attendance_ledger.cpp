#include "server/lesson/attendance_ledger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "server/lesson/attendance_store.hpp"
#include "server/lesson/lesson.hpp"

namespace thranio::lesson {

namespace asio = boost::asio;

void AttendanceLedger::recover() {
  const auto interrupted = database_.write_now(
      [](soci::session& sql) -> Result<std::vector<Interrupted>> { return end_what_was_interrupted(sql); });
  if (!interrupted) {
    log::error("attendance", {{"cause", interrupted.error().detail}});
    return;
  }
  const std::lock_guard lock(shared_->mutex);
  shared_->book.recover(*interrupted, clock_.now(), clock_.wall());
}

void AttendanceLedger::start() {
  asio::co_spawn(strand_, run(), asio::detached);
}

asio::awaitable<void> AttendanceLedger::run() {
  for (;;) {
    woken_ = false;
    bool idle = false;
    {
      const std::lock_guard lock(shared_->mutex);
      idle = shared_->book.idle();
    }
    if (!idle) {
      try {
        co_await flush();
      } catch (const std::exception& fault) {
        log::error("attendance", {{"cause", fault.what()}});
      }
    }
    timer_.expires_after(kBeat);
    if (woken_) continue;  // between the write and here
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

// What is to be written is taken on the writer's thread: whoever asks after another is told of all that the
// other was, and the beat is as late as it can be.
asio::awaitable<bool> AttendanceLedger::flush() {
  const auto batch = std::make_shared<Batch>();
  auto task = [shared = shared_, clock = &clock_, batch](soci::session& sql) -> Result<bool> {
    *batch = shared->take(clock->now());
    write_batch(sql, *batch);
    return true;
  };
  try {
    const auto written = co_await database_.write(std::move(task));
    if (!written) give_back(std::move(*batch));
    co_return written.has_value();
  } catch (...) {
    give_back(std::move(*batch));
    throw;
  }
}

void AttendanceLedger::flush_now() {
  Batch batch;
  const auto written = database_.write_now([&](soci::session& sql) -> Result<bool> {
    batch = shared_->take(clock_.now());
    write_batch(sql, batch);
    return true;
  });
  if (!written) log::error("attendance", {{"cause", written.error().detail}});
}

Batch AttendanceLedger::Shared::take(TimePoint now) {
  const std::lock_guard lock(mutex);
  auto batch = book.take(now);
  if (book.refused() > refused_told)
    log::error("attendance not kept", {{"stays", book.refused() - refused_told}});
  refused_told = book.refused();
  return batch;
}

void AttendanceLedger::give_back(Batch batch) {
  const std::lock_guard lock(shared_->mutex);
  shared_->book.give_back(std::move(batch));
}

void AttendanceLedger::wake() {
  if (woken_.exchange(true)) return;
  asio::post(strand_, [this] { timer_.cancel(); });
}

void AttendanceLedger::live(const LessonId& lesson, TimePoint now) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->book.live(lesson, now, clock_.wall());
  }
  wake();
}

void AttendanceLedger::came(const LessonId& lesson, const Participant& who, TimePoint now) {
  bool news = false;
  {
    const std::lock_guard lock(shared_->mutex);
    news = shared_->book.came(lesson, who, now, clock_.wall());
  }
  if (news) wake();
}

void AttendanceLedger::away(const LessonId& lesson, const ParticipantId& who, EndReason reason,
                            TimePoint when) {
  bool news = false;
  {
    const std::lock_guard lock(shared_->mutex);
    news = shared_->book.away(lesson, who, reason, when);
  }
  if (news) wake();
}

void AttendanceLedger::back(const LessonId& lesson, const ParticipantId& who) {
  bool news = false;
  {
    const std::lock_guard lock(shared_->mutex);
    news = shared_->book.back(lesson, who);
  }
  if (news) wake();
}

void AttendanceLedger::gone(const LessonId& lesson, const ParticipantId& who) {
  const std::lock_guard lock(shared_->mutex);
  shared_->book.gone(lesson, who);
}

void AttendanceLedger::line(const LessonId& lesson, const ParticipantId& who, Rung rung, double loss,
                            TimePoint now) {
  const std::lock_guard lock(shared_->mutex);
  shared_->book.line(lesson, who, rung, loss, now);
}

void AttendanceLedger::spoke(const LessonId& lesson, const ParticipantId& who,
                             std::chrono::milliseconds length) {
  const std::lock_guard lock(shared_->mutex);
  shared_->book.spoke(lesson, who, length);
}

void AttendanceLedger::over(const LessonId& lesson, TimePoint now) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->book.over(lesson, now);
  }
  wake();
}

void AttendanceLedger::stopping(TimePoint now) {
  const std::lock_guard lock(shared_->mutex);
  shared_->book.stop(now);
}

}  // namespace thranio::lesson
