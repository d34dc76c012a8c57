#include "server/lesson/attendance.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace thranio::lesson {
namespace {

struct Span {
  int64_t from = 0, to = 0;
  EndReason reason = EndReason::kLeft;
};

AbsenceReason absence_after(EndReason reason) {
  switch (reason) {
    case EndReason::kLeft:
    case EndReason::kLessonEnded:  // and yet it went on: she was not there when it did
      return AbsenceReason::kLeft;
    case EndReason::kLinkLost:
      return AbsenceReason::kLinkLost;
    case EndReason::kRemoved:
      return AbsenceReason::kRemoved;
    case EndReason::kServerStopped:
      return AbsenceReason::kServerStopped;
  }
  return AbsenceReason::kLeft;
}

// Where she was, in order, nothing twice. A stay that another one holds does not end her presence.
std::vector<Span> merged(const std::vector<const Presence*>& stays, int64_t now) {
  std::vector<Span> spans;
  spans.reserve(stays.size());
  for (const auto* stay : stays) {
    const int64_t to = std::max(stay->began_at, stay->ended_at.value_or(std::max(now, stay->began_at)));
    spans.push_back({stay->began_at, to, stay->reason.value_or(EndReason::kLessonEnded)});
  }
  std::ranges::sort(spans, {}, &Span::from);
  std::vector<Span> whole;
  for (const auto& span : spans) {
    if (whole.empty() || span.from > whole.back().to)
      whole.push_back(span);
    else if (span.to > whole.back().to) {
      whole.back().to = span.to;
      whole.back().reason = span.reason;
    }
  }
  return whole;
}

// The same within the lesson's time.
std::vector<Span> within(const std::vector<Span>& spans, const LessonTime& time) {
  std::vector<Span> inside;
  for (auto span : spans) {
    span.from = std::max(span.from, time.from);
    span.to = std::min(span.to, time.to);
    if (span.from < span.to) inside.push_back(span);
  }
  return inside;
}

std::vector<Absence> absences_between(const std::vector<Span>& all, const std::vector<Span>& inside,
                                      const LessonTime& time) {
  std::vector<Absence> absences;
  // Whoever waited and went before the lesson began is told by how she went.
  auto reason = all.empty() ? AbsenceReason::kNeverCame : AbsenceReason::kNotYetThere;
  for (const auto& span : all)
    if (span.to <= time.from) reason = absence_after(span.reason);
  int64_t from = time.from;
  for (const auto& span : inside) {
    if (span.from > from) absences.push_back({from, span.from, reason});
    from = span.to;
    reason = absence_after(span.reason);
  }
  if (from < time.to) absences.push_back({from, time.to, reason});
  return absences;
}

Minute link_of(const std::vector<const Presence*>& stays) {
  std::array<int, kRungCount> minutes{};
  int64_t loss = 0;
  int known = 0;
  for (const auto* stay : stays)
    for (const auto& minute : minutes_of(stay->quality)) {
      if (!minute.rung) continue;
      ++minutes[static_cast<size_t>(*minute.rung)];
      loss += minute.loss_percent;
      ++known;
    }
  if (known == 0) return {};
  const auto most = std::ranges::max_element(minutes) - minutes.begin();
  return {static_cast<Rung>(most), static_cast<int>((loss + known / 2) / known)};
}

int share(int64_t part, int64_t whole) {
  if (whole <= 0) return 0;
  return static_cast<int>(std::clamp<int64_t>((100 * part + whole / 2) / whole, 0, 100));
}

// When the class was to be there: the timetable's time, or when it really began if that was later. A lesson
// that was held long before its time began when it began.
int64_t reference(const LessonTime& time) {
  return time.starts_at < time.to ? std::max(time.from, time.starts_at) : time.from;
}

void count(Attendance& person, const std::vector<const Presence*>& stays, const LessonTime& time) {
  const auto all = merged(stays, time.to);
  const auto inside = within(all, time);
  for (const auto& span : inside)
    person.present_ms += span.to - span.from;
  person.share_percent = share(person.present_ms, lesson_ms(time));
  person.absences = absences_between(all, inside, time);
  person.link = link_of(stays);
  for (const auto* stay : stays)
    person.spoken_ms += stay->spoken_ms;
  if (all.empty()) return;
  person.first_seen = all.front().from;
  person.last_seen = all.back().to;
  if (inside.empty()) return;
  person.late_ms = std::max<int64_t>(0, inside.front().from - reference(time));
  person.early_ms = time.over ? std::max<int64_t>(0, time.to - inside.back().to) : 0;
  person.late = person.late_ms > kToleranceMs;
  person.left_early = person.early_ms > kToleranceMs;
}

}  // namespace

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::kLeft:
      return "left";
    case EndReason::kLinkLost:
      return "link_lost";
    case EndReason::kRemoved:
      return "removed";
    case EndReason::kLessonEnded:
      return "lesson_ended";
    case EndReason::kServerStopped:
      return "server_stopped";
  }
  return "left";
}

std::optional<EndReason> end_reason_of(std::string_view text) {
  for (const auto reason : {EndReason::kLeft, EndReason::kLinkLost, EndReason::kRemoved,
                            EndReason::kLessonEnded, EndReason::kServerStopped})
    if (to_string(reason) == text) return reason;
  return std::nullopt;
}

std::string_view to_string(AbsenceReason reason) {
  switch (reason) {
    case AbsenceReason::kNotYetThere:
      return "not_yet_there";
    case AbsenceReason::kLeft:
      return "left";
    case AbsenceReason::kLinkLost:
      return "link_lost";
    case AbsenceReason::kRemoved:
      return "removed";
    case AbsenceReason::kServerStopped:
      return "server_stopped";
    case AbsenceReason::kNeverCame:
      return "never_came";
  }
  return "never_came";
}

std::string to_letters(const Minute& minute) {
  if (!minute.rung) return "-00";
  const int loss = std::clamp(minute.loss_percent, 0, 99);
  return {static_cast<char>('0' + static_cast<int>(*minute.rung)), static_cast<char>('0' + loss / 10),
          static_cast<char>('0' + loss % 10)};
}

std::vector<Minute> minutes_of(std::string_view letters) {
  std::vector<Minute> minutes;
  for (size_t at = 0; at + kMinuteLetters <= letters.size(); at += kMinuteLetters) {
    const auto rung = static_cast<size_t>(letters[at] - '0');
    if (rung >= kRungCount) {
      minutes.emplace_back();
      continue;
    }
    minutes.push_back({static_cast<Rung>(rung), (letters[at + 1] - '0') * 10 + (letters[at + 2] - '0')});
  }
  return minutes;
}

int64_t lesson_ms(const LessonTime& time) {
  return std::max<int64_t>(0, time.to - time.from - time.outage_ms);
}

int64_t to_minutes(int64_t milliseconds) {
  return (milliseconds + kMinuteMs / 2) / kMinuteMs;
}

std::vector<Attendance> attendance_of(const LessonTime& time, const std::vector<Presence>& presences,
                                      const std::vector<Expected>& expected) {
  struct One {
    Attendance person;
    std::vector<const Presence*> stays;
  };
  std::map<std::string, One> people;  // by user, or by participant where there is none
  for (const auto& enrolled : expected) {
    auto& person = people[enrolled.user_id].person;
    person.user_id = enrolled.user_id;
    person.name = enrolled.name;
    person.sort_key = enrolled.sort_key;
    person.role = "student";
    person.expected = true;
  }
  for (const auto& stay : presences) {
    auto& [person, stays] = people[stay.user_id.value_or(stay.participant)];
    stays.push_back(&stay);
    if (stays.size() > 1 || person.expected) continue;
    person.user_id = stay.user_id;
    person.name = person.sort_key = stay.name;
    person.role = stay.role;
  }
  std::vector<Attendance> all;
  all.reserve(people.size());
  for (auto& [key, one] : people) {
    count(one.person, one.stays, time);
    all.push_back(std::move(one.person));
  }
  std::ranges::stable_sort(all, [](const Attendance& a, const Attendance& b) {
    const bool first = a.role == "teacher", second = b.role == "teacher";
    return first != second ? first : a.sort_key < b.sort_key;
  });
  return all;
}

}  // namespace thranio::lesson
