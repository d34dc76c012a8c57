#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/new_id.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::User;

Result<User> make(soci::session& sql, const std::string& school, const json& body) {
  if (!roster::find_school(sql, school)) return std::unexpected(not_found());
  return User{store::new_id("u"), school, body["given_name"], body["family_name"], body["roles"], 1};
}

Result<void> change(soci::session&, User& user, const json& body) {
  user.given_name = body.value("given_name", user.given_name);
  user.family_name = body.value("family_name", user.family_name);
  user.roles = body.value("roles", user.roles);
  return {};
}

Result<void> may_erase(soci::session& sql, const User& user) {
  if (roster::user_is_free(sql, user.id)) return {};
  return fail(ErrorKind::kConflict, "user-enrolled", "The user is still enrolled in a class.");
}

json encode(soci::session&, const User& user) {
  return {{"id", user.id},
          {"school_id", user.school_id},
          {"given_name", user.given_name},
          {"family_name", user.family_name},
          {"roles", user.roles}};
}

Result<void> permit_owner(soci::session& sql, const auth::Principal& who, const std::string& school,
                          bool write) {
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, school));
}

Result<void> permit_row(soci::session& sql, const auth::Principal& who, const User& user, bool write) {
  return permit_owner(sql, who, user.school_id, write);
}

}  // namespace

std::vector<http::Route> user_routes(const Api& api) {
  Resource<User> r{"User",
                   "/api/v1/users/",
                   "/api/v1/schools/{id}/users",
                   roster::find_user,
                   roster::users_of_school,
                   roster::update,
                   roster::insert,
                   roster::delete_user,
                   make,
                   change,
                   may_erase,
                   encode,
                   permit_owner,
                   permit_row};
  return resource_routes(api, r);
}

}  // namespace thranio::api
