#include "server/auth/permissions.hpp"

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
          return relation.teaches;
        case Action::kReadLesson:
          return relation.teaches || relation.own_school;
        default:
          return false;
      }
    case Role::kStudent:
      return action == Action::kReadLesson && relation.attends;
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
      return true;
    case Action::kRunLesson:
    case Action::kInvite:
    case Action::kPublishCamera:
      return teacher;
    case Action::kPublishFloor:
      return teacher || role == Role::kStudent;
    default:
      return false;
  }
}

}  // namespace

Result<void> permit(const Principal& principal, Action action, const Relation& relation) {
  if (principal.lesson) {
    if (!relation.joins)
      return fail(ErrorKind::kForbidden, "wrong-lesson", "This join link belongs to another lesson.");
    if (allowed_in_lesson(principal.role, action)) return {};
  } else {
    // A user of one school has no power over another; a token without a user is the server's own admin.
    const bool reaches = !principal.user || relation.own_school;
    if (reaches && allowed(principal.role, action, relation)) return {};
  }
  return fail(ErrorKind::kForbidden, "not-allowed",
              "The role " + std::string{to_string(principal.role)} + " may not do this here.");
}

}  // namespace thranio::auth
