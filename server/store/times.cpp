#include "server/store/times.hpp"

#include <chrono>
#include <cstdio>

namespace thranio::store {
namespace {

using namespace std::chrono;

std::optional<int> digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is(std::string_view text, size_t at, char c) {
  return at < text.size() && text[at] == c;
}

}  // namespace

int64_t to_millis(WallTime time) {
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}
WallTime from_millis(int64_t millis) {
  return WallTime{duration_cast<WallTime::duration>(milliseconds{millis})};
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  const auto h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  if (!is(text, 4, '-') || !is(text, 7, '-') || !(is(text, 10, 'T') || is(text, 10, 't')) ||
      !is(text, 13, ':') || !is(text, 16, ':'))
    return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  auto time = sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + milliseconds{0};
  size_t at = 19;
  if (is(text, at, '.')) {
    int scale = 100;
    size_t end = at + 1;
    for (; end < text.size() && text[end] >= '0' && text[end] <= '9'; ++end, scale /= 10)
      time += milliseconds{(text[end] - '0') * scale};
    if (end == at + 1) return std::nullopt;
    at = end;
  }
  if (is(text, at, 'Z') || is(text, at, 'z')) {
    if (at + 1 != text.size()) return std::nullopt;
    return time;
  }
  const auto offset_hours = digits(text, at + 1, 2), offset_minutes = digits(text, at + 4, 2);
  if (!(is(text, at, '+') || is(text, at, '-')) || !offset_hours || !offset_minutes ||
      !is(text, at + 3, ':') || at + 6 != text.size() || *offset_hours > 23 || *offset_minutes > 59)
    return std::nullopt;
  const auto offset = hours{*offset_hours} + minutes{*offset_minutes};
  return text[at] == '+' ? time - offset : time + offset;
}

std::string to_rfc3339(WallTime time) {
  const auto whole = floor<seconds>(time);
  const auto date = floor<days>(whole);
  const year_month_day ymd{date};
  const hh_mm_ss clock{whole - date};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace thranio::store
