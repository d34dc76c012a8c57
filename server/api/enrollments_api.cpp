#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/new_id.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::Enrollment;

Result<void> check_free(soci::session& sql, const Enrollment& e) {
  if (!roster::is_enrolled(sql, e.class_id, e.user_id, e.role)) return {};
  return fail(ErrorKind::kConflict, "already-enrolled", "The user is in this class with this role already.",
              "/user_id");
}

Result<Enrollment> make(soci::session& sql, const std::string& class_id, const json& body) {
  const auto cls = roster::find_class(sql, class_id);
  if (!cls) return std::unexpected(not_found());
  const auto user = roster::find_user(sql, body["user_id"]);
  if (!user) return fail(ErrorKind::kInvalid, "invalid-field", "There is no such user.", "/user_id");
  if (user->school_id != cls->school_id)
    return fail(ErrorKind::kConflict, "other-school", "User and class belong to different schools.",
                "/user_id");
  Enrollment enrollment{store::new_id("e"), class_id, user->id, body["role"], 1};
  if (auto free = check_free(sql, enrollment); !free) return std::unexpected(free.error());
  return enrollment;
}

Result<void> change(soci::session& sql, Enrollment& enrollment, const json& body) {
  const std::string role = body.value("role", enrollment.role);
  if (role == enrollment.role) return {};
  enrollment.role = role;
  return check_free(sql, enrollment);
}

Result<void> may_erase(soci::session&, const Enrollment&) {
  return {};
}

json encode(soci::session&, const Enrollment& e) {
  return {{"id", e.id}, {"class_id", e.class_id}, {"user_id", e.user_id}, {"role", e.role}};
}

Result<void> permit_owner(soci::session& sql, const auth::Principal& who, const std::string& class_id,
                          bool write) {
  const auto cls = roster::find_class(sql, class_id);
  // Nobody is told of another school's classes: what is not hers is not there.
  if (!cls) return std::unexpected(not_found());
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, cls->school_id));
}

Result<void> permit_row(soci::session& sql, const auth::Principal& who, const Enrollment& e, bool write) {
  return permit_owner(sql, who, e.class_id, write);
}

}  // namespace

std::vector<http::Route> enrollment_routes(const Api& api) {
  Resource<Enrollment> r{"Enrollment",
                         "/api/v1/enrollments/",
                         "/api/v1/classes/{id}/enrollments",
                         roster::find_enrollment,
                         roster::enrollments_of_class,
                         roster::update,
                         roster::insert,
                         roster::delete_enrollment,
                         make,
                         change,
                         may_erase,
                         encode,
                         permit_owner,
                         permit_row};
  return resource_routes(api, r);
}

}  // namespace thranio::api
