#include "server/roster/roster_store.hpp"

#include <algorithm>

#include <soci/soci.h>

namespace thranio::store {
namespace {

using namespace roster;

// The head's columns around a row's own. Tables without a source (what no other system knows) leave it out.
template <typename Row>
std::vector<Column<Row>> with_head(std::vector<Column<Row>> own, bool sourced = true) {
  std::vector<Column<Row>> all{{"id", &Row::id, Look::kReadOnly}};
  all.insert(all.end(), own.begin(), own.end());
  if (sourced) {
    all.push_back({"source", &Row::source, Look::kHidden});
    all.push_back({"sourced_id", &Row::sourced_id, Look::kReadOnly});
    all.push_back({"extra", &Row::extra, Look::kHidden});
  }
  all.push_back({"updated_at", &Row::updated_at, Look::kHidden});
  all.push_back({"deleted_at", &Row::deleted_at, Look::kHidden});
  return all;
}

}  // namespace

template <>
const Table<School>& table_of() {
  static const Table<School> table{
      "schools", with_head<School>({{"name", &School::name, Look::kWords},
                                    {"time_zone", &School::time_zone},
                                    {"parent_id", &School::parent_id},
                                    {"type", &School::type},
                                    {"identifier", &School::identifier},
                                    {"lessons_open_before_minutes", &School::lessons_open_before_minutes},
                                    {"lessons_end_after_minutes", &School::lessons_end_after_minutes},
                                    {"keep_lessons_days", &School::keep_lessons_days},
                                    {"keep_audit_days", &School::keep_audit_days},
                                    {"private_chat", &School::private_chat},
                                    {"lobby", &School::lobby},
                                    {"students_cameras", &School::students_cameras},
                                    {"chat_words", &School::chat_words},
                                    {"chat_words_rule", &School::chat_words_rule}})};
  return table;
}

template <>
const Table<AcademicSession>& table_of() {
  using Row = AcademicSession;
  static const Table<Row> table{"academic_sessions",
                                with_head<Row>({{"school_id", &Row::school_id, Look::kReadOnly},
                                                {"title", &Row::title, Look::kWords},
                                                {"type", &Row::type},
                                                {"starts_on", &Row::starts_on, Look::kDate},
                                                {"ends_on", &Row::ends_on, Look::kDate},
                                                {"parent_id", &Row::parent_id},
                                                {"school_year", &Row::school_year}})};
  return table;
}

template <>
const Table<Course>& table_of() {
  static const Table<Course> table{"courses",
                                   with_head<Course>({{"school_id", &Course::school_id, Look::kReadOnly},
                                                      {"title", &Course::title, Look::kWords},
                                                      {"course_code", &Course::course_code, Look::kWords},
                                                      {"grades", &Course::grades},
                                                      {"subjects", &Course::subjects},
                                                      {"subject_codes", &Course::subject_codes},
                                                      {"school_year_id", &Course::school_year_id}})};
  return table;
}

template <>
const Table<Class>& table_of() {
  static const Table<Class> table{"classes",
                                  with_head<Class>({{"school_id", &Class::school_id, Look::kReadOnly},
                                                    {"title", &Class::title, Look::kWords},
                                                    {"course_id", &Class::course_id},
                                                    {"class_code", &Class::class_code, Look::kWords},
                                                    {"class_type", &Class::class_type},
                                                    {"location", &Class::location, Look::kWords},
                                                    {"grades", &Class::grades},
                                                    {"subjects", &Class::subjects},
                                                    {"subject_codes", &Class::subject_codes},
                                                    {"periods", &Class::periods},
                                                    {"term_ids", &Class::term_ids}})};
  return table;
}

template <>
const Table<User>& table_of() {
  static const Table<User> table{"users", with_head<User>({{"school_id", &User::school_id, Look::kReadOnly},
                                                           {"given_name", &User::given_name, Look::kWords},
                                                           {"middle_name", &User::middle_name, Look::kWords},
                                                           {"family_name", &User::family_name, Look::kWords},
                                                           {"roles", &User::roles},
                                                           {"username", &User::username},
                                                           {"email", &User::email},
                                                           {"phone", &User::phone},
                                                           {"identifier", &User::identifier},
                                                           {"grades", &User::grades},
                                                           {"enabled", &User::enabled}})};
  return table;
}

template <>
const Table<Enrollment>& table_of() {
  using Row = Enrollment;
  static const Table<Row> table{"enrollments", with_head<Row>({{"class_id", &Row::class_id, Look::kReadOnly},
                                                               {"user_id", &Row::user_id, Look::kReadOnly},
                                                               {"role", &Row::role},
                                                               {"is_primary", &Row::is_primary},
                                                               {"starts_on", &Row::starts_on, Look::kDate},
                                                               {"ends_on", &Row::ends_on, Look::kDate}})};
  return table;
}

template <>
const Table<Guardianship>& table_of() {
  using Row = Guardianship;
  static const Table<Row> table{"guardianships",
                                with_head<Row>({{"student_id", &Row::student_id, Look::kReadOnly},
                                                {"guardian_id", &Row::guardian_id, Look::kReadOnly}},
                                               false)};
  return table;
}

template <>
const Table<RoleAssignment>& table_of() {
  using Row = RoleAssignment;
  static const Table<Row> table{"role_assignments",
                                with_head<Row>({{"user_id", &Row::user_id, Look::kReadOnly},
                                                {"school_id", &Row::school_id, Look::kReadOnly},
                                                {"role", &Row::role},
                                                {"role_type", &Row::role_type},
                                                {"starts_on", &Row::starts_on, Look::kDate},
                                                {"ends_on", &Row::ends_on, Look::kDate}})};
  return table;
}

}  // namespace thranio::store

namespace thranio::roster {
namespace {

using store::ask;
using store::Value;

constexpr int kMostLevels = 16;  // of organisations in organisations; a ring would never end

bool any(soci::session& sql, const std::string& question, const std::vector<Value>& values) {
  return !ask(sql, question + " LIMIT 1", values).empty();
}

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text ? *text : "";
}

}  // namespace

bool is_enrolled(soci::session& sql, const std::string& cls, const std::string& user, const std::string& role,
                 const std::string& day) {
  return any(sql,
             "SELECT 1 FROM enrollments e WHERE e.user_id = :user AND e.class_id = :class AND e.role = :role "
             "AND e.deleted_at IS NULL AND (e.starts_on = '' OR e.starts_on <= :day1) "
             "AND (e.ends_on = '' OR e.ends_on >= :day2)",
             {user, cls, role, day, day});
}

bool has_enrollment(soci::session& sql, const Enrollment& like) {
  return any(sql,
             "SELECT 1 FROM enrollments e WHERE e.user_id = :user AND e.class_id = :class AND e.role = :role "
             "AND e.deleted_at IS NULL AND e.id <> :id "
             "AND (e.starts_on = '' OR :ends1 = '' OR e.starts_on <= :ends2) "
             "AND (e.ends_on = '' OR :starts1 = '' OR e.ends_on >= :starts2)",
             {like.user_id, like.class_id, like.role, like.id, like.ends_on, like.ends_on, like.starts_on,
              like.starts_on});
}

bool is_guardian(soci::session& sql, const std::string& guardian, const std::string& student) {
  return any(sql,
             "SELECT 1 FROM guardianships WHERE guardian_id = :guardian AND student_id = :student "
             "AND deleted_at IS NULL",
             {guardian, student});
}

bool guards_in_class(soci::session& sql, const std::string& guardian, const std::string& cls,
                     const std::string& day) {
  return any(sql,
             "SELECT 1 FROM guardianships g JOIN enrollments e ON e.user_id = g.student_id "
             "WHERE g.guardian_id = :guardian AND g.deleted_at IS NULL AND e.class_id = :class "
             "AND e.deleted_at IS NULL AND (e.starts_on = '' OR e.starts_on <= :day1) "
             "AND (e.ends_on = '' OR e.ends_on >= :day2)",
             {guardian, cls, day, day});
}

std::vector<std::string> teacher_names(soci::session& sql, const std::string& cls) {
  std::vector<std::string> names;
  // More than eight do not fit a page's title.
  const auto rows =
      ask(sql,
          "SELECT u.given_name, u.family_name FROM enrollments e JOIN users u ON u.id = e.user_id "
          "WHERE e.class_id = :class AND e.role = 'teacher' AND e.deleted_at IS NULL "
          "ORDER BY e.id LIMIT 8",
          {cls});
  names.reserve(rows.size());
  for (const auto& row : rows)
    names.push_back(text_of(row[0]) + " " + text_of(row[1]));
  return names;
}

std::vector<std::string> names_in_class(soci::session& sql, const std::string& cls) {
  std::vector<std::string> names;
  const auto rows =
      ask(sql,
          "SELECT u.given_name, u.family_name FROM enrollments e JOIN users u ON u.id = e.user_id "
          "WHERE e.class_id = :class AND e.deleted_at IS NULL AND u.deleted_at IS NULL",
          {cls});
  names.reserve(rows.size());
  for (const auto& row : rows)
    names.push_back(text_of(row[0]) + " " + text_of(row[1]));
  return names;
}

std::vector<std::string> self_and_above(soci::session& sql, const std::string& school) {
  std::vector<std::string> ids{school};
  while (ids.size() < kMostLevels) {
    const auto rows = ask(sql, "SELECT parent_id FROM schools WHERE id = :id", {ids.back()});
    if (rows.empty() || rows[0][0].index() == 0) break;
    ids.push_back(text_of(rows[0][0]));
  }
  return ids;
}

std::vector<std::string> self_and_below(soci::session& sql, const std::string& school) {
  std::vector<std::string> ids{school};
  for (size_t at = 0; at < ids.size(); ++at)
    for (const auto& row :
         ask(sql, "SELECT id FROM schools WHERE parent_id = :id AND deleted_at IS NULL", {ids[at]})) {
      const auto id = text_of(row[0]);
      if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
    }
  return ids;
}

bool school_is_empty(soci::session& sql, const std::string& id) {
  for (const char* table : {"users", "classes", "courses", "academic_sessions"})
    if (any(sql, std::string("SELECT 1 FROM ") + table + " WHERE school_id = :id AND deleted_at IS NULL",
            {id}))
      return false;
  return !any(sql, "SELECT 1 FROM schools WHERE parent_id = :id AND deleted_at IS NULL", {id});
}
bool user_is_free(soci::session& sql, const std::string& id) {
  return !any(sql, "SELECT 1 FROM enrollments WHERE user_id = :id AND deleted_at IS NULL", {id});
}
bool class_is_empty(soci::session& sql, const std::string& id) {
  return !any(sql, "SELECT 1 FROM enrollments WHERE class_id = :id AND deleted_at IS NULL", {id}) &&
         !any(sql, "SELECT 1 FROM lessons WHERE class_id = :id AND deleted_at IS NULL", {id});
}
bool course_is_free(soci::session& sql, const std::string& id) {
  return !any(sql, "SELECT 1 FROM classes WHERE course_id = :id AND deleted_at IS NULL", {id});
}
bool academic_session_is_free(soci::session& sql, const std::string& id) {
  return !any(sql, "SELECT 1 FROM academic_sessions WHERE parent_id = :id AND deleted_at IS NULL", {id}) &&
         !any(sql, "SELECT 1 FROM courses WHERE school_year_id = :id AND deleted_at IS NULL", {id}) &&
         !any(sql,
              "SELECT 1 FROM classes c JOIN academic_sessions s ON s.school_id = c.school_id WHERE s.id = "
              ":id1 "
              "AND c.deleted_at IS NULL AND ',' || c.term_ids || ',' LIKE '%,' || :id2 || ',%'",
              {id, id});
}

void void_join_links(soci::session& sql, const Enrollment& e) {
  store::run(sql,
             "DELETE FROM tokens WHERE user_id = :user AND lesson_id IN (SELECT id FROM lessons WHERE "
             "class_id = :class)",
             {e.user_id, e.class_id});
}

void void_tokens(soci::session& sql, const std::string& user) {
  store::run(sql, "DELETE FROM tokens WHERE user_id = :user", {user});
}

}  // namespace thranio::roster
