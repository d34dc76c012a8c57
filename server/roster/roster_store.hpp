// Schools, users, classes and enrollments: their rows and their SQL, named like the questions asked. Thread:
// db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace thranio::roster {

struct School {
  std::string id, name, time_zone;
  int64_t version = 1;
};
struct User {
  std::string id, school_id, given_name, family_name;
  std::vector<std::string> roles;
  int64_t version = 1;
};
struct Class {
  std::string id, school_id, title;
  int64_t version = 1;
};
struct Enrollment {
  std::string id, class_id, user_id, role;
  int64_t version = 1;
};

// A page of a list: what follows `after` in order of creation, at most `limit`.
struct Page {
  std::string after;
  int limit = 50;
};

void insert(soci::session& sql, const School& school);
void insert(soci::session& sql, const User& user);
void insert(soci::session& sql, const Class& cls);
void insert(soci::session& sql, const Enrollment& enrollment);

std::optional<School> find_school(soci::session& sql, const std::string& id);
std::optional<User> find_user(soci::session& sql, const std::string& id);
std::optional<Class> find_class(soci::session& sql, const std::string& id);
std::optional<Enrollment> find_enrollment(soci::session& sql, const std::string& id);

std::vector<School> schools(soci::session& sql, const Page& page);
std::vector<User> users_of_school(soci::session& sql, const std::string& school, const Page& page);
std::vector<Class> classes_of_school(soci::session& sql, const std::string& school, const Page& page);
std::vector<Enrollment> enrollments_of_class(soci::session& sql, const std::string& cls, const Page& page);
bool is_enrolled(soci::session& sql, const std::string& cls, const std::string& user,
                 const std::string& role);
std::vector<std::string> teacher_names(soci::session& sql, const std::string& cls);

// Each writes the new row over version `from` and counts the version up; false if it is another by now.
bool update(soci::session& sql, const School& school, int64_t from);
bool update(soci::session& sql, const User& user, int64_t from);
bool update(soci::session& sql, const Class& cls, int64_t from);
bool update(soci::session& sql, const Enrollment& enrollment, int64_t from);

// What would be orphaned if it went.
bool school_is_empty(soci::session& sql, const std::string& id);
bool user_is_free(soci::session& sql, const std::string& id);
bool class_is_empty(soci::session& sql, const std::string& id);
void delete_school(soci::session& sql, const std::string& id);
void delete_user(soci::session& sql, const std::string& id);
void delete_class(soci::session& sql, const std::string& id);
void delete_enrollment(soci::session& sql, const std::string& id);

}  // namespace thranio::roster
