#include "server/schedule/holidays.hpp"

#include "pipelines/base/text.hpp"
#include "server/schedule/ical.hpp"

namespace thranio::schedule {
namespace {

using namespace std::chrono;
using store::LocalTime;

constexpr size_t kMostEvents = 5000;

std::unexpected<Error> bad_calendar(std::string sentence) {
  return fail(ErrorKind::kInvalid, "invalid-calendar", std::move(sentence));
}

// The local day on which `time` lies for the school.
LocalTime as_seen(const icaltimetype& time, const store::TimeZone& zone) {
  if (time.is_date || !icaltime_is_utc(time)) return local_of(time);
  return zone.local(WallTime{sys_seconds{local_of(time).time_since_epoch()}});
}

// Times that our days can be of: a foreign file may say anything.
bool sane(const icaltimetype& time) {
  return icaltime_is_valid_time(time) && time.year >= 1970 && time.year <= 2190 && time.month >= 1 &&
         time.month <= 12 && time.day >= 1 && time.day <= icaltime_days_in_month(time.month, time.year);
}

void add_holiday(std::vector<Holiday>& all, const std::string& uid, const std::string& title,
                 LocalTime starts, LocalTime ends) {
  const auto first = floor<days>(starts);
  // The end is not part of it (RFC 5545 section 3.6.1): midnight belongs to the day before.
  auto last = floor<days>(ends - 1s);
  if (last < first) last = first;
  all.push_back({uid, title, store::to_text(first), store::to_text(last)});
}

}  // namespace

Result<std::vector<Holiday>> holidays_of(const std::string& calendar, const store::TimeZone& zone,
                                         WallTime now) {
  icalerror_set_errors_are_fatal(0);
  if (calendar.find('\0') != calendar.npos) return bad_calendar("There is a zero byte in it.");
  const Component root(icalparser_parse_string(calendar.c_str()));
  if (!root || icalcomponent_isa(root.get()) != ICAL_VCALENDAR_COMPONENT)
    return bad_calendar("This is no iCalendar file: it does not begin with BEGIN:VCALENDAR.");
  std::vector<Holiday> all;
  const auto horizon = zone.local(now) + days{2 * 366};
  for (auto* event = icalcomponent_get_first_component(root.get(), ICAL_VEVENT_COMPONENT); event;
       event = icalcomponent_get_next_component(root.get(), ICAL_VEVENT_COMPONENT)) {
    const char* uid = icalcomponent_get_uid(event);
    const char* summary = icalcomponent_get_summary(event);
    const auto start = icalcomponent_get_dtstart(event);
    if (!uid || icaltime_is_null_time(start) || !sane(start))
      return bad_calendar(std::string("An event has no UID or no DTSTART") +
                          (summary ? ": " + std::string(summary) : "") + ".");
    if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) continue;
    const auto end = icalcomponent_get_dtend(event);
    if (!icaltime_is_null_time(end) && !sane(end))
      return bad_calendar(std::string("An event ends at no time of the calendar: ") + uid + ".");
    const auto starts = as_seen(start, zone);
    const auto ends =
        icaltime_is_null_time(end) ? starts + (start.is_date ? hours{24} : hours{0}) : as_seen(end, zone);
    std::string title = clean_text(std::string(summary ? summary : "").substr(0, 200), Lines::kOne);
    if (title.empty()) title = "Closed";
    auto* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    if (!rule) {
      add_holiday(all, uid, title, starts, ends);
    } else {
      const auto recurrence = icalproperty_get_rrule(rule);
      auto* iterator = icalrecur_iterator_new(recurrence, start);
      for (auto at = iterator ? icalrecur_iterator_next(iterator) : icaltime_null_time();
           !icaltime_is_null_time(at) && sane(at) && all.size() < kMostEvents;
           at = icalrecur_iterator_next(iterator)) {
        const auto begins = as_seen(at, zone);
        if (begins > horizon) break;
        add_holiday(all, uid, title, begins, begins + (ends - starts));
      }
      if (iterator) icalrecur_iterator_free(iterator);
    }
    if (all.size() >= kMostEvents) return bad_calendar("There are more than 5000 events in it.");
  }
  if (all.empty()) return bad_calendar("There is no event in it.");
  return all;
}

}  // namespace thranio::schedule
