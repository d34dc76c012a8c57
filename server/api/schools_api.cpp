#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/lesson/lessons.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using roster::School;

// An organisation stands in one that exists and does not stand in it.
Result<void> check_parent(soci::session& sql, const School& school) {
  if (!school.parent_id) return {};
  const auto refuse = [](const char* sentence) {
    return fail(ErrorKind::kInvalid, "invalid-field", sentence, "/parent_id");
  };
  const auto parent = store::find<School>(sql, *school.parent_id);
  if (!parent || parent->deleted_at) return refuse("There is no such organisation.");
  for (const auto& above : roster::self_and_above(sql, parent->id))
    if (above == school.id) return refuse("An organisation does not stand in itself.");
  return {};
}

Result<void> check_school(soci::session& sql, const Asker& asker, const School* before, School& school,
                          const json&) {
  if (!store::TimeZone::find(school.time_zone))
    return fail(ErrorKind::kInvalid, "invalid-field", "time_zone is an IANA name such as Europe/Athens.",
                "/time_zone");
  // Moving a school under another organisation gives that one's admins power over it.
  if (before && before->parent_id != school.parent_id && asker.who.user)
    return fail(ErrorKind::kForbidden, "not-allowed", "Only the server's admin moves an organisation.",
                "/parent_id");
  return check_parent(sql, school);
}

Result<void> may_erase_school(soci::session& sql, const School& school) {
  if (roster::school_is_empty(sql, school.id)) return {};
  return fail(ErrorKind::kConflict, "school-not-empty",
              "The school still has users, courses, classes, sessions or schools in it.");
}

// Schools as such are the server admin's: a school's own admin reads and changes hers.
Result<void> permit_school_owner(soci::session&, const auth::Principal& who, const std::string&, bool) {
  if (who.user) return fail(ErrorKind::kForbidden, "not-allowed", "Only the server's admin may do this.");
  return auth::permit(who, auth::Action::kManageSchool, {});
}

Result<void> permit_school(soci::session& sql, const auth::Principal& who, const School& school, bool write) {
  return auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                      relation_to_school(sql, who, school.id));
}

// The lessons that are open hear of their school's rules.
Answer tell_rules(const Api& api, lesson::Lessons& lessons, http::Handler change, http::Request request) {
  const std::string id = request.path_parameter("id");
  auto response = co_await change(std::move(request));
  if (!response) co_return response;
  auto task = [id](soci::session& sql) -> Result<std::optional<schedule::SchoolRules>> {
    return schedule::find_rules(sql, id);
  };
  const auto rules = co_await api.database.read(std::move(task));
  if (rules && *rules) lessons.rules_changed(SchoolId{id}, **rules);
  co_return response;
}

}  // namespace

std::vector<http::Route> school_routes(const Api& api, lesson::Lessons& lessons) {
  Resource<School> r;
  r.name = "School";
  r.prefix = "s";
  r.item_path = "/api/v1/schools/";
  r.collection_path = "/api/v1/schools";
  r.filters = {{"parent_id", "parent_id"},
               {"type", "type"},
               {"identifier", "identifier"},
               {"sourced_id", "sourced_id"},
               {"name", "name", Filter::How::kBeginsWith},
               {"updated_since", "updated_at", Filter::How::kFrom}};
  r.sorts = {"name"};
  r.check = check_school;
  r.may_erase = may_erase_school;
  r.school = [](soci::session&, const School& school) { return school.id; };
  r.permit_owner = permit_school_owner;
  r.permit_row = permit_school;
  auto routes = resource_routes(api, std::move(r));
  for (auto& route : routes)
    if (route.method == http::Method::kPatch)
      route.handler = [&api, &lessons, plain = route.handler](http::Request q) {
        return tell_rules(api, lessons, plain, std::move(q));
      };
  return routes;
}

}  // namespace thranio::api
