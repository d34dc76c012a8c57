// Organisations, academic sessions, courses, classes, people and enrollments: their rows, in OneRoster's
// words, and the questions asked of them. Finding, listing and writing one is store/table. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/store/table.hpp"

namespace soci {
class session;
}

namespace thranio::roster {

// What every row has besides its own: where it came from (sourced_id; source: the organisation that the
// import was made for; extra: OneRoster columns without a place here, as JSON) and when it was changed and
// deleted, in milliseconds.
struct RowHead {
  std::string id;
  std::string source, sourced_id, extra;
  int64_t updated_at = 0;
  std::optional<int64_t> deleted_at;
  int64_t version = 1;
};

// OneRoster: org.
struct School : RowHead {
  std::string name, time_zone;
  std::optional<std::string> parent_id;
  std::string type = "school";  // department, school, district, local, state, national
  std::string identifier;
  int64_t lessons_open_before_minutes = 10;  // students are let in this long before the start
  int64_t lessons_end_after_minutes = 15;    // a lesson ends by itself this long after its time
  int64_t keep_lessons_days = 0;             // 0: for ever
  int64_t keep_audit_days = 0;
  std::string private_chat = "supervised";   // between students in a lesson: off, supervised, free
  std::string lobby = "off";                 // who waits for the teacher's word: off, guests, everybody
  std::string students_cameras = "allowed";  // allowed, off
  std::vector<std::string> chat_words;       // that students may not write
  std::string chat_words_rule = "mask";      // what becomes of a line with one: mask, refuse
};
struct AcademicSession : RowHead {
  std::string school_id, title;
  std::string type;  // grading_period, semester, school_year, term
  std::string starts_on, ends_on;
  std::optional<std::string> parent_id;
  std::string school_year;  // the year in which it ends: "2027"
};
struct Course : RowHead {
  std::string school_id, title, course_code;
  std::vector<std::string> grades, subjects, subject_codes;
  std::optional<std::string> school_year_id;
};
struct Class : RowHead {
  std::string school_id, title;
  std::optional<std::string> course_id;
  std::string class_code;
  std::string class_type = "scheduled";  // homeroom, scheduled
  std::string location;
  std::vector<std::string> grades, subjects, subject_codes, periods, term_ids;
};
struct User : RowHead {
  std::string school_id, given_name, middle_name, family_name;
  std::vector<std::string> roles;  // admin, teacher, student, guardian
  std::string username, email, phone, identifier;
  std::vector<std::string> grades;
  bool enabled = true;
};
struct Enrollment : RowHead {
  std::string class_id, user_id, role;
  bool is_primary = false;
  std::string starts_on, ends_on;  // both days included; '': no bound
};
// OneRoster: agent.
struct Guardianship : RowHead {
  std::string student_id, guardian_id;
};
// OneRoster 1.2: role.
struct RoleAssignment : RowHead {
  std::string user_id, school_id, role;
  std::string role_type = "secondary";  // primary, secondary
  std::string starts_on, ends_on;
};

// Enrolled on `day` (YYYY-MM-DD), the class's own local day.
bool is_enrolled(soci::session& sql, const std::string& cls, const std::string& user, const std::string& role,
                 const std::string& day);
// The same on any day: is there such an enrollment to add to?
bool has_enrollment(soci::session& sql, const Enrollment& like);
bool is_guardian(soci::session& sql, const std::string& guardian, const std::string& student);
// A guardian of one who is enrolled in the class.
bool guards_in_class(soci::session& sql, const std::string& guardian, const std::string& cls,
                     const std::string& day);
std::vector<std::string> teacher_names(soci::session& sql, const std::string& cls);
// Of everybody who is enrolled in it.
std::vector<std::string> names_in_class(soci::session& sql, const std::string& cls);

// The school and what it stands in, itself first.
std::vector<std::string> self_and_above(soci::session& sql, const std::string& school);
// The school and all that stand in it.
std::vector<std::string> self_and_below(soci::session& sql, const std::string& school);

// Whether something that is not deleted hangs on it.
bool school_is_empty(soci::session& sql, const std::string& id);
bool user_is_free(soci::session& sql, const std::string& id);
bool class_is_empty(soci::session& sql, const std::string& id);
bool course_is_free(soci::session& sql, const std::string& id);
bool academic_session_is_free(soci::session& sql, const std::string& id);

// The person leaves the class, or holds another role in it from now on: the links made for them are void.
void void_join_links(soci::session& sql, const Enrollment& enrollment);
// The person is gone: no token of theirs opens anything any more.
void void_tokens(soci::session& sql, const std::string& user);

}  // namespace thranio::roster

namespace thranio::store {
template <>
const Table<roster::School>& table_of();
template <>
const Table<roster::AcademicSession>& table_of();
template <>
const Table<roster::Course>& table_of();
template <>
const Table<roster::Class>& table_of();
template <>
const Table<roster::User>& table_of();
template <>
const Table<roster::Enrollment>& table_of();
template <>
const Table<roster::Guardianship>& table_of();
template <>
const Table<roster::RoleAssignment>& table_of();
}  // namespace thranio::store
