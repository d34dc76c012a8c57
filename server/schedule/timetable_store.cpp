#include "server/schedule/timetable_store.hpp"

#include <map>
#include <set>

#include <soci/soci.h>

#include "server/store/times.hpp"

namespace thranio::store {

using schedule::Closure;
using schedule::LessonRow;
using schedule::LessonSeries;

template <>
const Table<LessonRow>& table_of() {
  static const Table<LessonRow> table{"lessons",
                                      {{"id", &LessonRow::id, Look::kReadOnly},
                                       {"class_id", &LessonRow::class_id, Look::kReadOnly},
                                       {"title", &LessonRow::title, Look::kWords},
                                       {"starts_at", &LessonRow::starts_at, Look::kTime},
                                       {"ends_at", &LessonRow::ends_at, Look::kTime},
                                       {"status", &LessonRow::status, Look::kReadOnly},
                                       {"voice_packet_ms", &LessonRow::voice_packet_ms},
                                       {"camera_codec", &LessonRow::camera_codec},
                                       {"series_id", &LessonRow::series_id, Look::kReadOnly},
                                       {"recurrence_id", &LessonRow::recurrence_id, Look::kToldTime},
                                       {"teacher_id", &LessonRow::teacher_id},
                                       {"live_since", &LessonRow::live_since, Look::kToldTime},
                                       {"despite_closure", &LessonRow::despite_closure},
                                       {"sequence", &LessonRow::sequence, Look::kHidden},
                                       {"updated_at", &LessonRow::updated_at, Look::kHidden},
                                       {"deleted_at", &LessonRow::deleted_at, Look::kHidden}}};
  return table;
}

template <>
const Table<LessonSeries>& table_of() {
  using Row = LessonSeries;
  static const Table<Row> table{"lesson_series",
                                {{"id", &Row::id, Look::kReadOnly},
                                 {"class_id", &Row::class_id, Look::kReadOnly},
                                 {"title", &Row::title, Look::kWords},
                                 {"starts_at_local", &Row::starts_at_local},
                                 {"duration_minutes", &Row::duration_minutes},
                                 {"rrule", &Row::rrule},
                                 {"rdates", &Row::rdates},
                                 {"exdates", &Row::exdates},
                                 {"teacher_id", &Row::teacher_id},
                                 {"voice_packet_ms", &Row::voice_packet_ms},
                                 {"camera_codec", &Row::camera_codec},
                                 {"sequence", &Row::sequence, Look::kHidden},
                                 {"updated_at", &Row::updated_at, Look::kHidden},
                                 {"deleted_at", &Row::deleted_at, Look::kHidden}}};
  return table;
}

template <>
const Table<Closure>& table_of() {
  static const Table<Closure> table{"closures",
                                    {{"id", &Closure::id, Look::kReadOnly},
                                     {"school_id", &Closure::school_id, Look::kReadOnly},
                                     {"title", &Closure::title, Look::kWords},
                                     {"starts_on", &Closure::starts_on, Look::kDate},
                                     {"ends_on", &Closure::ends_on, Look::kDate},
                                     {"uid", &Closure::uid, Look::kHidden},
                                     {"updated_at", &Closure::updated_at, Look::kHidden},
                                     {"deleted_at", &Closure::deleted_at, Look::kHidden}}};
  return table;
}

}  // namespace thranio::store

namespace thranio::schedule {
namespace {

using store::ask;
using store::Value;
using Values = std::vector<Value>;

const std::string kRules =
    "s.version, s.private_chat, s.lobby, s.students_cameras, s.chat_words, s.chat_words_rule ";
const std::string kRecord =
    "SELECT l.id, c.school_id, l.class_id, c.title, l.title, l.starts_at, l.ends_at, l.status, l.version, "
    "l.voice_packet_ms, l.teacher_id, l.live_since, s.lessons_open_before_minutes, "
    "s.lessons_end_after_minutes, l.camera_codec, " +
    kRules + "FROM lessons l JOIN classes c ON c.id = l.class_id JOIN schools s ON s.id = c.school_id ";

SchoolRules read_rules(const Values& row, size_t first) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[first + i]); };
  return {std::get<int64_t>(row[first]),
          private_chat_of(text(1)),
          lobby_of(text(2)).value_or(Lobby::kOff),
          text(3) != "off",
          text(4),
          word_rule_of(text(5))};
}

LessonRecord read_record(const Values& row) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  const auto number = [&](size_t i) { return std::get<int64_t>(row[i]); };
  LessonRecord lesson;
  lesson.id = LessonId{text(0)};
  lesson.school = SchoolId{text(1)};
  lesson.cls = ClassId{text(2)};
  lesson.class_title = text(3);
  lesson.title = text(4);
  lesson.starts_at = store::from_millis(number(5));
  lesson.ends_at = store::from_millis(number(6));
  lesson.status = lesson_status_of(text(7));
  lesson.version = number(8);
  lesson.voice_packet_ms = static_cast<int>(number(9));
  if (row[10].index() != 0) lesson.teacher = UserId{text(10)};
  if (row[11].index() != 0) lesson.live_since = store::from_millis(number(11));
  lesson.opens_before = std::chrono::minutes(number(12));
  lesson.grace = std::chrono::minutes(number(13));
  lesson.camera_codec = text(14);
  lesson.rules = read_rules(row, 15);
  return lesson;
}

// The columns of a LessonRow, from the table called l.
const std::string& row_columns() {
  static const std::string columns = [] {
    std::string text;
    for (const auto& name : store::detail::columns_of<LessonRow>())
      text += (text.empty() ? "l." : ", l.") + name;
    return text;
  }();
  return columns;
}

std::vector<LessonRow> read_rows(std::vector<Values> rows) {
  std::vector<LessonRow> lessons;
  lessons.reserve(rows.size());
  for (auto& row : rows)
    lessons.push_back(store::detail::row_of<LessonRow>(std::move(row)));
  return lessons;
}

// No lesson of ours is longer: what overlaps a span began at most this long before it, so that an index by
// start finds it.
constexpr int64_t kLongestLessonMs = 24LL * 3600 * 1000;

struct Statement {
  std::string text;
  Values values;
};

Statement timetable_of(const TimetableQuery& query, const std::pair<Value, std::string>& place) {
  Statement s;
  const auto next = [&](Value value) {
    s.values.push_back(std::move(value));
    return ":v" + std::to_string(s.values.size());
  };
  s.text =
      "SELECT " + row_columns() + " FROM classes c JOIN lessons l ON l.class_id = c.id WHERE c.school_id = ";
  s.text += next(query.school_id);
  if (!query.cls.empty()) s.text += " AND c.id = " + next(query.cls);
  const auto enrolled = [&](const std::string& user, const char* role) {
    return "c.id IN (SELECT e.class_id FROM enrollments e WHERE e.user_id = " + next(user) +
           " AND e.role = '" + role + "' AND e.deleted_at IS NULL)";
  };
  if (!query.student.empty()) s.text += " AND " + enrolled(query.student, "student");
  if (!query.teacher.empty()) {
    s.text += " AND (l.teacher_id = " + next(query.teacher);
    s.text += " OR (l.teacher_id IS NULL AND " + enrolled(query.teacher, "teacher") + "))";
  }
  s.text += " AND l.starts_at >= " + next(query.from - kLongestLessonMs);
  s.text += " AND l.starts_at < " + next(query.to);
  s.text += " AND l.ends_at > " + next(query.from);
  s.text += " AND l.deleted_at IS NULL AND c.deleted_at IS NULL";
  if (!query.with_cancelled) s.text += " AND l.status <> 'cancelled'";
  if (!query.cursor.empty()) {
    const auto starts = next(place.first), id = next(place.second);
    s.text += " AND (l.starts_at, l.id) > (" + starts + ", " + id + ")";
  }
  s.text += " ORDER BY l.starts_at, l.id LIMIT " + std::to_string(query.limit);
  return s;
}

}  // namespace

std::optional<SchoolRules> find_rules(soci::session& sql, const std::string& school) {
  const auto rows = ask(sql, "SELECT " + kRules + "FROM schools s WHERE s.id = :id", {school});
  return rows.empty() ? std::nullopt : std::optional(read_rules(rows.front(), 0));
}

std::optional<LessonRecord> find_lesson(soci::session& sql, const std::string& id) {
  const auto rows = ask(sql, kRecord + "WHERE l.id = :id AND l.deleted_at IS NULL", {id});
  if (rows.empty()) return std::nullopt;
  return read_record(rows.front());
}

std::vector<LessonRecord> lessons_by_status(soci::session& sql, LessonStatus status) {
  std::vector<LessonRecord> lessons;
  for (const auto& row : ask(sql, kRecord + "WHERE l.status = :status AND l.deleted_at IS NULL ORDER BY l.id",
                             {std::string{to_string(status)}}))
    lessons.push_back(read_record(row));
  return lessons;
}

bool set_lesson_status(soci::session& sql, const std::string& id, LessonStatus status, int64_t now_ms,
                       int64_t from) {
  const Value live_since = status == LessonStatus::kLive ? Value(now_ms) : Value();
  return store::run(sql,
                    "UPDATE lessons SET status = :status, live_since = COALESCE(:since, live_since), "
                    "updated_at = :now, version = version + 1 WHERE id = :id AND version = :version",
                    {std::string{to_string(status)}, live_since, now_ms, id, from}) == 1;
}

int64_t purge_lessons(soci::session& sql, const std::string& school, int64_t before_ms) {
  const std::string old =
      "SELECT l.id FROM classes c JOIN lessons l ON l.class_id = c.id WHERE c.school_id = :school "
      "AND l.ends_at < :before AND l.status <> 'live'";
  store::run(sql, "DELETE FROM tokens WHERE lesson_id IN (" + old + ")", {school, before_ms});
  return store::run(sql, "DELETE FROM lessons WHERE id IN (" + old + ")", {school, before_ms});
}

void delete_join_tokens(soci::session& sql, const std::string& lesson) {
  store::run(sql, "DELETE FROM tokens WHERE lesson_id = :id", {lesson});
}

std::vector<LessonRow> lessons_of_series(soci::session& sql, const std::string& series) {
  return read_rows(
      ask(sql,
          "SELECT " + row_columns() +
              " FROM lessons l WHERE l.series_id = :id AND l.deleted_at IS NULL ORDER BY l.recurrence_id",
          {series}));
}

void hand_over_lessons(soci::session& sql, const std::string& series, int64_t from, const std::string& to) {
  store::run(sql,
             "UPDATE lessons SET series_id = :to, version = version + 1 WHERE series_id = :series "
             "AND recurrence_id >= :from",
             {to, series, from});
}

Result<std::vector<LessonRow>> timetable(soci::session& sql, const TimetableQuery& query) {
  std::pair<Value, std::string> place;
  if (!query.cursor.empty()) {
    auto read = store::read_cursor(query.cursor);
    if (!read) return std::unexpected(read.error());
    place = std::move(*read);
  }
  const auto statement = timetable_of(query, place);
  return read_rows(ask(sql, statement.text, statement.values));
}

std::string timetable_statement(const TimetableQuery& query) {
  return timetable_of(query, {}).text;
}

std::vector<Busy> busy_times(soci::session& sql, const std::string& cls, const std::string& substitute,
                             int64_t from, int64_t to) {
  std::vector<Busy> all;
  const std::string during =
      " AND l.starts_at >= :from AND l.starts_at < :to AND l.ends_at > :begin AND l.deleted_at IS NULL "
      "AND l.status IN ('scheduled', 'live')";
  const auto add = [&](const std::string& who, std::vector<Values> rows) {
    for (auto& row : rows) {
      std::string user = std::get<std::string>(row.back());
      row.pop_back();
      all.push_back({store::detail::row_of<LessonRow>(std::move(row)), who, std::move(user)});
    }
  };
  const int64_t earliest = from - kLongestLessonMs;
  add("class", ask(sql, "SELECT " + row_columns() + ", '' FROM lessons l WHERE l.class_id = :class" + during,
                   {cls, earliest, to, from}));
  // Everybody of the class, in their other classes; a substituted teacher is free.
  const std::string others =
      "SELECT " + row_columns() +
      ", mine.user_id FROM enrollments mine JOIN enrollments theirs ON theirs.user_id = mine.user_id "
      "JOIN lessons l ON l.class_id = theirs.class_id WHERE mine.class_id = :class AND theirs.class_id <> "
      ":class2 "
      "AND mine.deleted_at IS NULL AND theirs.deleted_at IS NULL ";
  add("student", ask(sql, others + "AND mine.role = 'student' AND theirs.role = 'student'" + during,
                     {cls, cls, earliest, to, from}));
  if (substitute.empty())
    add("teacher",
        ask(sql,
            others + "AND mine.role = 'teacher' AND theirs.role = 'teacher' AND l.teacher_id IS NULL" +
                during,
            {cls, cls, earliest, to, from}));
  const std::string standing_in =
      "SELECT " + row_columns() +
      ", l.teacher_id FROM lessons l WHERE l.class_id <> :class AND l.teacher_id ";
  if (substitute.empty())
    add("teacher", ask(sql,
                       standing_in +
                           "IN (SELECT user_id FROM enrollments WHERE class_id = :class2 "
                           "AND role = 'teacher' AND deleted_at IS NULL)" +
                           during,
                       {cls, cls, earliest, to, from}));
  else {
    add("teacher", ask(sql, standing_in + "= :teacher" + during, {cls, substitute, earliest, to, from}));
    add("teacher", ask(sql,
                       "SELECT " + row_columns() +
                           ", e.user_id FROM enrollments e JOIN lessons l ON l.class_id = e.class_id WHERE "
                           "e.user_id = :teacher "
                           "AND e.class_id <> :class AND e.role = 'teacher' AND e.deleted_at IS NULL AND "
                           "l.teacher_id IS NULL" +
                           during,
                       {substitute, cls, earliest, to, from}));
  }
  return all;
}

std::vector<Closure> closures_between(soci::session& sql, const std::vector<std::string>& schools,
                                      const std::string& from, const std::string& to) {
  std::vector<Closure> all;
  for (const auto& school : schools)
    for (auto& row :
         ask(sql,
             "SELECT " + store::detail::selected<Closure>() +
                 " FROM closures WHERE school_id = :school AND starts_on <= :to AND ends_on >= :from "
                 "AND deleted_at IS NULL ORDER BY starts_on",
             {school, to, from}))
      all.push_back(store::detail::row_of<Closure>(std::move(row)));
  return all;
}

std::optional<Closure> closure_by_uid(soci::session& sql, const std::string& school, const std::string& uid,
                                      const std::string& starts_on) {
  auto rows = ask(sql,
                  "SELECT " + store::detail::selected<Closure>() +
                      " FROM closures WHERE school_id = :school AND uid = :uid AND starts_on = :day",
                  {school, uid, starts_on});
  if (rows.empty()) return std::nullopt;
  return store::detail::row_of<Closure>(std::move(rows.front()));
}

}  // namespace thranio::schedule
