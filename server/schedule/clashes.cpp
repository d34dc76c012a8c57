#include "server/schedule/clashes.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "server/roster/roster_store.hpp"
#include "server/schedule/closures.hpp"

namespace thranio::schedule {
namespace {

bool overlap(const LessonRow& a, const LessonRow& b) {
  return a.starts_at < b.ends_at && b.starts_at < a.ends_at;
}

bool same(const LessonRow& a, const LessonRow& b) {
  return a.id == b.id || (a.series_id && a.series_id == b.series_id);
}

}  // namespace

std::vector<Clash> clashes(soci::session& sql, const std::vector<LessonRow>& planned) {
  std::vector<LessonRow> sorted;
  for (const auto& lesson : planned)
    if (lesson.status == "scheduled" || lesson.status == "live") sorted.push_back(lesson);
  if (sorted.empty()) return {};
  std::ranges::sort(sorted, {}, &LessonRow::starts_at);
  const int64_t from = sorted.front().starts_at;
  const int64_t to = std::ranges::max(sorted, {}, &LessonRow::ends_at).ends_at;
  const auto cls = store::find<roster::Class>(sql, sorted.front().class_id);
  if (!cls) return {};
  const ClosureCalendar calendar(sql, cls->school_id, zone_of_school(sql, cls->school_id), from, to);
  std::erase_if(sorted, [&](const LessonRow& lesson) { return calendar.suspends(lesson) != nullptr; });

  std::set<std::string> substitutes;  // of the planned lessons; "": the class's own teachers
  for (const auto& lesson : sorted)
    substitutes.insert(lesson.teacher_id.value_or(""));

  std::map<std::pair<std::string, std::string>, Clash> found;  // by planned and other lesson
  for (const auto& substitute : substitutes)
    for (auto& busy : busy_times(sql, cls->id, substitute, from, to)) {
      if (calendar.suspends(busy.lesson)) continue;
      const auto end = std::ranges::lower_bound(sorted, busy.lesson.ends_at, {}, &LessonRow::starts_at);
      for (auto at = sorted.begin(); at != end && found.size() < kMostClashes; ++at) {
        if (at->teacher_id.value_or("") != substitute && busy.who == "teacher") continue;
        if (!overlap(*at, busy.lesson) || same(*at, busy.lesson)) continue;
        auto& clash = found[{at->id.empty() ? std::to_string(at->starts_at) : at->id, busy.lesson.id}];
        if (clash.who.empty()) clash = {*at, busy.lesson, busy.who, {}};
        if (!busy.user.empty() && std::ranges::find(clash.users, busy.user) == clash.users.end())
          clash.users.push_back(busy.user);
      }
    }
  std::vector<Clash> all;
  all.reserve(found.size());
  for (auto& [key, clash] : found)
    all.push_back(std::move(clash));
  std::ranges::sort(all, {}, [](const Clash& clash) { return clash.lesson.starts_at; });
  return all;
}

}  // namespace thranio::schedule
