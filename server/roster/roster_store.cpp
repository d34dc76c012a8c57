#include "server/roster/roster_store.hpp"

#include <sstream>

#include <soci/soci.h>

namespace thranio::roster {
namespace {

using soci::into;
using soci::use;

std::string joined(const std::vector<std::string>& roles) {
  std::string text;
  for (const auto& role : roles)
    text += (text.empty() ? "" : ",") + role;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');)
    parts.push_back(part);
  return parts;
}

bool one_row(soci::statement& statement) {
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

bool none(soci::session& sql, const std::string& question, const std::string& id) {
  long long count = 0;
  sql << question, use(id), into(count);
  return count == 0;
}

// The person leaves the class, or holds another role in it from now on: the links made for them are void.
void void_join_links(soci::session& sql, const std::string& enrollment) {
  sql << "DELETE FROM tokens WHERE user_id = (SELECT user_id FROM enrollments WHERE id = :id) AND lesson_id "
         "IN "
         "(SELECT l.id FROM lessons l JOIN enrollments e ON e.class_id = l.class_id WHERE e.id = :id)",
      use(enrollment, "id");
}

School read_school(const soci::row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<long long>(3)};
}
User read_user(const soci::row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1),        row.get<std::string>(2),
          row.get<std::string>(3), split(row.get<std::string>(4)), row.get<long long>(5)};
}
Class read_class(const soci::row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<long long>(3)};
}
Enrollment read_enrollment(const soci::row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2), row.get<std::string>(3),
          row.get<long long>(4)};
}

template <typename Read>
auto find(soci::session& sql, const std::string& question, const std::string& id, Read read)
    -> std::optional<decltype(read(std::declval<soci::row>()))> {
  soci::row row;
  sql << question, use(id), into(row);
  if (!sql.got_data()) return std::nullopt;
  return read(row);
}

template <typename Read>
auto page_of(soci::session& sql, const std::string& question, const std::string& owner, const Page& page,
             Read read) {
  std::vector<decltype(read(std::declval<soci::row>()))> items;
  soci::rowset<soci::row> rows =
      (sql.prepare << question, use(owner, "owner"), use(page.after, "after"), use(page.limit, "limit"));
  for (const auto& row : rows)
    items.push_back(read(row));
  return items;
}

}  // namespace

void insert(soci::session& sql, const School& s) {
  const long long version = s.version;
  sql << "INSERT INTO schools (id, name, time_zone, version) VALUES (:id, :name, :zone, :version)", use(s.id),
      use(s.name), use(s.time_zone), use(version);
}

void insert(soci::session& sql, const User& u) {
  const long long version = u.version;
  const std::string roles = joined(u.roles);
  sql << "INSERT INTO users (id, school_id, given_name, family_name, roles, version) "
         "VALUES (:id, :school, :given, :family, :roles, :version)",
      use(u.id), use(u.school_id), use(u.given_name), use(u.family_name), use(roles), use(version);
}

void insert(soci::session& sql, const Class& c) {
  const long long version = c.version;
  sql << "INSERT INTO classes (id, school_id, title, version) VALUES (:id, :school, :title, :version)",
      use(c.id), use(c.school_id), use(c.title), use(version);
}

void insert(soci::session& sql, const Enrollment& e) {
  const long long version = e.version;
  sql << "INSERT INTO enrollments (id, class_id, user_id, role, version) "
         "VALUES (:id, :class, :user, :role, :version)",
      use(e.id), use(e.class_id), use(e.user_id), use(e.role), use(version);
}

std::optional<School> find_school(soci::session& sql, const std::string& id) {
  return find(sql, "SELECT id, name, time_zone, version FROM schools WHERE id = :id", id, read_school);
}
std::optional<User> find_user(soci::session& sql, const std::string& id) {
  return find(sql, "SELECT id, school_id, given_name, family_name, roles, version FROM users WHERE id = :id",
              id, read_user);
}
std::optional<Class> find_class(soci::session& sql, const std::string& id) {
  return find(sql, "SELECT id, school_id, title, version FROM classes WHERE id = :id", id, read_class);
}
std::optional<Enrollment> find_enrollment(soci::session& sql, const std::string& id) {
  return find(sql, "SELECT id, class_id, user_id, role, version FROM enrollments WHERE id = :id", id,
              read_enrollment);
}

std::vector<School> schools(soci::session& sql, const Page& page) {
  std::vector<School> items;
  soci::rowset<soci::row> rows =
      (sql.prepare
           << "SELECT id, name, time_zone, version FROM schools WHERE id > :after ORDER BY id LIMIT :limit",
       use(page.after), use(page.limit));
  for (const auto& row : rows)
    items.push_back(read_school(row));
  return items;
}
std::vector<User> users_of_school(soci::session& sql, const std::string& school, const Page& page) {
  return page_of(sql,
                 "SELECT id, school_id, given_name, family_name, roles, version FROM users "
                 "WHERE school_id = :owner AND id > :after ORDER BY id LIMIT :limit",
                 school, page, read_user);
}
std::vector<Class> classes_of_school(soci::session& sql, const std::string& school, const Page& page) {
  return page_of(sql,
                 "SELECT id, school_id, title, version FROM classes "
                 "WHERE school_id = :owner AND id > :after ORDER BY id LIMIT :limit",
                 school, page, read_class);
}
std::vector<Enrollment> enrollments_of_class(soci::session& sql, const std::string& cls, const Page& page) {
  return page_of(sql,
                 "SELECT id, class_id, user_id, role, version FROM enrollments "
                 "WHERE class_id = :owner AND id > :after ORDER BY id LIMIT :limit",
                 cls, page, read_enrollment);
}

bool is_enrolled(soci::session& sql, const std::string& cls, const std::string& user,
                 const std::string& role) {
  long long count = 0;
  sql << "SELECT COUNT(*) FROM enrollments WHERE class_id = :class AND user_id = :user AND role = :role",
      use(cls), use(user), use(role), into(count);
  return count > 0;
}

std::vector<std::string> teacher_names(soci::session& sql, const std::string& cls) {
  constexpr int kMost = 8;  // more do not fit the page's title
  std::vector<std::string> names;
  soci::rowset<soci::row> rows =
      (sql.prepare
           << "SELECT u.given_name, u.family_name FROM enrollments e JOIN users u ON u.id = e.user_id "
              "WHERE e.class_id = :class AND e.role = 'teacher' ORDER BY e.id LIMIT :most",
       use(cls), use(kMost));
  for (const auto& row : rows)
    names.push_back(row.get<std::string>(0) + " " + row.get<std::string>(1));
  return names;
}

bool update(soci::session& sql, const School& s, int64_t from) {
  const long long version = from;
  soci::statement statement = (sql.prepare << "UPDATE schools SET name = :name, time_zone = :zone, "
                                              "version = version + 1 WHERE id = :id AND version = :version",
                               use(s.name), use(s.time_zone), use(s.id), use(version));
  return one_row(statement);
}
bool update(soci::session& sql, const User& u, int64_t from) {
  const long long version = from;
  const std::string roles = joined(u.roles);
  soci::statement statement =
      (sql.prepare << "UPDATE users SET given_name = :given, family_name = :family, roles = :roles, "
                      "version = version + 1 WHERE id = :id AND version = :version",
       use(u.given_name), use(u.family_name), use(roles), use(u.id), use(version));
  return one_row(statement);
}
bool update(soci::session& sql, const Class& c, int64_t from) {
  const long long version = from;
  soci::statement statement = (sql.prepare << "UPDATE classes SET title = :title, version = version + 1 "
                                              "WHERE id = :id AND version = :version",
                               use(c.title), use(c.id), use(version));
  return one_row(statement);
}
bool update(soci::session& sql, const Enrollment& e, int64_t from) {
  void_join_links(sql, e.id);
  const long long version = from;
  soci::statement statement = (sql.prepare << "UPDATE enrollments SET role = :role, version = version + 1 "
                                              "WHERE id = :id AND version = :version",
                               use(e.role), use(e.id), use(version));
  return one_row(statement);
}

bool school_is_empty(soci::session& sql, const std::string& id) {
  return none(sql, "SELECT COUNT(*) FROM users WHERE school_id = :id", id) &&
         none(sql, "SELECT COUNT(*) FROM classes WHERE school_id = :id", id);
}
bool user_is_free(soci::session& sql, const std::string& id) {
  return none(sql, "SELECT COUNT(*) FROM enrollments WHERE user_id = :id", id);
}
bool class_is_empty(soci::session& sql, const std::string& id) {
  return none(sql, "SELECT COUNT(*) FROM enrollments WHERE class_id = :id", id) &&
         none(sql, "SELECT COUNT(*) FROM lessons WHERE class_id = :id", id);
}

void delete_school(soci::session& sql, const std::string& id) {
  sql << "DELETE FROM schools WHERE id = :id", use(id);
}
void delete_user(soci::session& sql, const std::string& id) {
  sql << "DELETE FROM tokens WHERE user_id = :id", use(id);
  sql << "DELETE FROM users WHERE id = :id", use(id);
}
void delete_class(soci::session& sql, const std::string& id) {
  sql << "DELETE FROM classes WHERE id = :id", use(id);
}
void delete_enrollment(soci::session& sql, const std::string& id) {
  void_join_links(sql, id);
  sql << "DELETE FROM enrollments WHERE id = :id", use(id);
}

}  // namespace thranio::roster
