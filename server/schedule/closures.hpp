// On which days a school is closed, its own closures and those of the organisations that it stands in.
// Way: timetable, lesson_series, lesson_clock → [ClosureCalendar] → timetable_store. Thread: db.
#pragma once

#include <string>
#include <vector>

#include "server/schedule/timetable_store.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::schedule {

class ClosureCalendar {
 public:
  // For lessons that begin in [from, to], in milliseconds.
  ClosureCalendar(soci::session& sql, const std::string& school, store::TimeZone zone, int64_t from,
                  int64_t to);

  // What suspends a lesson of this school, or nothing.
  const Closure* suspends(const LessonRow& lesson) const;

 private:
  store::TimeZone zone_;
  std::vector<Closure> closures_;
};

// The school's time zone; UTC if its name is no longer known to the system.
store::TimeZone zone_of_school(soci::session& sql, const std::string& school);

}  // namespace thranio::schedule
