// What a live lesson tells of who is there; the attendance ledger listens, tests listen with a fake. A call
// costs a map's entry and never waits: no disk, no strand. Way: Lesson, Lessons → [AttendanceSink] →
// attendance_ledger. Thread: any (a lesson calls from its strand).
#pragma once

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/base/rung.hpp"
#include "server/lesson/attendance.hpp"

namespace thranio::lesson {

struct Participant;

class AttendanceSink {
 public:
  virtual ~AttendanceSink() = default;
  // The lesson's time begins; said again after a restart.
  virtual void live(const LessonId&, TimePoint) {}
  // Somebody is there; said again for another tab, or when she is back before she was gone.
  virtual void came(const LessonId&, const Participant&, TimePoint) {}
  // Her last link is gone since then. She may be back until she is gone: then she was never away.
  virtual void away(const LessonId&, const ParticipantId&, EndReason, TimePoint) {}
  // She is there after all: her link to the class broke, but she is heard.
  virtual void back(const LessonId&, const ParticipantId&) {}
  virtual void gone(const LessonId&, const ParticipantId&) {}
  // What her line carries from now on, and loses.
  virtual void line(const LessonId&, const ParticipantId&, Rung, double /*loss*/, TimePoint) {}
  // A student's voice has sounded for so much longer.
  virtual void spoke(const LessonId&, const ParticipantId&, std::chrono::milliseconds) {}
  // The lesson is over for whoever is still there; may be said twice.
  virtual void over(const LessonId&, TimePoint) {}
  // The server stops: nobody is there any more, and nothing that is said after it counts.
  virtual void stopping(TimePoint) {}
};

}  // namespace thranio::lesson
