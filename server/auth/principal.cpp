#include "server/auth/principal.hpp"

namespace thranio::auth {

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kAdmin:
      return "admin";
    case Role::kTeacher:
      return "teacher";
    case Role::kStudent:
      return "student";
    case Role::kGuardian:
      return "guardian";
    case Role::kGuest:
      return "guest";
  }
  return "guest";
}

std::optional<Role> role_of(std::string_view text) {
  for (const Role role : {Role::kAdmin, Role::kTeacher, Role::kStudent, Role::kGuardian, Role::kGuest})
    if (to_string(role) == text) return role;
  return std::nullopt;
}

ParticipantId Principal::participant() const {
  return ParticipantId{user ? "p_" + user->value() : "p_" + token_id};
}

}  // namespace thranio::auth
