#include "server/store/times.hpp"

#include <cstdio>

namespace thranio::store {
namespace {

using namespace std::chrono;

// Takes exactly `digits` digits from the front.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char wanted, char or_else = '\0') {
  if (text.empty() || (text.front() != wanted && (or_else == '\0' || text.front() != or_else))) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<sys_days> take_date(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || *y < 1970 || *y > 2199) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

// RFC 3339 section 5.7: a leap second may be written; it counts as the next minute's first.
std::optional<seconds> take_clock(std::string_view& text) {
  const auto h = take_number(text, 2);
  if (!h || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, ':')) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  return hours{*h} + minutes{*m} + seconds{*s};
}

std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0ms;
  int ms = 0, scale = 100, digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits, scale /= 10) {
    ms += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  return milliseconds{ms};
}

std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, 'Z', 'z')) return 0min;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *h > 23 || *m > 59) return std::nullopt;
  return sign * (hours{*h} + minutes{*m});
}

}  // namespace

int64_t to_millis(WallTime time) {
  return floor<milliseconds>(time.time_since_epoch()).count();
}

WallTime from_millis(int64_t millis) {
  return WallTime{duration_cast<WallTime::duration>(milliseconds{millis})};
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take(text, 'T', 't')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return WallTime{*date + *clock + *fraction - *offset};
}

std::string to_rfc3339(WallTime time) {
  const auto ms = floor<milliseconds>(time);
  const auto midnight = floor<days>(ms);
  const year_month_day date{midnight};
  const hh_mm_ss clock{ms - midnight};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string whole{text};
  if (const auto rest = clock.subseconds().count(); rest > 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(rest));
    whole += text;
  }
  return whole + "Z";
}

}  // namespace thranio::store
