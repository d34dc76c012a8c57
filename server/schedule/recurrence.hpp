// When a recurring lesson takes place: RFC 5545 RRULE, RDATE and EXDATE in a school's local time, by libical.
// Pure. Way: lesson_series → [recurrence] → timetable. A local time that the spring change leaves out is read
// with the offset before it (store/time_zone), so that no lesson is lost. Bound: kMostOccurrences, and the
// end of 2037, which the system's time zones reach to. A rule that goes on beyond either is refused: lessons
// end with their term. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::schedule {

constexpr size_t kMostOccurrences = 1000;

struct Recurrence {
  store::LocalTime starts_at;  // the first occurrence; the rule must fall on it
  std::string rrule;           // "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=24"; UNTIL with Z, or a local date or time
  std::vector<store::LocalTime> rdates, exdates;
};

// In order, without doubles. Errors: invalid-field naming /rrule, /starts_at_local or /exdates.
Result<std::vector<store::LocalTime>> occurrences(const Recurrence& recurrence, const store::TimeZone& zone);

// The rule for what comes before `from`, and the one that begins with it. Error: invalid-field if the rule
// does not fall on `from`, or begins there.
struct SplitRule {
  std::string before, after;
};
Result<SplitRule> split_rule(const Recurrence& recurrence, store::LocalTime from,
                             const store::TimeZone& zone);

}  // namespace thranio::schedule
