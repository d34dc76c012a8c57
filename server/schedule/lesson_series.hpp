// A recurring lesson and its occurrences: which rows of lessons a series asks for, and how those that are
// there follow when it changes. What was changed by hand at one occurrence (its time, title, teacher,
// cancellation) stays; what has begun or is over stays as it was; an occurrence keeps its id, and with it its
// links, while its day stays. Way: series_api → [lesson_series] → recurrence, timetable_store. Thread: db;
// planned(): any (pure).
#pragma once

#include <vector>

#include "server/schedule/recurrence.hpp"
#include "server/schedule/timetable_store.hpp"

namespace thranio::schedule {

// Errors: invalid-field naming what is no local time or no rule.
Result<Recurrence> recurrence_of(const LessonSeries& series);
// Rows without ids. Errors as recurrence_of and occurrences.
Result<std::vector<LessonRow>> planned(const LessonSeries& series, const store::TimeZone& zone);

// Brings the occurrences in line with `now`; `before`: the series as it was, null for a new one.
// The series has been checked: throws std::logic_error if it cannot be planned.
void write_occurrences(soci::session& sql, const LessonSeries* before, const LessonSeries& now,
                       const store::TimeZone& zone, int64_t now_ms);
// All that have not begun go.
void delete_occurrences(soci::session& sql, const LessonSeries& series, int64_t now_ms);

// The series from one of its occurrences on, as a series of its own (with a new id), and the rest of the old
// one. Both are written, the occurrences handed over. Error: invalid-field if the rule cannot be split there.
struct SplitSeries {
  LessonSeries before, after;
};
Result<SplitSeries> split_series(soci::session& sql, const LessonSeries& series, const LessonRow& from,
                                 const store::TimeZone& zone, int64_t now_ms);

}  // namespace thranio::schedule
