// Who would be in two lessons at once. Way: lessons_api, series_api → [clashes] → timetable_store. Thread:
// db.
#pragma once

#include <string>
#include <vector>

#include "server/schedule/timetable_store.hpp"

namespace thranio::schedule {

struct Clash {
  LessonRow planned;
  LessonRow lesson;                // that it clashes with
  std::string who;                 // "class", "teacher" or "student"
  std::vector<std::string> users;  // the teachers or students concerned
};

constexpr size_t kMostClashes = 100;  // told; one is enough to refuse

// Those of the planned lessons (of one class) with what the class, its teachers and its students do. Lessons
// that are cancelled or suspended clash with nothing; nor do lessons with themselves and those of their own
// series.
std::vector<Clash> clashes(soci::session& sql, const std::vector<LessonRow>& planned);

}  // namespace thranio::schedule
