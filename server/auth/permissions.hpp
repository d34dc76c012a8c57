// Who may do what: role and relation in, yes or a reason out. One table, in one place; no database, no
// socket. Way: api, media_api, signaling → [permissions]. Thread: any (pure).
#pragma once

#include <cstdint>

#include "pipelines/base/error.hpp"
#include "server/auth/principal.hpp"

namespace thranio::auth {

enum class Action : uint8_t {
  kManageSchool,   // schools, users, classes, enrollments, tokens: make, change, delete
  kReadSchool,     // the same: read
  kManageLessons,  // schedule, change, delete
  kReadLesson,
  kRunLesson,       // start, end
  kInvite,          // make join links
  kTakePart,        // WebSocket, WHEP
  kPublishCamera,   // WHIP: camera, screen
  kPublishFloor,    // WHIP: floor, and only when it was given
  kReadAttendance,  // everybody's; one's own needs no more than kReadLesson
  kCorrectAttendance,
  kCount
};

// How the one who asks stands to what she asks for. The caller finds out; this file decides.
struct Relation {
  bool own_school = false;  // her user belongs to the school concerned
  bool teaches = false;     // enrolled in the class as teacher
  bool attends = false;     // enrolled in the class as student
  bool guards = false;      // acts for a student of the class
  bool joins = false;       // holds a join token of this very lesson
};

// What a token's scope lets through: "roster:read", "roster:write", "timetable:read", "timetable:write",
// "lessons:run".
std::string_view scope_of(Action action);

// Errors: not-allowed, saying what would be needed; scope-missing for an API token that was made for less;
// wrong-lesson for a join token of another lesson.
Result<void> permit(const Principal& principal, Action action, const Relation& relation);

}  // namespace thranio::auth
