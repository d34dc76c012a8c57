#include <chrono>
#include <fstream>
#include <string_view>

#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/new_id.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::School;

// IANA names are paths under the system's time zone database (package tzdata).
Result<void> check_time_zone(const std::string& name) {
  const bool tame = name.find("..") == std::string::npos && !name.starts_with('/');
  char magic[4] = {};  // RFC 8536: the database also holds text files
  if (tame && std::ifstream("/usr/share/zoneinfo/" + name).read(magic, sizeof magic) &&
      std::string_view(magic, sizeof magic) == "TZif")
    return {};
  return fail(ErrorKind::kInvalid, "invalid-field", "time_zone is an IANA name such as Europe/Athens.",
              "/time_zone");
}

Result<School> make(soci::session&, const std::string&, const json& body) {
  School school{store::new_id("s"), body["name"], body["time_zone"], 1};
  if (auto good = check_time_zone(school.time_zone); !good) return std::unexpected(good.error());
  return school;
}

Result<void> change(soci::session&, School& school, const json& body) {
  school.name = body.value("name", school.name);
  school.time_zone = body.value("time_zone", school.time_zone);
  return check_time_zone(school.time_zone);
}

Result<void> may_erase(soci::session& sql, const School& school) {
  if (roster::school_is_empty(sql, school.id)) return {};
  return fail(ErrorKind::kConflict, "school-not-empty", "The school still has users or classes.");
}

json encode(soci::session&, const School& school) {
  return {{"id", school.id}, {"name", school.name}, {"time_zone", school.time_zone}};
}

// Schools as such are the server admin's: a school's own admin reads hers.
Result<void> permit_owner(soci::session&, const auth::Principal& who, const std::string&, bool) {
  if (who.user) return fail(ErrorKind::kForbidden, "not-allowed", "Only the server's admin may do this.");
  return auth::permit(who, auth::Action::kManageSchool, {});
}

Result<void> permit_row(soci::session& sql, const auth::Principal& who, const School& school, bool write) {
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, school.id));
}

std::vector<School> all(soci::session& sql, const std::string&, const roster::Page& page) {
  return roster::schools(sql, page);
}

}  // namespace

std::vector<http::Route> school_routes(const Api& api) {
  Resource<School> r{"School",
                     "/api/v1/schools/",
                     "/api/v1/schools",
                     roster::find_school,
                     all,
                     roster::update,
                     roster::insert,
                     roster::delete_school,
                     make,
                     change,
                     may_erase,
                     encode,
                     permit_owner,
                     permit_row};
  return resource_routes(api, r);
}

}  // namespace thranio::api
