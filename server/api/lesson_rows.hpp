// What lessons_api, series_api and timetable_api share: how a lesson is told, who may touch it, what it
// clashes with. Thread: db.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/api/rest.hpp"
#include "server/schedule/closures.hpp"

namespace thranio::api {

// Lessons of one school as JSON: with their class's title, their teachers' names and what suspends them. Asks
// for each class and teacher once.
class LessonTeller {
 public:
  LessonTeller(soci::session& sql, const std::string& school, int64_t from, int64_t to);
  nlohmann::json operator()(const schedule::LessonRow& lesson);

 private:
  struct ClassWords {
    std::string title;
    std::vector<std::string> teachers;
  };
  const ClassWords& words_of(const std::string& cls);
  const std::string& name_of(const std::string& teacher);

  soci::session& sql_;
  schedule::ClosureCalendar closures_;
  int64_t open_before_ms_ = 0;
  std::map<std::string, ClassWords> classes_;
  std::map<std::string, std::string> teachers_;
};

nlohmann::json lesson_json(soci::session& sql, const schedule::LessonRow& lesson);
// Of one class.
nlohmann::json lessons_json(soci::session& sql, const std::vector<schedule::LessonRow>& lessons);

// The class that owns lessons or series; nobody is told of another school's. Errors: not-found, not-allowed.
Result<roster::Class> permitted_class(soci::session& sql, const auth::Principal& who, const std::string& cls,
                                      auth::Action action);
// The same for all of its lessons or series, to be read or changed.
Result<void> permit_lessons_of(soci::session& sql, const auth::Principal& who, const std::string& cls,
                               bool write);

// Who stands in is a teacher of the same school (or of one above it). Error: invalid-field /teacher_id.
Result<void> check_substitute(soci::session& sql, const std::optional<std::string>& teacher,
                              const std::string& cls);
// Error: lesson-clash, with the clashes, unless the body says allow_clashes.
Result<void> check_clashes(soci::session& sql, const std::vector<schedule::LessonRow>& planned,
                           const nlohmann::json& body);

}  // namespace thranio::api
