// Attendance as JSON and as CSV: what attendance_api answers. A correction counts over what was recorded, and
// both are told. Way: attendance_store's sheets → [attendance_json] → attendance_api. Thread: any (pure).
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/lesson/attendance_store.hpp"

namespace thranio::api {

// One person's part in one lesson, and what counts of it.
struct AttendanceEntry {
  lesson::Attendance as_recorded;
  std::optional<lesson::Correction> correction;
  int64_t minutes() const;
  int share_percent(const lesson::LessonTime& time) const;
  bool present() const;
};
std::vector<AttendanceEntry> entries_of(const lesson::Sheet& sheet);

nlohmann::json lesson_brief(const lesson::Sheet& sheet);
nlohmann::json entry_json(const AttendanceEntry& entry, const lesson::LessonTime& time);
nlohmann::json correction_json(const lesson::Correction& correction);
nlohmann::json report_json(const lesson::Sheet& sheet, const std::vector<AttendanceEntry>& entries);

// What a student's lessons come to, over any number of them.
struct AttendanceTotals {
  std::string user_id, name, sort_key;
  int64_t lessons = 0, present = 0, late = 0, left_early = 0, absent = 0;
  int64_t minutes = 0, lesson_minutes = 0;
  int64_t seconds_spoken = 0;  // from the floor
};
// Of the students, by name. Lessons that are not over do not count.
class AttendanceSum {
 public:
  void add(const lesson::Sheet& sheet);
  std::vector<AttendanceTotals> totals() const;

 private:
  std::map<std::string, AttendanceTotals> totals_;  // by user
};
nlohmann::json totals_json(const AttendanceTotals& totals);

// As rows of a table (csv).
extern const std::vector<std::string> kEntryColumns, kTotalsColumns;
std::vector<std::string> entry_cells(const lesson::Sheet& sheet, const AttendanceEntry& entry);
std::vector<std::string> totals_cells(const AttendanceTotals& totals);

}  // namespace thranio::api
