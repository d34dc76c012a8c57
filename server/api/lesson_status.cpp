#include "server/api/lesson_status.hpp"

#include <nlohmann/json.hpp>

#include "server/api/resource.hpp"
#include "server/schedule/closures.hpp"
#include "server/store/times.hpp"

namespace thranio::api {

using schedule::LessonRecord;
using schedule::LessonStatus;

Result<LessonRecord> set_status(soci::session& sql, const Asker& asker, LessonRecord lesson,
                                LessonStatus wanted) {
  if (lesson.status == wanted) return lesson;
  if (lesson.status == LessonStatus::kCancelled)
    return fail(ErrorKind::kConflict, "lesson-cancelled", "This lesson was cancelled.");
  if (wanted == LessonStatus::kEnded && lesson.status == LessonStatus::kScheduled)
    return fail(ErrorKind::kConflict, "lesson-not-live", "This lesson has not started; delete it instead.");
  if (wanted == LessonStatus::kLive && lesson.status == LessonStatus::kEnded)
    return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; schedule another.");
  if (wanted == LessonStatus::kLive) {
    const auto row = store::find<schedule::LessonRow>(sql, lesson.id.value());
    const schedule::ClosureCalendar closures(sql, lesson.school.value(),
                                             schedule::zone_of_school(sql, lesson.school.value()),
                                             row->starts_at, row->ends_at);
    if (const auto* closure = closures.suspends(*row))
      return fail(
          ErrorKind::kConflict, "lesson-suspended",
          "The school is closed (" + closure->title + "); set despite_closure to hold it all the same.");
  }
  if (!schedule::set_lesson_status(sql, lesson.id.value(), wanted, asker.now_ms, lesson.version))
    return std::unexpected(stale_version());
  audit(sql, asker, wanted == LessonStatus::kLive ? "start" : "end", "Lesson", lesson.id.value(),
        lesson.school.value(), "", "");
  lesson.status = wanted;
  if (wanted == LessonStatus::kLive) lesson.live_since = store::from_millis(asker.now_ms);
  ++lesson.version;
  return lesson;
}

Result<void> require_joinable(const LessonRecord& lesson) {
  if (lesson.status == LessonStatus::kEnded)
    return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; nobody can join it.");
  if (lesson.status == LessonStatus::kCancelled)
    return fail(ErrorKind::kConflict, "lesson-cancelled", "This lesson was cancelled; nobody can join it.");
  return {};
}

bool takes_part_as(soci::session& sql, const LessonRecord& lesson, const std::string& user,
                   const std::string& role) {
  if (role == "teacher" && lesson.teacher && lesson.teacher->value() == user) return true;
  const std::string day =
      schedule::zone_of_school(sql, lesson.school.value()).day_of(std::chrono::system_clock::now());
  return roster::is_enrolled(sql, lesson.cls.value(), user, role, day);
}

}  // namespace thranio::api
