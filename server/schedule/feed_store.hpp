// Calendar feeds: who may read what by which link, and what stands in it. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/schedule/timetable_store.hpp"

namespace thranio::schedule {

struct Feed {
  std::string id, school_id;
  std::string kind;       // "user", "class", "school"
  std::string target_id;  // of that kind
  int64_t created_at = 0;
};

void insert_feed(soci::session& sql, const Feed& feed, const std::string& hash,
                 const std::string& created_by);
std::optional<Feed> feed_by_hash(soci::session& sql, const std::string& hash);
std::optional<Feed> find_feed(soci::session& sql, const std::string& id);
std::vector<Feed> feeds_of(soci::session& sql, const std::string& target);
void delete_feed(soci::session& sql, const std::string& id);
void delete_feeds_of(soci::session& sql, const std::string& target);

// The classes that a feed tells of: a person's own (as teacher or student) and those of whom she acts for.
std::vector<std::string> classes_of_feed(soci::session& sql, const Feed& feed);
// All series and lessons of a class.
std::vector<LessonSeries> series_of_class(soci::session& sql, const std::string& cls);
std::vector<LessonRow> lessons_of_class(soci::session& sql, const std::string& cls);
// Where the teacher stands in for another.
std::vector<LessonRow> lessons_stood_in(soci::session& sql, const std::string& teacher);

}  // namespace thranio::schedule
