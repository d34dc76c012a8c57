#include "server/api/attendance_json.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "server/store/times.hpp"

namespace thranio::api {

using lesson::to_minutes;
using nlohmann::json;

namespace {

std::string time_text(int64_t ms) {
  return store::to_rfc3339(store::from_millis(ms));
}
json time_json(const std::optional<int64_t>& ms) {
  return ms ? json(time_text(*ms)) : json(nullptr);
}

int percent(int64_t part, int64_t whole) {
  return whole <= 0 ? 0 : static_cast<int>(std::clamp<int64_t>((100 * part + whole / 2) / whole, 0, 100));
}

json absences_json(const lesson::Attendance& person) {
  json absences = json::array();
  for (const auto& absence : person.absences)
    absences.push_back({{"from", time_text(absence.from)},
                        {"to", time_text(absence.to)},
                        {"minutes", to_minutes(absence.to - absence.from)},
                        {"reason", to_string(absence.reason)}});
  return absences;
}

json link_json(const lesson::Attendance& person) {
  if (!person.link.rung) return nullptr;
  return {{"rung", name_of(*person.link.rung)}, {"loss_percent", person.link.loss_percent}};
}

int64_t to_seconds(int64_t milliseconds) {
  return (milliseconds + 500) / 1000;
}

// A teacher's voice is not on the floor, and nobody measures it.
json spoken_json(const lesson::Attendance& person) {
  return person.role == "teacher" ? json(nullptr) : json(to_seconds(person.spoken_ms));
}

// How much of all minutes of all students each rung was what their line carried.
json rungs_json(const lesson::Sheet& sheet) {
  std::array<int64_t, kRungCount> minutes{};
  int64_t all = 0;
  for (const auto& stay : sheet.presences) {
    if (stay.role == "teacher") continue;
    for (const auto& minute : lesson::minutes_of(stay.quality)) {
      if (!minute.rung) continue;
      ++minutes[static_cast<size_t>(*minute.rung)];
      ++all;
    }
  }
  json rungs = json::array();
  for (size_t i = kRungCount; i-- > 0;)
    if (minutes[i] > 0)
      rungs.push_back({{"rung", name_of(static_cast<Rung>(i))},
                       {"minutes", minutes[i]},
                       {"share_percent", percent(minutes[i], all)}});
  return rungs;
}

}  // namespace

int64_t AttendanceEntry::minutes() const {
  return correction ? correction->minutes : to_minutes(as_recorded.present_ms);
}

int AttendanceEntry::share_percent(const lesson::LessonTime& time) const {
  return correction ? percent(correction->minutes, to_minutes(lesson_ms(time))) : as_recorded.share_percent;
}

bool AttendanceEntry::present() const {
  return correction ? correction->minutes > 0 : as_recorded.present_ms > 0;
}

std::vector<AttendanceEntry> entries_of(const lesson::Sheet& sheet) {
  std::vector<AttendanceEntry> entries;
  for (auto& person : attendance_of(sheet.time(), sheet.presences, sheet.expected)) {
    std::optional<lesson::Correction> correction;
    if (person.user_id)
      if (const auto at = sheet.corrections.find(*person.user_id); at != sheet.corrections.end())
        correction = at->second;
    entries.push_back({std::move(person), std::move(correction)});
  }
  return entries;
}

json lesson_brief(const lesson::Sheet& sheet) {
  const auto time = sheet.time();
  return {{"id", sheet.lesson_id},
          {"class_id", sheet.class_id},
          {"class_title", sheet.class_title},
          {"title", sheet.title},
          {"starts_at", time_text(sheet.starts_at)},
          {"ends_at", time_text(sheet.ends_at)},
          {"began_at", time_json(sheet.ledger.live_at)},
          {"ended_at", sheet.ledger.live_at ? time_json(sheet.ledger.ended_at) : json(nullptr)},
          {"minutes", to_minutes(lesson_ms(time))},
          {"outage_seconds", sheet.ledger.outage_ms / 1000}};
}

json correction_json(const lesson::Correction& correction) {
  return {{"user_id", correction.user_id},
          {"number", correction.number},
          {"minutes_before", correction.minutes_before},
          {"minutes", correction.minutes},
          {"reason", correction.reason},
          {"corrected_at", time_text(correction.corrected_at)},
          {"corrected_by", correction.corrected_by},
          {"corrected_by_name", correction.corrected_by_name}};
}

json entry_json(const AttendanceEntry& entry, const lesson::LessonTime& time) {
  const auto& person = entry.as_recorded;
  return {{"user_id", person.user_id ? json(*person.user_id) : json(nullptr)},
          {"name", person.name},
          {"role", person.role},
          {"expected", person.expected},
          {"present", entry.present()},
          {"minutes", entry.minutes()},
          {"share_percent", entry.share_percent(time)},
          {"seconds_recorded", person.present_ms / 1000},
          {"seconds_spoken", spoken_json(person)},
          {"first_seen", time_json(person.first_seen)},
          {"last_seen", time_json(person.last_seen)},
          {"late", person.late},
          {"late_minutes", to_minutes(person.late_ms)},
          {"left_early", person.left_early},
          {"early_minutes", to_minutes(person.early_ms)},
          {"absences", absences_json(person)},
          {"link", link_json(person)},
          {"correction", entry.correction ? correction_json(*entry.correction) : json(nullptr)}};
}

json report_json(const lesson::Sheet& sheet, const std::vector<AttendanceEntry>& entries) {
  const auto time = sheet.time();
  int64_t expected = 0, present = 0, absent = 0, late = 0, left_early = 0, guests = 0, lost = 0;
  json people = json::array();
  for (const auto& entry : entries) {
    const auto& person = entry.as_recorded;
    people.push_back(entry_json(entry, time));
    lost += std::ranges::count(person.absences, lesson::AbsenceReason::kLinkLost, &lesson::Absence::reason);
    if (person.role == "teacher") continue;
    expected += person.expected;
    present += entry.present();
    absent += person.expected && !entry.present();
    late += person.late;
    left_early += person.left_early;
    guests += entry.present() && !person.expected;
  }
  return {{"lesson", lesson_brief(sheet)},
          {"counts",
           {{"expected", expected},
            {"present", present},
            {"absent", absent},
            {"late", late},
            {"left_early", left_early},
            {"guests", guests},
            {"links_lost", lost}}},
          {"rungs", rungs_json(sheet)},
          {"people", std::move(people)}};
}

void AttendanceSum::add(const lesson::Sheet& sheet) {
  const auto time = sheet.time();
  if (!time.over) return;
  for (const auto& entry : entries_of(sheet)) {
    const auto& person = entry.as_recorded;
    if (!person.user_id || person.role == "teacher") continue;
    auto& total = totals_[*person.user_id];
    total.user_id = *person.user_id;
    total.name = person.name;
    total.sort_key = person.sort_key;
    ++total.lessons;
    ++(entry.present() ? total.present : total.absent);
    total.late += person.late;
    total.left_early += person.left_early;
    total.minutes += entry.minutes();
    total.seconds_spoken += to_seconds(person.spoken_ms);
    total.lesson_minutes += to_minutes(lesson_ms(time));
  }
}

std::vector<AttendanceTotals> AttendanceSum::totals() const {
  std::vector<AttendanceTotals> all;
  for (const auto& [id, total] : totals_)
    all.push_back(total);
  std::ranges::stable_sort(all, {}, &AttendanceTotals::sort_key);
  return all;
}

json totals_json(const AttendanceTotals& totals) {
  return {{"user_id", totals.user_id},
          {"name", totals.name},
          {"lessons", totals.lessons},
          {"present", totals.present},
          {"absent", totals.absent},
          {"late", totals.late},
          {"left_early", totals.left_early},
          {"minutes", totals.minutes},
          {"lesson_minutes", totals.lesson_minutes},
          {"seconds_spoken", totals.seconds_spoken},
          {"share_percent", percent(totals.minutes, totals.lesson_minutes)}};
}

const std::vector<std::string> kEntryColumns{"lesson_id",
                                             "class",
                                             "title",
                                             "starts_at",
                                             "name",
                                             "user_id",
                                             "role",
                                             "expected",
                                             "present",
                                             "minutes",
                                             "share_percent",
                                             "seconds_recorded",
                                             "seconds_spoken",
                                             "first_seen",
                                             "last_seen",
                                             "late_minutes",
                                             "early_minutes",
                                             "absences",
                                             "link",
                                             "loss_percent",
                                             "minutes_before_correction",
                                             "correction_reason"};
const std::vector<std::string> kTotalsColumns{"name",           "user_id",       "lessons",       "present",
                                              "absent",         "late",          "left_early",    "minutes",
                                              "lesson_minutes", "share_percent", "seconds_spoken"};

std::vector<std::string> entry_cells(const lesson::Sheet& sheet, const AttendanceEntry& entry) {
  const auto& person = entry.as_recorded;
  std::string absences;
  for (const auto& absence : person.absences)
    absences += (absences.empty() ? "" : "; ") + std::string(to_string(absence.reason)) + " " +
                std::to_string(to_minutes(absence.to - absence.from)) + " min";
  const auto yes = [](bool is) { return std::string(is ? "true" : "false"); };
  const auto when = [](const std::optional<int64_t>& ms) { return ms ? time_text(*ms) : std::string(); };
  return {sheet.lesson_id,
          sheet.class_title,
          sheet.title,
          time_text(sheet.starts_at),
          person.name,
          person.user_id.value_or(""),
          person.role,
          yes(person.expected),
          yes(entry.present()),
          std::to_string(entry.minutes()),
          std::to_string(entry.share_percent(sheet.time())),
          std::to_string(person.present_ms / 1000),
          person.role == "teacher" ? "" : std::to_string(to_seconds(person.spoken_ms)),
          when(person.first_seen),
          when(person.last_seen),
          std::to_string(to_minutes(person.late_ms)),
          std::to_string(to_minutes(person.early_ms)),
          absences,
          person.link.rung ? std::string(name_of(*person.link.rung)) : "",
          person.link.rung ? std::to_string(person.link.loss_percent) : "",
          entry.correction ? std::to_string(entry.correction->minutes_before) : "",
          entry.correction ? entry.correction->reason : ""};
}

std::vector<std::string> totals_cells(const AttendanceTotals& totals) {
  std::vector<std::string> cells{totals.name, totals.user_id};
  for (const auto n : {totals.lessons, totals.present, totals.absent, totals.late, totals.left_early,
                       totals.minutes, totals.lesson_minutes})
    cells.push_back(std::to_string(n));
  cells.push_back(std::to_string(percent(totals.minutes, totals.lesson_minutes)));
  cells.push_back(std::to_string(totals.seconds_spoken));
  return cells;
}

}  // namespace thranio::api
