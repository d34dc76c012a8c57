#include "server/schedule/lesson_series.hpp"

#include <map>
#include <stdexcept>

#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

namespace thranio::schedule {
namespace {

constexpr int64_t kMinuteMs = 60'000;

Result<std::vector<store::LocalTime>> local_times(const std::vector<std::string>& texts, const char* field) {
  std::vector<store::LocalTime> times;
  times.reserve(texts.size());
  for (const auto& text : texts) {
    const auto time = store::parse_local(text);
    if (!time)
      return fail(ErrorKind::kInvalid, "invalid-field", "These are local times such as 2026-09-14T09:00.",
                  field);
    times.push_back(*time);
  }
  return times;
}

// What one occurrence takes over from its series where nobody changed it by hand.
void follow(LessonRow& row, const LessonSeries& before, const LessonSeries& now, const LessonRow& wanted) {
  const bool moved = row.starts_at != row.recurrence_id ||
                     row.ends_at - row.starts_at != before.duration_minutes * kMinuteMs;
  if (row.title == before.title) row.title = now.title;
  if (row.teacher_id == before.teacher_id) row.teacher_id = now.teacher_id;
  if (row.voice_packet_ms == before.voice_packet_ms) row.voice_packet_ms = now.voice_packet_ms;
  if (row.camera_codec == before.camera_codec) row.camera_codec = now.camera_codec;
  if (!moved) {
    if (row.starts_at != wanted.starts_at || row.ends_at != wanted.ends_at) ++row.sequence;
    row.starts_at = wanted.starts_at;
    row.ends_at = wanted.ends_at;
  }
  row.recurrence_id = wanted.recurrence_id;
}

bool fixed(const LessonRow& row, int64_t now_ms) {
  return row.status == "live" || row.status == "ended" || row.starts_at < now_ms;
}

void store_row(soci::session& sql, LessonRow row, int64_t now_ms) {
  row.updated_at = now_ms;
  if (!store::update(sql, row, row.version))
    throw std::logic_error("an occurrence changed within a transaction");
}

}  // namespace

Result<Recurrence> recurrence_of(const LessonSeries& series) {
  const auto starts = local_times({series.starts_at_local}, "/starts_at_local");
  if (!starts) return std::unexpected(starts.error());
  auto rdates = local_times(series.rdates, "/rdates"), exdates = local_times(series.exdates, "/exdates");
  if (!rdates) return std::unexpected(rdates.error());
  if (!exdates) return std::unexpected(exdates.error());
  return Recurrence{starts->front(), series.rrule, std::move(*rdates), std::move(*exdates)};
}

Result<std::vector<LessonRow>> planned(const LessonSeries& series, const store::TimeZone& zone) {
  const auto recurrence = recurrence_of(series);
  if (!recurrence) return std::unexpected(recurrence.error());
  const auto times = occurrences(*recurrence, zone);
  if (!times) return std::unexpected(times.error());
  std::vector<LessonRow> rows;
  rows.reserve(times->size());
  for (const auto time : *times) {
    LessonRow row;
    row.class_id = series.class_id;
    row.title = series.title;
    row.starts_at = store::to_millis(zone.instant_of(time));
    row.ends_at = row.starts_at + series.duration_minutes * kMinuteMs;
    row.voice_packet_ms = series.voice_packet_ms;
    row.camera_codec = series.camera_codec;
    row.series_id = series.id;
    row.recurrence_id = row.starts_at;
    row.teacher_id = series.teacher_id;
    rows.push_back(std::move(row));
  }
  return rows;
}

void write_occurrences(soci::session& sql, const LessonSeries* before, const LessonSeries& now,
                       const store::TimeZone& zone, int64_t now_ms) {
  auto plan = planned(now, zone);
  if (!plan) throw std::logic_error("a checked series cannot be planned: " + plan.error().detail);
  std::map<int64_t, LessonRow> wanted;
  for (auto& row : *plan)
    wanted.emplace(*row.recurrence_id, std::move(row));
  const auto day_of = [&](int64_t millis) { return zone.day_of(store::from_millis(millis)); };

  std::vector<LessonRow> loose;  // whose time is no longer wanted
  if (before) {
    std::erase_if(wanted,
                  [&](const auto& entry) { return entry.first < now_ms; });  // what is past is not made up
    for (auto& row : lessons_of_series(sql, now.id)) {
      const auto at = wanted.find(row.recurrence_id.value_or(0));
      if (fixed(row, now_ms)) {
        if (at != wanted.end()) wanted.erase(at);
      } else if (at != wanted.end()) {
        follow(row, *before, now, at->second);
        store_row(sql, row, now_ms);
        wanted.erase(at);
      } else {
        loose.push_back(std::move(row));
      }
    }
  }
  std::map<std::string, int64_t> by_day;
  for (const auto& [time, row] : wanted)
    by_day.emplace(day_of(time), time);
  for (auto& row : loose) {
    const auto same_day = by_day.find(day_of(row.recurrence_id.value_or(0)));
    if (same_day != by_day.end()) {
      const auto at = wanted.find(same_day->second);
      follow(row, *before, now, at->second);
      wanted.erase(at);
      by_day.erase(same_day);
    } else {
      row.deleted_at = now_ms;
      delete_join_tokens(sql, row.id);
    }
    store_row(sql, row, now_ms);
  }
  for (auto& [time, row] : wanted) {
    row.id = store::new_id("l");
    row.updated_at = now_ms;
    store::insert(sql, row);
  }
}

void delete_occurrences(soci::session& sql, const LessonSeries& series, int64_t now_ms) {
  for (auto& row : lessons_of_series(sql, series.id)) {
    if (fixed(row, now_ms)) continue;
    row.deleted_at = now_ms;
    store_row(sql, row, now_ms);
    delete_join_tokens(sql, row.id);
  }
}

Result<SplitSeries> split_series(soci::session& sql, const LessonSeries& series, const LessonRow& from,
                                 const store::TimeZone& zone, int64_t now_ms) {
  const auto recurrence = recurrence_of(series);
  if (!recurrence) return std::unexpected(recurrence.error());
  const auto begin = zone.local(store::from_millis(from.recurrence_id.value_or(from.starts_at)));
  auto rules = split_rule(*recurrence, begin, zone);
  if (!rules) return std::unexpected(rules.error());
  SplitSeries split{series, series};
  split.before.rrule = rules->before;
  split.after.rrule = rules->after;
  split.after.id = store::new_id("r");
  split.after.version = 1;
  split.after.starts_at_local = store::to_text(begin);
  split.before.updated_at = split.after.updated_at = now_ms;
  for (const auto dates : {&LessonSeries::rdates, &LessonSeries::exdates}) {
    const auto is_before = [&](const std::string& text) { return store::parse_local(text).value() < begin; };
    std::erase_if(split.before.*dates, [&](const auto& text) { return !is_before(text); });
    std::erase_if(split.after.*dates, is_before);
  }
  ++split.before.sequence;
  if (!store::update(sql, split.before, series.version))
    throw std::logic_error("a series changed within a transaction");
  ++split.before.version;
  store::insert(sql, split.after);
  hand_over_lessons(sql, series.id, store::to_millis(zone.instant_of(begin)), split.after.id);
  return split;
}

}  // namespace thranio::schedule
