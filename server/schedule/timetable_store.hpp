// The lessons' SQL. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/schedule/lesson_record.hpp"

namespace soci {
class session;
}

namespace thranio::schedule {

void insert_lesson(soci::session& sql, const LessonRecord& lesson);
std::optional<LessonRecord> find_lesson(soci::session& sql, const std::string& id);
std::vector<LessonRecord> lessons_of_class(soci::session& sql, const std::string& cls,
                                           const std::string& after, int limit);
std::vector<LessonRecord> lessons_by_status(soci::session& sql, LessonStatus status);
// Writes title, times, status and voice_packet_ms over version `from`; false if it is another by now.
bool update_lesson(soci::session& sql, const LessonRecord& lesson, int64_t from);
void delete_lesson(soci::session& sql, const std::string& id);  // and its join tokens

}  // namespace thranio::schedule
