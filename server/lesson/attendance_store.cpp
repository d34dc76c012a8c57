#include "server/lesson/attendance_store.hpp"

#include <algorithm>

#include <soci/soci.h>

#include "server/schedule/closures.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/statements.hpp"
#include "server/store/table.hpp"
#include "server/store/times.hpp"

namespace thranio::lesson {
namespace {

using store::ask;
using store::run;
using store::Value;
using Values = std::vector<Value>;

const std::string kPresence =
    "p.id, p.lesson_id, p.participant, p.user_id, p.name, p.role, p.began_at, p.ended_at, p.reason, "
    "p.quality, u.given_name, u.family_name, p.spoken_ms FROM presences p LEFT JOIN users u ON u.id = "
    "p.user_id ";
const std::string kCorrection =
    "SELECT lesson_id, user_id, number, corrected_at, corrected_by, corrected_by_name, minutes_before, "
    "minutes, reason FROM attendance_corrections ";

std::string text(const Value& value) {
  const auto* words = std::get_if<std::string>(&value);
  return words ? *words : "";
}
int64_t number(const Value& value) {
  const auto* n = std::get_if<int64_t>(&value);
  return n ? *n : 0;
}
std::optional<int64_t> optional_number(const Value& value) {
  const auto* n = std::get_if<int64_t>(&value);
  return n ? std::optional(*n) : std::nullopt;
}
Value value_of(const std::optional<int64_t>& n) {
  return n ? Value(*n) : Value();
}

std::string full_name(const std::string& given, const std::string& family) {
  return given.empty() || family.empty() ? given + family : given + " " + family;
}

// Somebody of the roster is called as she is called now; so whoever was erased has no name.
Presence read_presence(const Values& row) {
  Presence stay;
  stay.id = text(row[0]);
  stay.lesson_id = text(row[1]);
  stay.participant = text(row[2]);
  if (row[3].index() != 0) stay.user_id = text(row[3]);
  stay.name = stay.user_id ? full_name(text(row[10]), text(row[11])) : text(row[4]);
  stay.role = text(row[5]);
  stay.began_at = number(row[6]);
  stay.ended_at = optional_number(row[7]);
  stay.reason = end_reason_of(text(row[8]));
  stay.quality = text(row[9]);
  stay.spoken_ms = number(row[12]);
  return stay;
}

Correction read_correction(const Values& row) {
  return {text(row[0]), text(row[1]),   number(row[2]), number(row[3]), text(row[4]),
          text(row[5]), number(row[6]), number(row[7]), text(row[8])};
}

void write_ledger(soci::session& sql, const LedgerRow& row) {
  run(sql,
      "INSERT INTO lesson_ledgers (lesson_id, live_at, beat_at, ended_at, outage_ms) "
      "SELECT l.id, :live, :beat, :ended, :outage FROM lessons l WHERE l.id = :lesson "
      "ON CONFLICT (lesson_id) DO UPDATE SET live_at = COALESCE(lesson_ledgers.live_at, excluded.live_at), "
      "beat_at = excluded.beat_at, ended_at = COALESCE(lesson_ledgers.ended_at, excluded.ended_at), "
      "outage_ms = excluded.outage_ms",
      {value_of(row.live_at), row.beat_at, value_of(row.ended_at), row.outage_ms, row.lesson_id});
}

void write_presence(soci::session& sql, const Presence& stay) {
  const std::string reason{stay.reason ? to_string(*stay.reason) : ""};
  // Not the name again: she may have been erased since she came.
  run(sql,
      "INSERT INTO presences (id, lesson_id, participant, user_id, name, role, began_at, ended_at, reason, "
      "quality, spoken_ms) SELECT :id, l.id, :participant, :user, :name, :role, :began, :ended, :reason, "
      ":quality, "
      ":spoken "
      "FROM lessons l WHERE l.id = :lesson ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, "
      "reason = excluded.reason, quality = excluded.quality, spoken_ms = excluded.spoken_ms",
      {stay.id, stay.participant, stay.user_id ? Value(*stay.user_id) : Value(), stay.name, stay.role,
       stay.began_at, value_of(stay.ended_at), reason, stay.quality, stay.spoken_ms, stay.lesson_id});
}

// The lesson's day where its school is: enrollments have dates.
std::string day_of(soci::session& sql, const std::string& cls, int64_t at) {
  const auto rows = ask(sql, "SELECT school_id FROM classes WHERE id = :id", {cls});
  return schedule::zone_of_school(sql, rows.empty() ? "" : text(rows[0][0])).day_of(store::from_millis(at));
}

const std::string kEnrolled =
    "FROM enrollments e WHERE e.class_id = :class AND e.role = 'student' AND e.deleted_at IS NULL "
    "AND (e.starts_on = '' OR e.starts_on <= :day1) AND (e.ends_on = '' OR e.ends_on >= :day2)";

void keep_expected(soci::session& sql, const LedgerRow& ledger) {
  const auto rows = ask(sql, "SELECT class_id, starts_at FROM lessons WHERE id = :id", {ledger.lesson_id});
  if (rows.empty()) return;
  const std::string cls = text(rows[0][0]);
  const auto day = day_of(sql, cls, ledger.live_at.value_or(number(rows[0][1])));
  run(sql,
      "INSERT INTO lesson_expected (lesson_id, user_id) SELECT DISTINCT :lesson, e.user_id " + kEnrolled +
          " ON CONFLICT DO NOTHING",
      {ledger.lesson_id, cls, day, day});
}

Expected read_expected(const Values& row, size_t at) {
  const auto given = text(row[at + 1]), family = text(row[at + 2]);
  return {text(row[at]), full_name(given, family), full_name(family, given)};
}

// The sheet's people who are expected while it still runs: the class's as of today.
void expect_enrolled(soci::session& sql, Sheet& sheet, const std::string& user) {
  const auto day = day_of(sql, sheet.class_id, sheet.ledger.live_at.value_or(sheet.starts_at));
  std::string question =
      "SELECT DISTINCT u.id, u.given_name, u.family_name FROM users u WHERE u.id IN "
      "(SELECT e.user_id " +
      kEnrolled + ")";
  Values values{sheet.class_id, day, day};
  if (!user.empty()) {
    question += " AND u.id = :user";
    values.emplace_back(user);
  }
  for (const auto& row : ask(sql, question, values))
    sheet.expected.push_back(read_expected(row, 0));
}

Sheet read_sheet(const Values& row) {
  Sheet sheet;
  sheet.lesson_id = sheet.ledger.lesson_id = text(row[0]);
  sheet.class_id = text(row[1]);
  sheet.class_title = text(row[2]);
  sheet.title = text(row[3]);
  sheet.starts_at = number(row[4]);
  sheet.ends_at = number(row[5]);
  sheet.ledger.live_at = optional_number(row[6]);
  sheet.ledger.beat_at = number(row[7]);
  sheet.ledger.ended_at = optional_number(row[8]);
  sheet.ledger.outage_ms = number(row[9]);
  return sheet;
}

const std::string kSheet =
    "l.id, l.class_id, c.title, l.title, l.starts_at, l.ends_at, g.live_at, g.beat_at, g.ended_at, "
    "g.outage_ms FROM lessons l JOIN classes c ON c.id = l.class_id ";

// One statement for each lesson is asked with its text prepared once: a term of a class is sixty of them.
void fill(soci::session& sql, Sheet& sheet, const std::string& user) {
  const std::string one = user.empty() ? "" : " AND p.user_id = :user";
  Values values{sheet.lesson_id};
  if (!user.empty()) values.emplace_back(user);
  for (const auto& row :
       ask(sql, "SELECT " + kPresence + "WHERE p.lesson_id = :lesson" + one + " ORDER BY p.began_at, p.id",
           values))
    sheet.presences.push_back(read_presence(row));
  const std::string of = user.empty() ? "" : " AND x.user_id = :user";
  if (sheet.ledger.ended_at)
    for (const auto& row :
         ask(sql,
             "SELECT x.user_id, u.given_name, u.family_name FROM lesson_expected x JOIN users u ON u.id = "
             "x.user_id WHERE x.lesson_id = :lesson" +
                 of,
             values))
      sheet.expected.push_back(read_expected(row, 0));
  else
    expect_enrolled(sql, sheet, user);
  const std::string about = user.empty() ? "" : " AND user_id = :user";
  for (const auto& row :
       ask(sql, kCorrection + "WHERE lesson_id = :lesson" + about + " ORDER BY number", values))
    sheet.corrections.insert_or_assign(text(row[1]), read_correction(row));
}

}  // namespace

LessonTime Sheet::time() const {
  LessonTime time;
  time.from = ledger.live_at.value_or(0);
  time.to = ledger.live_at ? std::max(time.from, ledger.ended_at.value_or(ledger.beat_at)) : 0;
  time.starts_at = starts_at;
  time.outage_ms = ledger.outage_ms;
  time.over = ledger.ended_at.has_value();
  return time;
}

void write_batch(soci::session& sql, const Batch& batch) {
  for (const auto& stay : batch.presences)
    write_presence(sql, stay);
  for (const auto& ledger : batch.ledgers) {
    write_ledger(sql, ledger);
    if (ledger.ended_at) keep_expected(sql, ledger);
  }
}

std::vector<Interrupted> end_what_was_interrupted(soci::session& sql) {
  std::vector<Interrupted> going_on;
  const std::string open =
      "SELECT g.lesson_id, g.live_at, g.beat_at, g.ended_at, g.outage_ms, l.status, l.deleted_at "
      "FROM lesson_ledgers g JOIN lessons l ON l.id = g.lesson_id WHERE g.ended_at IS NULL";
  for (const auto& row : ask(sql, open)) {
    LedgerRow ledger{text(row[0]), optional_number(row[1]), optional_number(row[3]), number(row[2]),
                     number(row[4])};
    const auto status = text(row[5]);
    const bool over = status == "ended" || status == "cancelled" || row[6].index() != 0;
    const std::string reason{to_string(over ? EndReason::kLessonEnded : EndReason::kServerStopped)};
    run(sql,
        "UPDATE presences SET ended_at = CASE WHEN began_at > :beat1 THEN began_at ELSE :beat2 END, "
        "reason = :reason WHERE lesson_id = :lesson AND ended_at IS NULL",
        {ledger.beat_at, ledger.beat_at, reason, ledger.lesson_id});
    if (over) {
      ledger.ended_at = ledger.beat_at;
      write_ledger(sql, ledger);
      keep_expected(sql, ledger);
      continue;
    }
    Interrupted lesson{ledger, {}};
    std::map<std::string, Presence> last;  // of each participant
    for (const auto& stay :
         ask(sql, "SELECT " + kPresence + "WHERE p.lesson_id = :lesson ORDER BY p.began_at, p.id",
             {ledger.lesson_id})) {
      auto presence = read_presence(stay);
      last.insert_or_assign(presence.participant, std::move(presence));
    }
    for (auto& [who, stay] : last)
      if (stay.reason == EndReason::kServerStopped) lesson.stopped.push_back(std::move(stay));
    going_on.push_back(std::move(lesson));
  }
  return going_on;
}

void add_correction(soci::session& sql, const Correction& c) {
  run(sql,
      "INSERT INTO attendance_corrections (lesson_id, user_id, number, corrected_at, corrected_by, "
      "corrected_by_name, minutes_before, minutes, reason) VALUES (:lesson, :user, :number, :at, :by, :name, "
      ":before, :minutes, :reason)",
      {c.lesson_id, c.user_id, c.number, c.corrected_at, c.corrected_by, c.corrected_by_name,
       c.minutes_before, c.minutes, c.reason});
}

std::vector<Correction> corrections_in(soci::session& sql, const std::string& lesson) {
  std::vector<Correction> all;
  for (const auto& row :
       ask(sql, kCorrection + "WHERE lesson_id = :lesson ORDER BY user_id, number", {lesson}))
    all.push_back(read_correction(row));
  return all;
}

std::optional<Sheet> sheet_of(soci::session& sql, const std::string& lesson) {
  const auto rows = ask(sql,
                        "SELECT " + kSheet +
                            "LEFT JOIN lesson_ledgers g ON g.lesson_id = l.id WHERE l.id = :id AND "
                            "l.deleted_at IS NULL",
                        {lesson});
  if (rows.empty()) return std::nullopt;
  auto sheet = read_sheet(rows.front());
  fill(sql, sheet, "");
  return sheet;
}

std::vector<Sheet> sheets(soci::session& sql, const SheetQuery& query) {
  Values values;
  const auto next = [&](Value value) {
    values.push_back(std::move(value));
    return ":v" + std::to_string(values.size());
  };
  std::string question = "SELECT " + kSheet +
                         "JOIN lesson_ledgers g ON g.lesson_id = l.id WHERE g.live_at IS NOT NULL AND "
                         "l.deleted_at IS NULL";
  const auto narrow = [&](const std::string& before, Value value, const std::string& after = "") {
    question += before + next(std::move(value)) + after;
  };
  if (!query.cls.empty()) narrow(" AND l.class_id = ", query.cls);
  if (!query.user.empty()) {
    narrow(" AND (l.id IN (SELECT lesson_id FROM presences WHERE user_id = ", query.user, ")");
    narrow(" OR l.id IN (SELECT lesson_id FROM lesson_expected WHERE user_id = ", query.user, ")");
    narrow(" OR (g.ended_at IS NULL AND l.class_id IN (SELECT class_id FROM enrollments WHERE user_id = ",
           query.user, " AND role = 'student' AND deleted_at IS NULL)))");
  }
  if (!query.taught_by.empty()) {
    narrow(" AND (l.teacher_id = ", query.taught_by);
    narrow(" OR l.class_id IN (SELECT class_id FROM enrollments WHERE user_id = ", query.taught_by,
           " AND role = 'teacher' AND deleted_at IS NULL))");
  }
  if (!query.school.empty()) narrow(" AND c.school_id = ", query.school);
  narrow(" AND l.starts_at >= ", query.from);
  narrow(" AND l.starts_at < ", query.to);
  question += " ORDER BY l.starts_at, l.id LIMIT " + std::to_string(query.limit);
  std::vector<Sheet> all;
  for (const auto& row : ask(sql, question, values))
    all.push_back(read_sheet(row));
  for (auto& sheet : all)
    fill(sql, sheet, query.user);
  return all;
}

bool teaches(soci::session& sql, const std::string& teacher, const std::string& student) {
  return !ask(sql,
              "SELECT 1 FROM enrollments t JOIN enrollments s ON s.class_id = t.class_id WHERE t.user_id = "
              ":teacher AND t.role = 'teacher' AND t.deleted_at IS NULL AND s.user_id = :student AND s.role "
              "= "
              "'student' LIMIT 1",
              {teacher, student})
              .empty();
}

void erase_from_attendance(soci::session& sql, const std::string& user) {
  run(sql, "UPDATE presences SET name = '' WHERE user_id = :user", {user});
  run(sql, "UPDATE attendance_corrections SET reason = '' WHERE user_id = :user", {user});
  run(sql, "UPDATE attendance_corrections SET corrected_by_name = '' WHERE corrected_by = :user", {user});
}

std::vector<Presence> presences_of(soci::session& sql, const std::string& user) {
  std::vector<Presence> all;
  for (const auto& row :
       ask(sql, "SELECT " + kPresence + "WHERE p.user_id = :user ORDER BY p.began_at, p.id", {user}))
    all.push_back(read_presence(row));
  return all;
}

std::vector<Correction> corrections_of(soci::session& sql, const std::string& user) {
  std::vector<Correction> all;
  for (const auto& row : ask(sql, kCorrection + "WHERE user_id = :user ORDER BY corrected_at", {user}))
    all.push_back(read_correction(row));
  return all;
}

}  // namespace thranio::lesson
