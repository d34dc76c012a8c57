#include "server/schedule/timetable_store.hpp"

#include <soci/soci.h>

#include "server/store/times.hpp"

namespace thranio::schedule {
namespace {

using soci::into;
using soci::use;

const std::string kSelect =
    "SELECT l.id, c.school_id, l.class_id, c.title, l.title, l.starts_at, l.ends_at, l.status, l.version, "
    "l.voice_packet_ms "
    "FROM lessons l JOIN classes c ON c.id = l.class_id ";

LessonStatus status_of(const std::string& text) {
  if (text == "live") return LessonStatus::kLive;
  return text == "scheduled" ? LessonStatus::kScheduled : LessonStatus::kEnded;
}

LessonRecord read(const soci::row& row) {
  LessonRecord lesson;
  lesson.id = LessonId{row.get<std::string>(0)};
  lesson.school = SchoolId{row.get<std::string>(1)};
  lesson.cls = ClassId{row.get<std::string>(2)};
  lesson.class_title = row.get<std::string>(3);
  lesson.title = row.get<std::string>(4);
  lesson.starts_at = store::from_millis(row.get<long long>(5));
  lesson.ends_at = store::from_millis(row.get<long long>(6));
  lesson.status = status_of(row.get<std::string>(7));
  lesson.version = row.get<long long>(8);
  lesson.voice_packet_ms = row.get<int>(9);
  return lesson;
}

std::vector<LessonRecord> read_all(const soci::rowset<soci::row>& rows) {
  std::vector<LessonRecord> lessons;
  for (const auto& row : rows)
    lessons.push_back(read(row));
  return lessons;
}

}  // namespace

void insert_lesson(soci::session& sql, const LessonRecord& l) {
  const long long starts = store::to_millis(l.starts_at), ends = store::to_millis(l.ends_at),
                  version = l.version;
  const std::string status{to_string(l.status)};
  sql << "INSERT INTO lessons (id, class_id, title, starts_at, ends_at, status, version, voice_packet_ms) "
         "VALUES (:id, :class, :title, :starts, :ends, :status, :version, :voice)",
      use(l.id.value()), use(l.cls.value()), use(l.title), use(starts), use(ends), use(status), use(version),
      use(l.voice_packet_ms);
}

std::optional<LessonRecord> find_lesson(soci::session& sql, const std::string& id) {
  soci::row row;
  sql << kSelect + "WHERE l.id = :id", use(id), into(row);
  if (!sql.got_data()) return std::nullopt;
  return read(row);
}

std::vector<LessonRecord> lessons_of_class(soci::session& sql, const std::string& cls,
                                           const std::string& after, int limit) {
  return read_all(
      (sql.prepare << kSelect + "WHERE l.class_id = :class AND l.id > :after ORDER BY l.id LIMIT :limit",
       use(cls), use(after), use(limit)));
}

std::vector<LessonRecord> lessons_by_status(soci::session& sql, LessonStatus status) {
  const std::string text{to_string(status)};
  return read_all((sql.prepare << kSelect + "WHERE l.status = :status ORDER BY l.id", use(text)));
}

bool update_lesson(soci::session& sql, const LessonRecord& l, int64_t from) {
  const long long starts = store::to_millis(l.starts_at), ends = store::to_millis(l.ends_at), version = from;
  const std::string status{to_string(l.status)};
  soci::statement statement =
      (sql.prepare
           << "UPDATE lessons SET title = :title, starts_at = :starts, ends_at = :ends, status = :status, "
              "voice_packet_ms = :voice, "
              "version = version + 1 WHERE id = :id AND version = :version",
       use(l.title), use(starts), use(ends), use(status), use(l.voice_packet_ms), use(l.id.value()),
       use(version));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

void delete_lesson(soci::session& sql, const std::string& id) {
  sql << "DELETE FROM tokens WHERE lesson_id = :id", use(id);
  sql << "DELETE FROM lessons WHERE id = :id", use(id);
}

}  // namespace thranio::schedule
