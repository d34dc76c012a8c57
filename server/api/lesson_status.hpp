// Starting, ending and joining a lesson, as the store sees it: for lessons_api, media_api and the lesson
// clock. Thread: db.
#pragma once

#include <string>

#include "server/api/rest.hpp"

namespace thranio::api {

// Moves the lesson to live or ended, and tells the audit log; one that is so already stays so. Errors:
// lesson-ended, lesson-cancelled, lesson-suspended, lesson-not-live, stale-version.
Result<schedule::LessonRecord> set_status(soci::session& sql, const Asker& asker,
                                          schedule::LessonRecord lesson, schedule::LessonStatus wanted);

// Errors: lesson-ended, lesson-cancelled.
Result<void> require_joinable(const schedule::LessonRecord& lesson);

// In the class today with this role, or standing in for its teacher.
bool takes_part_as(soci::session& sql, const schedule::LessonRecord& lesson, const std::string& user,
                   const std::string& role);

}  // namespace thranio::api
