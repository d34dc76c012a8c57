// Holidays out of a foreign calendar (RFC 5545), by libical. Pure. Way: feeds_api → [holidays] → closures.
// Bound: 5000 days. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::schedule {

// One of a calendar: whole days, or what their times touch by the school's clock.
struct Holiday {
  std::string uid, title;
  std::string starts_on, ends_on;  // both included
};
// Recurring ones until the end of the year after next. Error: invalid-calendar, saying what is wrong.
Result<std::vector<Holiday>> holidays_of(const std::string& calendar, const store::TimeZone& zone,
                                         WallTime now);

}  // namespace thranio::schedule
