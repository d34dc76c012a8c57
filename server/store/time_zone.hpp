// A school's time zone (IANA name, system's database): local times to instants and back, right across both
// daylight-saving changes. Way: roster, schedule, api → [time_zone]. Thread: any.
// RFC 5545 section 3.3.5: a local time that does not exist (the gap in spring) is read with the offset before
// the gap; one that comes twice (autumn) is the first of the two. Bound: the system's database spells out
// every change up to the end of 2037; later times keep that year's winter.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/clock.hpp"

namespace date {
class time_zone;
}

namespace thranio::store {

// A wall clock's reading, as seconds since 1970-01-01T00:00 on that clock.
using LocalTime = std::chrono::local_seconds;

std::optional<LocalTime> parse_local(std::string_view text);  // "2026-09-14T09:00"
std::string to_text(LocalTime time);
std::optional<std::chrono::local_days> parse_day(std::string_view text);  // "2026-09-14"
std::string to_text(std::chrono::local_days day);

class TimeZone {
 public:
  // Nothing if the database does not know the name.
  static std::optional<TimeZone> find(const std::string& name);

  const std::string& name() const { return name_; }
  WallTime instant_of(LocalTime time) const;
  LocalTime local(WallTime time) const;
  std::string day_of(WallTime time) const {
    return to_text(std::chrono::floor<std::chrono::days>(local(time)));
  }

  // A stretch of one offset: from `begins` on.
  struct Offset {
    std::chrono::sys_seconds begins;
    std::chrono::seconds offset{0};
    bool daylight_saving = false;
    std::string abbreviation;
  };
  // The stretches that touch [from, to], in order; the first may begin long before.
  std::vector<Offset> offsets(WallTime from, WallTime to) const;

 private:
  TimeZone(std::string name, const date::time_zone* zone) : name_(std::move(name)), zone_(zone) {}

  std::string name_;
  const date::time_zone* zone_;  // the database's, as long as the process
};

}  // namespace thranio::store
