// Who is asking: the outcome of checking a bearer token, and all that auth/permissions needs to decide.
// Two kinds of token: API tokens (a person or a script of the school) and join tokens (one person in one
// lesson). Thread: any (value).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/ids.hpp"

namespace thranio::auth {

enum class Role : uint8_t { kAdmin, kTeacher, kStudent, kGuardian, kGuest };
std::string_view to_string(Role role);
std::optional<Role> role_of(std::string_view text);

struct Principal {
  std::string token_id;  // names the token in logs without giving it away
  Role role = Role::kGuest;
  std::optional<UserId> user;            // an API token's user, or the user a join link was made for
  std::optional<LessonId> lesson;        // set for a join token: it opens this lesson and nothing else
  std::string name;                      // a join token's display name; empty for an open guest link
  std::vector<std::string> scopes = {};  // what an API token may be used for; none: whatever its role may
  std::optional<int64_t> expires_at_ms = {};  // since 1970
  // The same person after a reload or on a second device: "p_<user>" or "p_<token>".
  ParticipantId participant() const;
};

}  // namespace thranio::auth
