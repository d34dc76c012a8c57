// The attendance ledger's tables, named like the questions asked of them. Way: attendance_ledger (writes),
// attendance_api (asks) → [attendance_store]. Thread: db.
#pragma once

#include <map>

#include "server/lesson/attendance_book.hpp"

namespace soci {
class session;
}

namespace thranio::lesson {

// A lesson that was purged meanwhile takes nothing with it but its own rows. One that ended keeps whom the
// class expected.
void write_batch(soci::session& sql, const Batch& batch);

// After a crash: every stay without an end ends at its lesson's last beat, and a lesson that is over by its
// row is over here too. Those that go on, with whom the server's end interrupted.
std::vector<Interrupted> end_what_was_interrupted(soci::session& sql);

struct Correction {
  std::string lesson_id, user_id;
  int64_t number = 0;  // 1: the first of this person in this lesson
  int64_t corrected_at = 0;
  std::string corrected_by, corrected_by_name;
  int64_t minutes_before = 0, minutes = 0;
  std::string reason;
};
void add_correction(soci::session& sql, const Correction& correction);
// All of one lesson, each person's in their order.
std::vector<Correction> corrections_in(soci::session& sql, const std::string& lesson);

// All that attendance is counted from, of one lesson.
struct Sheet {
  std::string lesson_id, class_id, class_title, title;
  int64_t starts_at = 0, ends_at = 0;  // by the timetable
  LedgerRow ledger;                    // beat_at 0: nobody was ever there
  std::vector<Presence> presences;
  std::vector<Expected> expected;
  std::map<std::string, Correction> corrections;  // by user: the last one
  LessonTime time() const;
};
// Whatever its state. Nothing if there is no such lesson.
std::optional<Sheet> sheet_of(soci::session& sql, const std::string& lesson);

struct SheetQuery {
  std::string cls = {};   // "": of any class
  std::string user = {};  // "": everybody; otherwise lessons that she was in or expected in, and her alone
  std::string taught_by = {};  // "": any; otherwise of the classes that this user teaches
  std::string school = {};     // "": of any
  int64_t from = 0, to = 0;    // lessons that start in [from, to)
  size_t limit = 0;            // at most so many, the earliest
};
// Lessons that took place, or do now; in order of their start.
std::vector<Sheet> sheets(soci::session& sql, const SheetQuery& query);

// Does she teach a class that the student is or was in?
bool teaches(soci::session& sql, const std::string& teacher, const std::string& student);

// The ledger forgets who she was: her stays become nameless, and what was written about them goes.
void erase_from_attendance(soci::session& sql, const std::string& user);
// For her copy: her stays, oldest first.
std::vector<Presence> presences_of(soci::session& sql, const std::string& user);
std::vector<Correction> corrections_of(soci::session& sql, const std::string& user);

}  // namespace thranio::lesson
