// Lessons, series and closures: their rows and the questions asked of them. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/schedule/lesson_record.hpp"
#include "server/store/table.hpp"

namespace soci {
class session;
}

namespace thranio::schedule {

// A row of lessons. Times are milliseconds.
struct LessonRow {
  std::string id, class_id, title;
  int64_t starts_at = 0, ends_at = 0;
  std::string status = "scheduled";
  int64_t voice_packet_ms = 20;
  std::string camera_codec = "vp8";
  std::optional<std::string> series_id;
  std::optional<int64_t> recurrence_id;  // where the series' rule had put it
  std::optional<std::string> teacher_id;
  std::optional<int64_t> live_since;
  bool despite_closure = false;  // takes place though the school is closed
  int64_t sequence = 0;          // RFC 5545: counts the changes of time and of cancellation
  int64_t updated_at = 0;
  std::optional<int64_t> deleted_at;
  int64_t version = 1;
};

struct LessonSeries {
  std::string id, class_id, title;
  std::string starts_at_local;  // "2026-09-14T09:00", in the school's time zone
  int64_t duration_minutes = 45;
  std::string rrule;
  std::vector<std::string> rdates, exdates;  // local times
  std::optional<std::string> teacher_id;
  int64_t voice_packet_ms = 20;
  std::string camera_codec = "vp8";
  int64_t sequence = 0;
  int64_t updated_at = 0;
  std::optional<int64_t> deleted_at;
  int64_t version = 1;
};

// Days on which an organisation, and all in it, is closed: its lessons are suspended.
struct Closure {
  std::string id, school_id, title;
  std::string starts_on, ends_on;  // both included
  std::string uid;                 // of the calendar event that it was imported from
  int64_t updated_at = 0;
  std::optional<int64_t> deleted_at;
  int64_t version = 1;
};

// --- the live side ---

std::optional<SchoolRules> find_rules(soci::session& sql, const std::string& school);
std::optional<LessonRecord> find_lesson(soci::session& sql, const std::string& id);
std::vector<LessonRecord> lessons_by_status(soci::session& sql, LessonStatus status);
// Writes the status (and with it live_since) over version `from`; false if it is another by now.
bool set_lesson_status(soci::session& sql, const std::string& id, LessonStatus status, int64_t now_ms,
                       int64_t from);
// Lessons of the school's classes that ended before then, with their join links: for good. How many.
int64_t purge_lessons(soci::session& sql, const std::string& school, int64_t before_ms);
void delete_join_tokens(soci::session& sql, const std::string& lesson);

// --- series ---

std::vector<LessonRow> lessons_of_series(soci::session& sql, const std::string& series);
// From that recurrence on, they are `to`'s.
void hand_over_lessons(soci::session& sql, const std::string& series, int64_t from, const std::string& to);

// --- the timetable ---

struct TimetableQuery {
  std::string school_id = {};
  int64_t from = 0, to = 0;                          // lessons that overlap [from, to)
  std::string teacher = {}, student = {}, cls = {};  // "": all
  bool with_cancelled = true;
  std::string cursor = {};
  int limit = 200;
};
// Ordered by start. Error: invalid-field (cursor).
Result<std::vector<LessonRow>> timetable(soci::session& sql, const TimetableQuery& query);
// The statement of it, for tests that ask for its plan.
std::string timetable_statement(const TimetableQuery& query);

// A lesson of somebody's in a span of time.
struct Busy {
  LessonRow lesson;
  std::string who;   // "class", "teacher" or "student"
  std::string user;  // the teacher or student, "" for the class itself
};
// What those who belong to the class (and, if given, the teacher who stands in) do in [from, to) besides the
// class's lessons of `except_series`. A person is told once per lesson.
std::vector<Busy> busy_times(soci::session& sql, const std::string& cls, const std::string& substitute,
                             int64_t from, int64_t to);

// Closures of the organisations that touch the days [from, to], "YYYY-MM-DD".
std::vector<Closure> closures_between(soci::session& sql, const std::vector<std::string>& schools,
                                      const std::string& from, const std::string& to);
std::optional<Closure> closure_by_uid(soci::session& sql, const std::string& school, const std::string& uid,
                                      const std::string& starts_on);

}  // namespace thranio::schedule

namespace thranio::store {
template <>
const Table<schedule::LessonRow>& table_of();
template <>
const Table<schedule::LessonSeries>& table_of();
template <>
const Table<schedule::Closure>& table_of();
}  // namespace thranio::store
