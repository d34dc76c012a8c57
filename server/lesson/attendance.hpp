// Attendance as arithmetic: stays of people in a lesson in, minutes present, absences with their reasons, who
// was late and what their line carried out. Reloads, reconnects and several tabs of one person are one
// presence; what overlaps counts once. Way: attendance_store's rows → [attendance] → attendance_api. Thread:
// any (pure). Times are milliseconds since 1970 by the lesson's clock (attendance_book).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/rung.hpp"

namespace thranio::lesson {

enum class EndReason : uint8_t { kLeft, kLinkLost, kRemoved, kLessonEnded, kServerStopped };
std::string_view to_string(EndReason reason);
std::optional<EndReason> end_reason_of(std::string_view text);

// One stay of one person, a row of presences.
struct Presence {
  std::string id, lesson_id;
  std::string participant;
  std::optional<std::string> user_id;  // none: a guest
  std::string name;                    // at the time
  std::string role;                    // teacher, student, guest
  int64_t began_at = 0;
  std::optional<int64_t> ended_at;    // none: it runs
  std::optional<EndReason> reason{};  // of its end
  std::string quality{};              // three letters a minute, see Minute
  int64_t spoken_ms = 0;              // a student's voice sounded on the floor, see VoiceChoice
};

// What a student's line carried in a minute of her stay, and lost.
struct Minute {
  std::optional<Rung> rung;  // the one it carried longest; none: no media
  int loss_percent = 0;      // of the packets, on average
  bool operator==(const Minute&) const = default;
};
constexpr size_t kMinuteLetters = 3;  // '0' to '7' or '-', then two digits of loss
std::string to_letters(const Minute& minute);
std::vector<Minute> minutes_of(std::string_view letters);

struct LessonTime {
  int64_t from = 0, to = 0;  // since it was live, until its end or until now
  int64_t starts_at = 0;     // by the timetable
  int64_t outage_ms = 0;     // of it, the server was not there
  bool over = true;
};

// Somebody whom the class expects: an enrolled student.
struct Expected {
  std::string user_id, name, sort_key;
};

enum class AbsenceReason : uint8_t { kNotYetThere, kLeft, kLinkLost, kRemoved, kServerStopped, kNeverCame };
std::string_view to_string(AbsenceReason reason);

struct Absence {
  int64_t from = 0, to = 0;
  AbsenceReason reason = AbsenceReason::kNeverCame;
  bool operator==(const Absence&) const = default;
};

// One person's part in one lesson.
struct Attendance {
  std::optional<std::string> user_id;
  std::string name, sort_key, role;
  bool expected = false;
  int64_t present_ms = 0;
  int64_t spoken_ms = 0;                         // a student's, from the floor
  int share_percent = 0;                         // of the lesson's time
  std::optional<int64_t> first_seen, last_seen;  // may be before the lesson was live
  int64_t late_ms = 0;                           // came so long after the lesson's beginning
  int64_t early_ms = 0;                          // left so long before its end
  bool late = false, left_early = false;         // by more than kTolerance
  std::vector<Absence> absences;
  Minute link;  // the rung of most minutes, the average loss
};
constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kToleranceMs = 5 * kMinuteMs;  // who comes or leaves within it is on time
int64_t lesson_ms(const LessonTime& time);

// Teachers first, then everybody by name; expected ones who never came among them.
std::vector<Attendance> attendance_of(const LessonTime& time, const std::vector<Presence>& presences,
                                      const std::vector<Expected>& expected);

int64_t to_minutes(int64_t milliseconds);  // rounded

}  // namespace thranio::lesson
