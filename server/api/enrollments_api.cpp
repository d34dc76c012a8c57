#include "server/api/resource.hpp"
#include "server/api/routes.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::Enrollment;

std::string school_of_class(soci::session& sql, const std::string& cls) {
  const auto row = store::find<roster::Class>(sql, cls);
  return row ? row->school_id : "";
}

Result<void> check_enrollment(soci::session& sql, const Asker&, const Enrollment* before, Enrollment& row,
                              const json&) {
  if (!before || before->deleted_at) {
    const auto user = store::find<roster::User>(sql, row.user_id);
    if (!user || user->deleted_at)
      return fail(ErrorKind::kInvalid, "invalid-field", "There is no such user.", "/user_id");
    if (user->school_id != school_of_class(sql, row.class_id))
      return fail(ErrorKind::kConflict, "other-school", "User and class belong to different schools.",
                  "/user_id");
  }
  if (!row.ends_on.empty() && row.ends_on < row.starts_on)
    return fail(ErrorKind::kInvalid, "invalid-field", "An enrollment ends on or after its first day.",
                "/ends_on");
  if (roster::has_enrollment(sql, row))
    return fail(ErrorKind::kConflict, "already-enrolled",
                "The user is in this class with this role already, at that time.", "/user_id");
  return {};
}

// A link made for what the person was in the class opens nothing any more.
void written_enrollment(soci::session& sql, const Enrollment* before, const Enrollment* after) {
  if (before && (!after || after->role != before->role || after->ends_on != before->ends_on ||
                 after->starts_on != before->starts_on))
    roster::void_join_links(sql, *before);
}

Result<void> permit_enrollment_owner(soci::session& sql, const auth::Principal& who,
                                     const std::string& class_id, bool write) {
  const auto cls = store::find<roster::Class>(sql, class_id);
  // Nobody is told of another school's classes: what is not hers is not there.
  if (!cls || cls->deleted_at) return std::unexpected(not_found());
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, cls->school_id));
}

Result<void> permit_enrollment(soci::session& sql, const auth::Principal& who, const Enrollment& e,
                               bool write) {
  return permit_enrollment_owner(sql, who, e.class_id, write);
}

}  // namespace

std::vector<http::Route> enrollment_routes(const Api& api) {
  Resource<Enrollment> r;
  r.name = "Enrollment";
  r.prefix = "e";
  r.item_path = "/api/v1/enrollments/";
  r.collection_path = "/api/v1/classes/{id}/enrollments";
  r.owner = &Enrollment::class_id;
  r.owner_column = "class_id";
  r.filters = {{"role", "role"},
               {"user_id", "user_id"},
               {"sourced_id", "sourced_id"},
               {"updated_since", "updated_at", Filter::How::kFrom}};
  r.check = check_enrollment;
  r.written = written_enrollment;
  r.school = [](soci::session& sql, const Enrollment& e) { return school_of_class(sql, e.class_id); };
  r.permit_owner = permit_enrollment_owner;
  r.permit_row = permit_enrollment;
  return resource_routes(api, std::move(r));
}

}  // namespace thranio::api
