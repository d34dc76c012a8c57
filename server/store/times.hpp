// Times as the database and the API write them. Thread: any (pure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipelines/base/clock.hpp"

namespace thranio::store {

int64_t to_millis(WallTime time);
WallTime from_millis(int64_t millis);

// RFC 3339 with offset ("2026-11-23T09:00:00+02:00", "...Z"); nothing for anything else, nor
// outside the years 1970 to 2199: a school's timetable, and no overflow. Fractions to a millisecond.
std::optional<WallTime> parse_rfc3339(std::string_view text);
std::string to_rfc3339(WallTime time);  // in UTC: "2026-11-23T07:00:00Z"

}  // namespace thranio::store
