#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/new_id.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::Class;

Result<Class> make(soci::session& sql, const std::string& school, const json& body) {
  if (!roster::find_school(sql, school)) return std::unexpected(not_found());
  return Class{store::new_id("c"), school, body["title"], 1};
}

Result<void> change(soci::session&, Class& cls, const json& body) {
  cls.title = body.value("title", cls.title);
  return {};
}

Result<void> may_erase(soci::session& sql, const Class& cls) {
  if (roster::class_is_empty(sql, cls.id)) return {};
  return fail(ErrorKind::kConflict, "class-not-empty", "The class still has enrollments or lessons.");
}

json encode(soci::session&, const Class& cls) {
  return {{"id", cls.id}, {"school_id", cls.school_id}, {"title", cls.title}};
}

Result<void> permit_owner(soci::session& sql, const auth::Principal& who, const std::string& school,
                          bool write) {
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, school));
}

Result<void> permit_row(soci::session& sql, const auth::Principal& who, const Class& cls, bool write) {
  return permit_owner(sql, who, cls.school_id, write);
}

}  // namespace

std::vector<http::Route> class_routes(const Api& api) {
  Resource<Class> r{"Class",
                    "/api/v1/classes/",
                    "/api/v1/schools/{id}/classes",
                    roster::find_class,
                    roster::classes_of_school,
                    roster::update,
                    roster::insert,
                    roster::delete_class,
                    make,
                    change,
                    may_erase,
                    encode,
                    permit_owner,
                    permit_row};
  return resource_routes(api, r);
}

}  // namespace thranio::api
