#include "server/schedule/closures.hpp"

#include "pipelines/base/log.hpp"
#include "server/roster/roster_store.hpp"
#include "server/store/times.hpp"

namespace thranio::schedule {

ClosureCalendar::ClosureCalendar(soci::session& sql, const std::string& school, store::TimeZone zone,
                                 int64_t from, int64_t to)
    : zone_(std::move(zone)),
      closures_(closures_between(sql, roster::self_and_above(sql, school),
                                 zone_.day_of(store::from_millis(from)),
                                 zone_.day_of(store::from_millis(to)))) {}

const Closure* ClosureCalendar::suspends(const LessonRow& lesson) const {
  if (lesson.despite_closure || lesson.status != "scheduled" || closures_.empty()) return nullptr;
  const std::string day = zone_.day_of(store::from_millis(lesson.starts_at));
  for (const auto& closure : closures_)
    if (closure.starts_on <= day && day <= closure.ends_on) return &closure;
  return nullptr;
}

store::TimeZone zone_of_school(soci::session& sql, const std::string& school) {
  const auto row = store::find<roster::School>(sql, school);
  if (row) {
    if (auto zone = store::TimeZone::find(row->time_zone)) return std::move(*zone);
    log::error("time zone unknown", {{"school", school}, {"time_zone", row->time_zone}});
  }
  return store::TimeZone::find("UTC").value();
}

}  // namespace thranio::schedule
