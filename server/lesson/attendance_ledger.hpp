// The attendance ledger: what the lessons tell of who is there goes into memory at once and to the disk soon,
// so that a kill -9 at any moment costs nobody more than a second.
// Way: Lesson (its strand) → [AttendanceLedger] → attendance_book → attendance_store (the writer's thread).
// Whoever comes or goes is written at once, in one transaction with all who did meanwhile; each second one
// transaction says of all running lessons how far they are (the beat), not of every person in them. A second,
// because attendance is right to the second and one small transaction is what that costs, however many
// lessons run; nothing is written while none does. A write that waits (an import has the disk) carries the
// times of what happened, not of the writing.
// Owned by main. Thread: any (the sink's methods lock a mutex and return); run(): io.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "server/lesson/attendance_book.hpp"
#include "server/lesson/attendance_sink.hpp"
#include "server/store/database.hpp"

namespace thranio::lesson {

class AttendanceLedger final : public AttendanceSink {
 public:
  static constexpr auto kBeat = std::chrono::seconds(1);

  // The database outlives it, the clock the database.
  AttendanceLedger(boost::asio::any_io_executor executor, store::Database& database, const Clock& clock)
      : strand_(boost::asio::make_strand(std::move(executor))),
        timer_(strand_),
        database_(database),
        clock_(clock) {}

  // Before the first lesson opens: ends what the last process left open.
  void recover();
  void start();
  // Everything that was told so far is on the disk, and how far each lesson is: ask before reading it.
  // False where the disk takes no writes: then what is read is as old as its last one.
  boost::asio::awaitable<bool> flush();
  // The same on the caller's thread, at the very end.
  void flush_now();

  void live(const LessonId& lesson, TimePoint now) override;
  void came(const LessonId& lesson, const Participant& who, TimePoint now) override;
  void away(const LessonId& lesson, const ParticipantId& who, EndReason reason, TimePoint when) override;
  void back(const LessonId& lesson, const ParticipantId& who) override;
  void gone(const LessonId& lesson, const ParticipantId& who) override;
  void line(const LessonId& lesson, const ParticipantId& who, Rung rung, double loss, TimePoint now) override;
  void spoke(const LessonId& lesson, const ParticipantId& who, std::chrono::milliseconds length) override;
  void over(const LessonId& lesson, TimePoint now) override;
  void stopping(TimePoint now) override;

 private:
  // Shared with the writes that are under way, which may end after their ledger.
  struct Shared {
    std::mutex mutex;
    AttendanceBook book;      // under mutex
    size_t refused_told = 0;  // under mutex
    Batch take(TimePoint now);
  };

  boost::asio::awaitable<void> run();
  void give_back(Batch batch);
  void wake();

  // Set at construction, never changed.
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  boost::asio::steady_timer timer_;  // strand only
  store::Database& database_;
  const Clock& clock_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();

  std::atomic<bool> woken_{false};
};

}  // namespace thranio::lesson
