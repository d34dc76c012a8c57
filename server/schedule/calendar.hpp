// Lessons as iCalendar (RFC 5545, RFC 7986), by libical. Pure: rows in, text out.
// Way: feeds_api → [calendar] → libical. Times are the school's local ones with a VTIMEZONE of exactly the
// changes that the feed needs, so that a weekly lesson stays at nine; a series is one VEVENT with its rule,
// what is suspended an EXDATE, what was moved, substituted or cancelled a VEVENT with RECURRENCE-ID. The
// links hold no secret. Thread: any.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

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
  std::vector<LessonRow> lessons;                   // in any order; those of a series are its occurrences
  std::map<std::string, std::string> class_titles;  // by class id
  std::map<std::string, std::string> teachers;      // by class id, and by the id of whoever stands in
  const ClosureCalendar* closures = nullptr;
};

// CRLF, folded at 75 octets.
std::string to_calendar(const CalendarText& text, const CalendarContent& content,
                        const store::TimeZone& zone);

}  // namespace thranio::schedule
