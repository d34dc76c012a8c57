#include "server/auth/permissions.hpp"

#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

using namespace thranio;
using auth::Action;
using auth::Principal;
using auth::Relation;
using auth::Role;

namespace {

using enum auth::Action;
using Actions = std::set<Action>;

const Actions kAll = [] {
  Actions all;
  for (int i = 0; i < static_cast<int>(kCount); ++i)
    all.insert(static_cast<Action>(i));
  return all;
}();

const Relation kNobody{}, kOwnSchool{.own_school = true}, kTeaches{.own_school = true, .teaches = true},
    kAttends{.own_school = true, .attends = true}, kJoins{.joins = true};

Principal api_token(Role role) {
  return {.token_id = "t_1", .role = role, .user = UserId{"u_1"}, .lesson = {}, .name = {}};
}

Principal join_token(Role role) {
  return {.token_id = "t_1", .role = role, .user = {}, .lesson = LessonId{"l_1"}, .name = "Eleni"};
}

const Principal kServerAdmin{.token_id = "t_1", .role = Role::kAdmin, .user = {}, .lesson = {}, .name = {}};

Actions permitted(const Principal& who, const Relation& relation) {
  Actions actions;
  for (const Action action : kAll)
    if (auth::permit(who, action, relation)) actions.insert(action);
  return actions;
}

const Actions kAdministration{kManageSchool, kReadSchool, kManageLessons,  kReadLesson,
                              kRunLesson,    kInvite,     kReadAttendance, kCorrectAttendance};

}  // namespace

TEST_CASE("every role with an API token may exactly what the table says, in every relation",
          "[auth][permissions]") {
  CHECK(permitted(kServerAdmin, kNobody) == kAdministration);
  CHECK(permitted(api_token(Role::kAdmin), kOwnSchool) == kAdministration);
  CHECK(permitted(api_token(Role::kAdmin), kNobody) == Actions{});

  CHECK(permitted(api_token(Role::kTeacher), kTeaches) == Actions{kReadSchool, kManageLessons, kReadLesson,
                                                                  kRunLesson, kInvite, kReadAttendance,
                                                                  kCorrectAttendance});
  CHECK(permitted(api_token(Role::kTeacher), kAttends) == Actions{kReadSchool, kReadLesson});
  CHECK(permitted(api_token(Role::kTeacher), kOwnSchool) == Actions{kReadSchool, kReadLesson});
  CHECK(permitted(api_token(Role::kTeacher), kNobody) == Actions{});

  CHECK(permitted(api_token(Role::kStudent), kAttends) == Actions{kReadLesson});
  CHECK(permitted(api_token(Role::kStudent), kTeaches) == Actions{});
  CHECK(permitted(api_token(Role::kStudent), kOwnSchool) == Actions{});
  CHECK(permitted(api_token(Role::kStudent), kNobody) == Actions{});

  CHECK(permitted(api_token(Role::kGuest), kTeaches) == Actions{});
}

TEST_CASE("a join token opens its own lesson as far as its role goes", "[auth][permissions]") {
  CHECK(permitted(join_token(Role::kTeacher), kJoins) == Actions{kReadLesson, kTakePart, kRunLesson, kInvite,
                                                                 kPublishCamera, kPublishFloor,
                                                                 kReadAttendance, kCorrectAttendance});
  CHECK(permitted(join_token(Role::kStudent), kJoins) == Actions{kReadLesson, kTakePart, kPublishFloor});
  CHECK(permitted(join_token(Role::kGuest), kJoins) == Actions{kReadLesson, kTakePart, kPublishFloor});
}

TEST_CASE("a join token opens nothing but its lesson, whoever its user is elsewhere", "[auth][permissions]") {
  const Role role = GENERATE(Role::kAdmin, Role::kTeacher, Role::kStudent, Role::kGuest);
  for (const Action action : kAll) {
    const auto refused = auth::permit(join_token(role), action, kTeaches);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "wrong-lesson");
    CHECK(refused.error().kind == ErrorKind::kForbidden);
  }
}

TEST_CASE("an API token of a teacher in another school is powerless even where ids are known",
          "[auth][permissions]") {
  const auto refused = auth::permit(api_token(Role::kTeacher), kRunLesson, Relation{.teaches = true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "not-allowed");
}
