// Lessons as iCalendar (RFC 5545, RFC 7986) and holidays from it, by libical. Pure: rows in, text out and back.
// Way: feeds_api → [calendar] → libical. Times are the school's local ones with a VTIMEZONE of exactly the changes that
// the feed needs, so that a weekly lesson stays at nine; a series is one VEVENT with its rule, what is suspended an
// EXDATE, what was moved, substituted or cancelled a VEVENT with RECURRENCE-ID. The links hold no secret. Thread: any.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "server/schedule/closures.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::schedule {

struct CalendarText {
  std::string name;    // of the calendar: a person, a class, a school
  std::string origin;  // "https://school.example:8443", for links and UIDs
  std::string source;  // the feed's own address, or "" for a single download
};

struct CalendarContent {
  std::vector<LessonSeries> series;
  std::vector<LessonRow> lessons;  // in any order; those of a series are its occurrences
  std::map<std::string, std::string> class_titles;  // by class id
  std::map<std::string, std::string> teachers;      // by class id, and by the id of whoever stands in
  const ClosureCalendar* closures = nullptr;
};

// CRLF, folded at 75 octets.
std::string to_calendar(const CalendarText& text, const CalendarContent& content, const store::TimeZone& zone);

// Holidays of a calendar: whole days, or what their times touch by the school's clock.
struct Holiday {
  std::string uid, title;
  std::string starts_on, ends_on;  // both included
};
// Recurring ones until the end of the year after next. Error: invalid-calendar, saying what is wrong.
Result<std::vector<Holiday>> holidays_of(const std::string& calendar, const store::TimeZone& zone, WallTime now);

}  // namespace thranio::schedule
