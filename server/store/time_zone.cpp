#include "server/store/time_zone.hpp"

#include <cstdio>
#include <stdexcept>

#include <date/tz.h>

namespace thranio::store {

using namespace std::chrono;

namespace {

// Takes exactly `digits` digits from the front.
std::optional<unsigned> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  unsigned number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<local_days> take_day(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || *y < 1970 || *y > 2199) return std::nullopt;
  const year_month_day date{year{static_cast<int>(*y)}, month{*m}, day{*d}};
  if (!date.ok()) return std::nullopt;
  return local_days{date};
}

date::local_seconds theirs(LocalTime time) {
  return date::local_seconds{time.time_since_epoch()};
}

}  // namespace

std::optional<local_days> parse_day(std::string_view text) {
  const auto day = take_day(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<LocalTime> parse_local(std::string_view text) {
  const auto day = take_day(text);
  if (!day || !take(text, 'T')) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *h > 23 || *m > 59 || !text.empty()) return std::nullopt;
  return LocalTime{*day} + hours{*h} + minutes{*m};
}

std::string to_text(local_days day) {
  const year_month_day date{day};
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string to_text(LocalTime time) {
  const auto midnight = floor<days>(time);
  const hh_mm_ss clock{time - midnight};
  char text[32];
  std::snprintf(text, sizeof text, "T%02d:%02d", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()));
  return to_text(midnight) + text;
}

std::optional<TimeZone> TimeZone::find(const std::string& name) {
  try {
    return TimeZone(name, date::locate_zone(name));
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

WallTime TimeZone::instant_of(LocalTime time) const {
  const auto info = zone_->get_info(theirs(time));
  return WallTime{sys_seconds{time.time_since_epoch()} - info.first.offset};
}

LocalTime TimeZone::local(WallTime time) const {
  const auto whole = floor<seconds>(time);
  return LocalTime{whole.time_since_epoch() + zone_->get_info(whole).offset};
}

std::vector<TimeZone::Offset> TimeZone::offsets(WallTime from, WallTime to) const {
  std::vector<Offset> all;
  for (auto at = floor<seconds>(from); at <= to;) {
    const auto info = zone_->get_info(at);
    all.push_back({info.begin, info.offset, info.save != minutes{0}, info.abbrev});
    if (info.end <= at) break;
    at = info.end;
  }
  return all;
}

}  // namespace thranio::store
