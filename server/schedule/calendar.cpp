#include "server/schedule/calendar.hpp"

#include <algorithm>
#include <set>

#include "server/schedule/ical.hpp"
#include "server/schedule/lesson_series.hpp"
#include "server/store/times.hpp"

namespace thranio::schedule {
namespace {

using namespace std::chrono;
using store::LocalTime;

icaltimetype wall_clock(LocalTime time) {
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

icaltimetype utc(int64_t millis) {
  auto out = wall_clock(LocalTime{floor<seconds>(milliseconds{millis})});
  out.zone = icaltimezone_get_utc_timezone();
  return out;
}

void add_x(icalcomponent* to, const char* name, const std::string& value) {
  auto* property = icalproperty_new_x(value.c_str());
  icalproperty_set_x_name(property, name);
  icalcomponent_add_property(to, property);
}

// Writes one calendar: what every event of it needs.
class Writer {
 public:
  Writer(const CalendarText& text, const CalendarContent& content, const store::TimeZone& zone)
      : text_(text), content_(content), zone_(zone), calendar_(icalcomponent_new(ICAL_VCALENDAR_COMPONENT)) {}

  std::string write() {
    add_head();
    add_time_zone();
    std::map<std::string, std::vector<const LessonRow*>> occurrences;
    for (const auto& lesson : content_.lessons)
      if (lesson.series_id) occurrences[*lesson.series_id].push_back(&lesson);
    std::set<std::string> told;
    for (const auto& series : content_.series) {
      add_series(series, occurrences[series.id]);
      told.insert(series.id);
    }
    for (const auto& lesson : content_.lessons)
      if (!lesson.series_id || !told.contains(*lesson.series_id))
        add_lesson(lesson, "lesson-" + lesson.id, false);
    const std::unique_ptr<char, decltype(&free)> out(icalcomponent_as_ical_string_r(calendar_.get()), free);
    return out.get();
  }

 private:
  void add_head() {
    auto* c = calendar_.get();
    icalcomponent_add_property(c, icalproperty_new_version("2.0"));
    icalcomponent_add_property(c, icalproperty_new_prodid("-//Thranio//Timetable//EN"));
    icalcomponent_add_property(c, icalproperty_new_calscale("GREGORIAN"));
    icalcomponent_add_property(c, icalproperty_new_method(ICAL_METHOD_PUBLISH));
    icalcomponent_add_property(c, icalproperty_new_name(text_.name.c_str()));
    add_x(c, "X-WR-CALNAME", text_.name);
    add_x(c, "X-WR-TIMEZONE", zone_.name());
    if (text_.source.empty()) return;
    // RFC 7986 section 5.7, and what calendars knew before it.
    auto* refresh = icalproperty_new_refreshinterval(icaldurationtype_from_int(3600));
    icalproperty_set_parameter(refresh, icalparameter_new_value(ICAL_VALUE_DURATION));
    icalcomponent_add_property(c, refresh);
    add_x(c, "X-PUBLISHED-TTL", "PT1H");
  }

  // RFC 5545 section 3.6.5: an observance for each kind of change, with the days on which it happens.
  void add_time_zone() {
    int64_t from = INT64_MAX, to = INT64_MIN;
    for (const auto& lesson : content_.lessons) {
      from = std::min({from, lesson.starts_at, lesson.recurrence_id.value_or(lesson.starts_at)});
      to = std::max({to, lesson.ends_at, lesson.recurrence_id.value_or(lesson.ends_at)});
    }
    if (from > to) from = to = store::to_millis(system_clock::now());
    constexpr int64_t kYear = 366LL * 24 * 3600 * 1000;
    const auto stretches = zone_.offsets(store::from_millis(from - kYear), store::from_millis(to + kYear));
    auto* zone = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);
    icalcomponent_add_property(zone, icalproperty_new_tzid(zone_.name().c_str()));
    seconds before = stretches.front().offset;
    for (size_t i = 0; i < stretches.size(); ++i) {
      const auto& stretch = stretches[i];
      auto* part =
          icalcomponent_new(stretch.daylight_saving ? ICAL_XDAYLIGHT_COMPONENT : ICAL_XSTANDARD_COMPONENT);
      // The onset is told by the clock of the offset before it; the first stretch began long ago.
      const LocalTime onset = i == 0 ? LocalTime{local_days{year{1970} / 1 / 1}}
                                     : LocalTime{stretch.begins.time_since_epoch() + before};
      icalcomponent_add_property(part, icalproperty_new_dtstart(wall_clock(onset)));
      icalcomponent_add_property(part, icalproperty_new_tzoffsetfrom(static_cast<int>(before.count())));
      icalcomponent_add_property(part, icalproperty_new_tzoffsetto(static_cast<int>(stretch.offset.count())));
      icalcomponent_add_property(part, icalproperty_new_tzname(stretch.abbreviation.c_str()));
      icalcomponent_add_component(zone, part);
      before = stretch.offset;
    }
    icalcomponent_add_component(calendar_.get(), zone);
  }

  void set_time(icalcomponent* event, icalproperty* property) {
    icalproperty_add_parameter(property, icalparameter_new_tzid(zone_.name().c_str()));
    icalcomponent_add_property(event, property);
  }
  icaltimetype local(int64_t millis) const { return wall_clock(zone_.local(store::from_millis(millis))); }

  icalcomponent* new_event(const std::string& uid, int64_t starts, int64_t ends, const std::string& title,
                           const std::string& cls, const std::optional<std::string>& teacher,
                           int64_t sequence, int64_t updated_at, const std::string& link) {
    auto* event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    const auto host = text_.origin.substr(text_.origin.find("://") + 3);
    icalcomponent_add_property(event,
                               icalproperty_new_uid((uid + "@" + host.substr(0, host.rfind(':'))).c_str()));
    icalcomponent_add_property(event, icalproperty_new_dtstamp(utc(updated_at)));
    icalcomponent_add_property(event, icalproperty_new_lastmodified(utc(updated_at)));
    icalcomponent_add_property(event, icalproperty_new_sequence(static_cast<int>(sequence)));
    set_time(event, icalproperty_new_dtstart(local(starts)));
    set_time(event, icalproperty_new_dtend(local(ends)));
    const auto& class_title = word(content_.class_titles, cls);
    icalcomponent_add_property(event, icalproperty_new_summary((title + " · " + class_title).c_str()));
    const auto& by = word(content_.teachers, teacher.value_or(cls));
    icalcomponent_add_property(
        event, icalproperty_new_description((by.empty() ? class_title : class_title + ", " + by).c_str()));
    icalcomponent_add_property(event, icalproperty_new_location(link.c_str()));
    icalcomponent_add_property(event, icalproperty_new_url(link.c_str()));
    auto* conference = icalproperty_new_conference(link.c_str());  // RFC 7986 section 5.11
    icalproperty_set_parameter_from_string(conference, "VALUE", "URI");
    icalproperty_set_parameter_from_string(conference, "FEATURE", "AUDIO,VIDEO");
    icalcomponent_add_property(event, conference);
    return event;
  }

  static const std::string& word(const std::map<std::string, std::string>& words, const std::string& key) {
    static const std::string none;
    const auto at = words.find(key);
    return at == words.end() ? none : at->second;
  }

  std::string link_to(const std::string& lesson) const { return text_.origin + "/lesson/" + lesson; }

  void add_lesson(const LessonRow& lesson, const std::string& uid, bool exception) {
    auto* event = new_event(uid, lesson.starts_at, lesson.ends_at, lesson.title, lesson.class_id,
                            lesson.teacher_id, lesson.sequence, lesson.updated_at, link_to(lesson.id));
    if (exception) set_time(event, icalproperty_new_recurrenceid(local(*lesson.recurrence_id)));
    const bool off = lesson.status == "cancelled" || suspended(lesson);
    icalcomponent_add_property(event,
                               icalproperty_new_status(off ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
    icalcomponent_add_component(calendar_.get(), event);
  }

  bool suspended(const LessonRow& lesson) const {
    return content_.closures && content_.closures->suspends(lesson);
  }

  static bool as_ruled(const LessonRow& lesson, const LessonSeries& series) {
    return lesson.starts_at == lesson.recurrence_id && lesson.title == series.title &&
           lesson.ends_at - lesson.starts_at == series.duration_minutes * 60'000 &&
           lesson.teacher_id == series.teacher_id && lesson.status != "cancelled";
  }

  void add_series(const LessonSeries& series, std::vector<const LessonRow*> rows) {
    std::ranges::sort(rows, {}, [](const LessonRow* row) { return row->recurrence_id.value_or(0); });
    const auto plan = planned(series, zone_);
    if (!plan || rows.empty()) return;  // the rule was checked when it was written
    const auto& first = plan->front();
    auto* event = new_event("series-" + series.id, first.starts_at, first.ends_at, series.title,
                            series.class_id, series.teacher_id, series.sequence, series.updated_at,
                            text_.origin + "/class/" + series.class_id);
    add_rule(event, series);
    std::map<int64_t, const LessonRow*> by_recurrence;
    for (const auto* row : rows)
      by_recurrence[row->recurrence_id.value_or(0)] = row;
    for (const auto& wanted : *plan) {
      const auto at = by_recurrence.find(wanted.starts_at);
      // Deleted alone, or suspended: it does not take place.
      if (at == by_recurrence.end() || (suspended(*at->second) && as_ruled(*at->second, series)))
        set_time(event, icalproperty_new_exdate(local(wanted.starts_at)));
    }
    icalcomponent_add_property(event, icalproperty_new_status(ICAL_STATUS_CONFIRMED));
    icalcomponent_add_component(calendar_.get(), event);
    std::set<int64_t> ruled;
    for (const auto& wanted : *plan)
      ruled.insert(wanted.starts_at);
    for (const auto* row : rows) {
      const bool known = ruled.contains(row->recurrence_id.value_or(0));
      if (!known)  // held before the rule was changed
        add_lesson(*row, "lesson-" + row->id, false);
      else if (!as_ruled(*row, series))
        add_lesson(*row, "series-" + series.id, true);
    }
  }

  void add_rule(icalcomponent* event, const LessonSeries& series) {
    auto rule = icalrecurrencetype_from_string(series.rrule.c_str());
    // RFC 5545 section 3.3.10: UNTIL is in UTC where DTSTART has a zone.
    if (!icaltime_is_null_time(rule.until) && !icaltime_is_utc(rule.until)) {
      auto last = rule.until;
      if (last.is_date) {
        last.is_date = 0;
        last.hour = 23;
        last.minute = last.second = 59;
      }
      rule.until = utc(store::to_millis(zone_.instant_of(local_of(last))));
    }
    icalcomponent_add_property(event, icalproperty_new_rrule(rule));
    const auto recurrence = recurrence_of(series);
    for (const auto rdate : recurrence->rdates) {
      icaldatetimeperiodtype when{};
      when.time = wall_clock(rdate);
      when.period = icalperiodtype_null_period();
      set_time(event, icalproperty_new_rdate(when));
    }
    for (const auto exdate : recurrence->exdates)
      set_time(event, icalproperty_new_exdate(wall_clock(exdate)));
  }

  const CalendarText& text_;
  const CalendarContent& content_;
  const store::TimeZone& zone_;
  Component calendar_;
};

}  // namespace

std::string to_calendar(const CalendarText& text, const CalendarContent& content,
                        const store::TimeZone& zone) {
  return Writer(text, content, zone).write();
}

}  // namespace thranio::schedule
