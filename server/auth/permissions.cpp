#include "server/auth/permissions.hpp"

#include <algorithm>

namespace thranio::auth {
namespace {

// With an API token.
bool allowed(Role role, Action action, const Relation& relation) {
  switch (role) {
    case Role::kAdmin:  // of the whole server, or of her own school
      return action != Action::kPublishCamera && action != Action::kPublishFloor &&
             action != Action::kTakePart;
    case Role::kTeacher:
      switch (action) {
        case Action::kReadSchool:
          return relation.own_school;
        case Action::kManageLessons:
        case Action::kRunLesson:
        case Action::kInvite:
        case Action::kReadAttendance:
        case Action::kCorrectAttendance:
          return relation.teaches;
        case Action::kReadLesson:
          return relation.teaches || relation.own_school;
        default:
          return false;
      }
    case Role::kStudent:
      return action == Action::kReadLesson && relation.attends;
    case Role::kGuardian:
      return action == Action::kReadLesson && relation.guards;
    case Role::kGuest:
      return false;
  }
  return false;
}

// With a join token of this lesson.
bool allowed_in_lesson(Role role, Action action) {
  const bool teacher = role == Role::kTeacher;
  switch (action) {
    case Action::kReadLesson:
    case Action::kTakePart:
    case Action::kPublishFloor:  // who has the floor is the class's state (lesson/class_rules)
      return true;
    case Action::kRunLesson:
    case Action::kInvite:
    case Action::kPublishCamera:
    case Action::kReadAttendance:
    case Action::kCorrectAttendance:
      return teacher;
    default:
      return false;
  }
}

}  // namespace

std::string_view scope_of(Action action) {
  switch (action) {
    case Action::kManageSchool:
      return "roster:write";
    case Action::kReadSchool:
      return "roster:read";
    case Action::kManageLessons:
    case Action::kCorrectAttendance:
      return "timetable:write";
    case Action::kReadLesson:
    case Action::kReadAttendance:
      return "timetable:read";
    default:
      return "lessons:run";
  }
}

Result<void> permit(const Principal& principal, Action action, const Relation& relation) {
  if (principal.lesson) {
    if (!relation.joins)
      return fail(ErrorKind::kForbidden, "wrong-lesson", "This join link belongs to another lesson.");
    if (allowed_in_lesson(principal.role, action)) return {};
  } else {
    const auto scope = scope_of(action);
    if (!principal.scopes.empty() && std::ranges::find(principal.scopes, scope) == principal.scopes.end())
      return fail(ErrorKind::kForbidden, "scope-missing",
                  "This token was made without the scope " + std::string{scope} + ".");
    // A user of one school has no power over another; a token without a user is the server's own admin.
    const bool reaches = !principal.user || relation.own_school;
    if (reaches && allowed(principal.role, action, relation)) return {};
  }
  return fail(ErrorKind::kForbidden, "not-allowed",
              "The role " + std::string{to_string(principal.role)} + " may not do this here.");
}

}  // namespace thranio::auth
