#include "server/api/resource.hpp"
#include "server/api/routes.hpp"

// What is taught when: academic sessions, courses, classes.
namespace thranio::api {
namespace {

using nlohmann::json;
using roster::AcademicSession;
using roster::Class;
using roster::Course;

// A row that another names must be there, and of the same school or of one that it stands in.
template <typename Row>
Result<void> check_named(soci::session& sql, const std::string& id, const std::string& school,
                         const char* field) {
  const auto row = store::find<Row>(sql, id);
  if (row && !row->deleted_at)
    for (const auto& above : roster::self_and_above(sql, school))
      if (row->school_id == above) return {};
  return fail(ErrorKind::kInvalid, "invalid-field", "There is no such thing in this school.", field);
}

template <typename Row>
Resource<Row> of_school(const char* name, const char* prefix, const std::string& path) {
  Resource<Row> r;
  r.name = name;
  r.prefix = prefix;
  r.item_path = "/api/v1/" + path + "/";
  r.collection_path = "/api/v1/schools/{id}/" + path;
  r.owner = &Row::school_id;
  r.owner_column = "school_id";
  r.filters = {{"sourced_id", "sourced_id"},
               {"title", "title", Filter::How::kBeginsWith},
               {"updated_since", "updated_at", Filter::How::kFrom}};
  r.sorts = {"title"};
  r.school = [](soci::session&, const Row& row) { return row.school_id; };
  r.permit_owner = permit_in_school;
  r.permit_row = [](soci::session& sql, const auth::Principal& who, const Row& row, bool write) {
    return permit_in_school(sql, who, row.school_id, write);
  };
  return r;
}

Result<void> check_session(soci::session& sql, const Asker&, const AcademicSession*, AcademicSession& row,
                           const json&) {
  if (row.ends_on < row.starts_on)
    return fail(ErrorKind::kInvalid, "invalid-field", "A session ends on or after its first day.",
                "/ends_on");
  if (!row.parent_id) return {};
  if (*row.parent_id == row.id)
    return fail(ErrorKind::kInvalid, "invalid-field", "A session is no part of itself.", "/parent_id");
  return check_named<AcademicSession>(sql, *row.parent_id, row.school_id, "/parent_id");
}

Result<void> may_erase_session(soci::session& sql, const AcademicSession& row) {
  if (roster::academic_session_is_free(sql, row.id)) return {};
  return fail(ErrorKind::kConflict, "session-in-use", "Sessions, courses or classes still belong to it.");
}

Result<void> check_course(soci::session& sql, const Asker&, const Course*, Course& row, const json&) {
  if (!row.school_year_id) return {};
  return check_named<AcademicSession>(sql, *row.school_year_id, row.school_id, "/school_year_id");
}

Result<void> may_erase_course(soci::session& sql, const Course& row) {
  if (roster::course_is_free(sql, row.id)) return {};
  return fail(ErrorKind::kConflict, "course-in-use", "Classes still teach it.");
}

Result<void> check_class(soci::session& sql, const Asker&, const Class*, Class& row, const json&) {
  if (row.course_id)
    if (auto good = check_named<Course>(sql, *row.course_id, row.school_id, "/course_id"); !good) return good;
  for (size_t i = 0; i < row.term_ids.size(); ++i)
    if (auto good = check_named<AcademicSession>(sql, row.term_ids[i], row.school_id,
                                                 ("/term_ids/" + std::to_string(i)).c_str());
        !good)
      return good;
  return {};
}

Result<void> may_erase_class(soci::session& sql, const Class& row) {
  if (roster::class_is_empty(sql, row.id)) return {};
  return fail(ErrorKind::kConflict, "class-not-empty", "The class still has enrollments or lessons.");
}

template <typename Row>
void append(std::vector<http::Route>& routes, const Api& api, Resource<Row> r) {
  for (auto& route : resource_routes(api, std::move(r)))
    routes.push_back(std::move(route));
}

}  // namespace

std::vector<http::Route> class_routes(const Api& api) {
  std::vector<http::Route> routes;

  auto sessions = of_school<AcademicSession>("AcademicSession", "a", "academic-sessions");
  sessions.filters.push_back({"type", "type"});
  sessions.sorts.push_back("starts_on");
  sessions.check = check_session;
  sessions.may_erase = may_erase_session;
  append(routes, api, std::move(sessions));

  auto courses = of_school<Course>("Course", "k", "courses");
  courses.filters.push_back({"course_code", "course_code"});
  courses.check = check_course;
  courses.may_erase = may_erase_course;
  append(routes, api, std::move(courses));

  auto classes = of_school<Class>("Class", "c", "classes");
  classes.filters.push_back({"course_id", "course_id"});
  classes.filters.push_back({"class_code", "class_code"});
  classes.filters.push_back({"term_id", "term_ids", Filter::How::kHasWord});
  classes.check = check_class;
  classes.may_erase = may_erase_class;
  append(routes, api, std::move(classes));
  return routes;
}

}  // namespace thranio::api
