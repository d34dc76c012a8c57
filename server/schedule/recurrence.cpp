#include "server/schedule/recurrence.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>

#include <libical/ical.h>

namespace thranio::schedule {
namespace {

using namespace std::chrono;
using store::LocalTime;

constexpr int kFirstYear = 1970, kLastYear = 2037;
constexpr int kNoYear = 2190;  // beyond it no instant of ours reaches

std::unexpected<Error> refuse(const char* field, std::string sentence) {
  return fail(ErrorKind::kInvalid, "invalid-field", std::move(sentence), field);
}

icaltimetype to_ical(LocalTime time) {
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  icaltimetype out = icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(clock.hours().count());
  out.minute = static_cast<int>(clock.minutes().count());
  out.second = static_cast<int>(clock.seconds().count());
  return out;
}

LocalTime from_ical(const icaltimetype& time) {
  const local_days day{year{time.year} / time.month / time.day};
  return LocalTime{day} + hours{time.hour} + minutes{time.minute} + seconds{time.second};
}

bool is_set(const short* list) {
  return list[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

// A rule that we can follow, its end in local time.
Result<icalrecurrencetype> parse(const std::string& text, const store::TimeZone& zone) {
  static std::once_flag tame;
  std::call_once(tame, [] { icalerror_set_errors_are_fatal(0); });
  if (text.size() > 500) return refuse("/rrule", "This rule is longer than any that a timetable needs.");
  if (text.find("RSCALE") != text.npos)  // and libical would keep a copy of its name for ever
    return refuse("/rrule", "Rules are of the Gregorian calendar.");
  icalrecurrencetype rule = icalrecurrencetype_from_string(text.c_str());
  if (rule.freq == ICAL_NO_RECURRENCE) return refuse("/rrule", "This is no RFC 5545 recurrence rule.");
  if (rule.freq < ICAL_DAILY_RECURRENCE)
    return refuse("/rrule", "Lessons recur daily, weekly, monthly or yearly: FREQ says which.");
  if (is_set(rule.by_hour) || is_set(rule.by_minute) || is_set(rule.by_second))
    return refuse(
        "/rrule",
        "The hour of a lesson is that of starts_at_local: leave out BYHOUR, BYMINUTE and BYSECOND.");
  if (!icaltime_is_null_time(rule.until)) {
    if (!icaltime_is_valid_time(rule.until) || rule.until.year < kFirstYear || rule.until.year > kNoYear)
      return refuse("/rrule", "UNTIL is no time that a timetable can have.");
    if (rule.until.is_date) {
      rule.until.is_date = 0;
      rule.until.hour = 23;
      rule.until.minute = rule.until.second = 59;
    } else if (icaltime_is_utc(rule.until)) {
      rule.until.zone = nullptr;
      rule.until = to_ical(zone.local(WallTime{sys_seconds{from_ical(rule.until).time_since_epoch()}}));
    }
  }
  return rule;
}

struct FreeIterator {
  void operator()(icalrecur_iterator* iterator) const { icalrecur_iterator_free(iterator); }
};

// What the rule alone gives, until `enough` says stop.
template <typename Take>
Result<void> each_instance(const Recurrence& r, const icalrecurrencetype& rule, Take take) {
  const std::unique_ptr<icalrecur_iterator, FreeIterator> iterator(
      icalrecur_iterator_new(rule, to_ical(r.starts_at)));
  if (!iterator) return refuse("/rrule", "This rule contradicts itself.");
  size_t count = 0;
  for (auto at = icalrecur_iterator_next(iterator.get()); !icaltime_is_null_time(at);
       at = icalrecur_iterator_next(iterator.get())) {
    const bool endless = rule.count == 0 && icaltime_is_null_time(rule.until);
    if (at.year > kLastYear)
      return refuse("/rrule",
                    endless ? "Say when it ends: COUNT or UNTIL." : "A timetable ends with the year 2037.");
    if (++count > kMostOccurrences)
      return refuse("/rrule",
                    endless ? "Say when it ends: COUNT or UNTIL."
                            : "One series has at most " + std::to_string(kMostOccurrences) + " lessons.");
    if (!take(from_ical(at))) break;
  }
  return {};
}

Result<std::vector<LocalTime>> instances(const Recurrence& r, const icalrecurrencetype& rule) {
  std::vector<LocalTime> times;
  const auto walked = each_instance(r, rule, [&](LocalTime at) {
    times.push_back(at);
    return true;
  });
  if (!walked) return std::unexpected(walked.error());
  if (times.empty() || times.front() != r.starts_at)
    return refuse("/starts_at_local",
                  "The rule does not fall on the first lesson: begin on a day that it names.");
  return times;
}

std::string to_rule(icalrecurrencetype rule) {
  const std::unique_ptr<char, decltype(&free)> text(icalrecurrencetype_as_string_r(&rule), free);
  return text ? text.get() : "";
}

}  // namespace

Result<std::vector<LocalTime>> occurrences(const Recurrence& r, const store::TimeZone& zone) {
  const auto rule = parse(r.rrule, zone);
  if (!rule) return std::unexpected(rule.error());
  auto times = instances(r, *rule);
  if (!times) return times;
  times->insert(times->end(), r.rdates.begin(), r.rdates.end());
  std::ranges::sort(*times);
  const auto doubles = std::ranges::unique(*times);
  times->erase(doubles.begin(), doubles.end());
  std::erase_if(*times, [&](LocalTime at) { return std::ranges::find(r.exdates, at) != r.exdates.end(); });
  if (times->empty()) return refuse("/exdates", "Nothing is left of this series.");
  if (times->size() > kMostOccurrences)
    return refuse("/rdates", "One series has at most " + std::to_string(kMostOccurrences) + " lessons.");
  return times;
}

Result<SplitRule> split_rule(const Recurrence& r, LocalTime from, const store::TimeZone& zone) {
  auto rule = parse(r.rrule, zone);
  if (!rule) return std::unexpected(rule.error());
  const auto times = instances(r, *rule);
  if (!times) return std::unexpected(times.error());
  const auto at = std::ranges::find(*times, from);
  if (at == times->end() || at == times->begin())
    return refuse("/rrule", "A series is split at one of its rule's lessons after the first.");
  icalrecurrencetype before = *rule, after = *rule;
  before.count = static_cast<int>(at - times->begin());
  before.until = icaltime_null_time();
  if (rule->count > 0) after.count = static_cast<int>(times->end() - at);
  // As a rule's text, an end in local time would be read as UTC by calendars: it is told in UTC.
  if (!icaltime_is_null_time(after.until)) {
    after.until =
        to_ical(LocalTime{floor<seconds>(zone.instant_of(from_ical(after.until))).time_since_epoch()});
    after.until.zone = icaltimezone_get_utc_timezone();
  }
  return SplitRule{to_rule(before), to_rule(after)};
}

}  // namespace thranio::schedule
