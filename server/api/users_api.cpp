#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/roster/privacy_store.hpp"

// People, and who acts for whom.
namespace thranio::api {
namespace {

using nlohmann::json;
using roster::Guardianship;
using roster::RoleAssignment;
using roster::User;

Result<void> may_erase(soci::session& sql, const User& user) {
  if (roster::user_is_free(sql, user.id)) return {};
  return fail(ErrorKind::kConflict, "user-enrolled", "The user is still enrolled in a class.");
}

Result<void> check_user(soci::session&, const Asker&, const User* before, User&, const json&) {
  if (!before || !roster::is_erased(*before)) return {};
  return fail(ErrorKind::kConflict, "user-erased", "This person was erased; make a new one.");
}

// Whoever is gone, or may no longer come in, holds no token.
void written(soci::session& sql, const User* before, const User* after) {
  if (before && (!after || (before->enabled && !after->enabled))) roster::void_tokens(sql, before->id);
}

Result<void> permit_user(soci::session& sql, const auth::Principal& who, const User& user, bool write) {
  return permit_in_school(sql, who, user.school_id, write);
}

// The user of the path: her school's admin says who acts for her, and what she is elsewhere.
Result<void> permit_owned_by(soci::session& sql, const auth::Principal& who, const std::string& id,
                             bool write) {
  const auto user = store::find<User>(sql, id);
  // Nobody is told of another school's people: what is not hers is not there.
  if (!user || user->deleted_at) return std::unexpected(not_found());
  return permit_user(sql, who, *user, write);
}

// Somebody of this school, or of one that stands with it under the same organisation, has a role in another.
Result<void> check_role(soci::session& sql, const Asker& asker, const RoleAssignment*, RoleAssignment& row,
                        const json&) {
  const auto user = store::find<User>(sql, row.user_id);
  const auto school = store::find<roster::School>(sql, row.school_id);
  if (!user || !school || school->deleted_at || !permit_in_school(sql, asker.who, row.school_id, true))
    return fail(ErrorKind::kInvalid, "invalid-field", "There is no such organisation of yours.",
                "/school_id");
  if (!row.ends_on.empty() && row.ends_on < row.starts_on)
    return fail(ErrorKind::kInvalid, "invalid-field", "A role ends on or after its first day.", "/ends_on");
  return {};
}

Result<void> check_guardianship(soci::session& sql, const Asker&, const Guardianship*, Guardianship& row,
                                const json&) {
  const auto refuse = [](ErrorKind kind, const char* code, const char* sentence) {
    return fail(kind, code, sentence, "/guardian_id");
  };
  const auto student = store::find<User>(sql, row.student_id),
             guardian = store::find<User>(sql, row.guardian_id);
  if (!guardian || guardian->deleted_at || !student)
    return refuse(ErrorKind::kInvalid, "invalid-field", "There is no such user.");
  if (guardian->school_id != student->school_id)
    return refuse(ErrorKind::kConflict, "other-school", "Student and guardian belong to different schools.");
  if (row.guardian_id == row.student_id || roster::is_guardian(sql, row.guardian_id, row.student_id))
    return refuse(ErrorKind::kConflict, "already-guardian", "This user acts for the student already.");
  return {};
}

}  // namespace

std::vector<http::Route> user_routes(const Api& api) {
  Resource<User> users;
  users.name = "User";
  users.prefix = "u";
  users.item_path = "/api/v1/users/";
  users.collection_path = "/api/v1/schools/{id}/users";
  users.owner = &User::school_id;
  users.owner_column = "school_id";
  users.filters = {{"role", "roles", Filter::How::kHasWord},
                   {"username", "username"},
                   {"email", "email"},
                   {"identifier", "identifier"},
                   {"sourced_id", "sourced_id"},
                   {"family_name", "family_name", Filter::How::kBeginsWith},
                   {"given_name", "given_name", Filter::How::kBeginsWith},
                   {"updated_since", "updated_at", Filter::How::kFrom}};
  users.sorts = {"family_name"};
  users.check = check_user;
  users.may_erase = may_erase;
  users.written = written;
  users.school = [](soci::session&, const User& user) { return user.school_id; };
  users.permit_owner = permit_in_school;
  users.permit_row = permit_user;
  auto routes = resource_routes(api, std::move(users));

  Resource<Guardianship> guardians;
  guardians.name = "Guardianship";
  guardians.prefix = "g";
  guardians.item_path = "/api/v1/guardianships/";
  guardians.collection_path = "/api/v1/users/{id}/guardians";
  guardians.owner = &Guardianship::student_id;
  guardians.owner_column = "student_id";
  guardians.check = check_guardianship;
  guardians.school = [](soci::session& sql, const Guardianship& row) {
    return store::find<User>(sql, row.student_id)->school_id;
  };
  guardians.permit_owner = permit_owned_by;
  guardians.permit_row = [](soci::session& sql, const auth::Principal& who, const Guardianship& row,
                            bool write) { return permit_owned_by(sql, who, row.student_id, write); };
  for (auto& route : resource_routes(api, std::move(guardians)))
    if (route.method != http::Method::kPatch)
      routes.push_back(std::move(route));  // there is nothing to change

  Resource<RoleAssignment> roles;
  roles.name = "RoleAssignment";
  roles.prefix = "r";
  roles.item_path = "/api/v1/role-assignments/";
  roles.collection_path = "/api/v1/users/{id}/role-assignments";
  roles.owner = &RoleAssignment::user_id;
  roles.owner_column = "user_id";
  roles.check = check_role;
  roles.school = [](soci::session& sql, const RoleAssignment& row) {
    return store::find<User>(sql, row.user_id)->school_id;
  };
  roles.permit_owner = permit_owned_by;
  roles.permit_row = [](soci::session& sql, const auth::Principal& who, const RoleAssignment& row,
                        bool write) { return permit_owned_by(sql, who, row.user_id, write); };
  for (auto& route : resource_routes(api, std::move(roles)))
    routes.push_back(std::move(route));
  return routes;
}

}  // namespace thranio::api
