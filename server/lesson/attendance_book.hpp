// The attendance ledger's memory: which stays run in which lesson, what the disk does not know yet, and until
// when each lesson is known to have run. Way: attendance_ledger → [AttendanceBook] → Batch →
// attendance_store. Time: a lesson's clock is the wall clock at its first event and runs on with the steady
// clock, so that a jump of the wall clock (NTP, a wrong battery) changes no length; after a restart it goes
// on from the last beat at the earliest. Bounds: kMostPending stays wait for the disk, kMostMinutes are kept
// of each one's line. Owned by attendance_ledger. Thread: any (pure; its owner locks).
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "server/lesson/attendance.hpp"

namespace thranio::lesson {

struct Participant;

// A row of lesson_ledgers.
struct LedgerRow {
  std::string lesson_id;
  std::optional<int64_t> live_at, ended_at;
  int64_t beat_at = 0;
  int64_t outage_ms = 0;
};

// What is to be written, each row as it is now.
struct Batch {
  std::vector<LedgerRow> ledgers;
  std::vector<Presence> presences;
  bool empty() const { return ledgers.empty() && presences.empty(); }
};

// A lesson that ran when the last process ended, and those who were there.
struct Interrupted {
  LedgerRow ledger;
  std::vector<Presence> stopped;
};

class AttendanceBook {
 public:
  // A browser waits up to 8 s between two tries and a server starts in a few: whoever is back this soon after
  // the last beat was never away, for it was not she who was. A longer outage is taken off the lesson's time.
  static constexpr auto kRestartGrace = std::chrono::seconds(30);
  // More stays than that are not written down until the disk has taken some: it is gone, and memory is not.
  static constexpr size_t kMostPending = 65'536;
  static constexpr size_t kMostMinutes = 24 * 60;

  void recover(const std::vector<Interrupted>& lessons, TimePoint now, WallTime wall);

  void live(const LessonId& lesson, TimePoint now, WallTime wall);
  // True if the disk should hear of it at once.
  bool came(const LessonId& lesson, const Participant& who, TimePoint now, WallTime wall);
  bool away(const LessonId& lesson, const ParticipantId& who, EndReason reason, TimePoint when);
  bool back(const LessonId& lesson, const ParticipantId& who);
  void gone(const LessonId& lesson, const ParticipantId& who);
  void line(const LessonId& lesson, const ParticipantId& who, Rung rung, double loss, TimePoint now);
  // Counts while she is there; on the disk with the next beat.
  void spoke(const LessonId& lesson, const ParticipantId& who, std::chrono::milliseconds length);
  void over(const LessonId& lesson, TimePoint now);
  void stop(TimePoint now);

  // Nothing runs and nothing waits to be written.
  bool idle() const { return lessons_.empty() && stays_.empty() && ledgers_.empty(); }
  // What is to be written: who came or went since the last time, and how far every lesson is.
  Batch take(TimePoint now);
  // The disk did not take it: it waits again, unless there is newer.
  void give_back(Batch batch);
  size_t refused() const { return refused_; }

 private:
  // Which rung a line had how long in this minute, and what it lost.
  struct Sampler {
    std::optional<Rung> rung;
    int64_t since = 0;  // of what is not counted yet
    std::array<int64_t, kRungCount> ms{};
    double loss_sum = 0;
    int losses = 0;
  };
  struct Stay {
    Presence row;
    Sampler line;
    bool spoke = false;  // more than the disk knows
  };
  struct Running {
    TimePoint began{};
    int64_t began_ms = 0;
    LedgerRow ledger;
    bool live = false;
    std::optional<int64_t> interrupted_at;  // the last process's last beat, until the lesson is live again
    std::map<ParticipantId, Stay> stays;    // those who are there, and those who may be back
    int64_t at(TimePoint time) const;
  };

  Running& running(const LessonId& lesson, TimePoint now, WallTime wall);
  static void sample(Stay& stay, int64_t now);
  static void end(Stay& stay, EndReason reason, int64_t at);
  void end_all(Running& lesson, EndReason reason, int64_t at);
  void beat(Running& lesson, int64_t at);
  void beat_all(TimePoint now);
  void put(const Presence& row);

  std::map<LessonId, Running> lessons_;
  std::map<std::string, Presence> stays_;     // by id: what the disk does not know yet
  std::map<std::string, LedgerRow> ledgers_;  // by lesson: ended ones that the disk does not know yet
  bool stopped_ = false;
  size_t refused_ = 0;
};

}  // namespace thranio::lesson
