#include "server/lesson/attendance_book.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/lesson/lesson.hpp"
#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

namespace thranio::lesson {

using std::chrono::milliseconds;

namespace {

constexpr int64_t kGraceMs = milliseconds(AttendanceBook::kRestartGrace).count();

}  // namespace

int64_t AttendanceBook::Running::at(TimePoint time) const {
  return began_ms + std::chrono::duration_cast<milliseconds>(time - began).count();
}

void AttendanceBook::recover(const std::vector<Interrupted>& lessons, TimePoint now, WallTime wall) {
  for (const auto& [ledger, stopped] : lessons) {
    auto& lesson = lessons_[LessonId{ledger.lesson_id}];
    lesson.began = now;
    lesson.began_ms = std::max(store::to_millis(wall), ledger.beat_at);
    lesson.ledger = ledger;
    lesson.interrupted_at = ledger.beat_at;
    for (const auto& row : stopped)
      lesson.stays[ParticipantId{row.participant}].row = row;
  }
}

AttendanceBook::Running& AttendanceBook::running(const LessonId& id, TimePoint now, WallTime wall) {
  const auto [at, fresh] = lessons_.try_emplace(id);
  auto& lesson = at->second;
  if (!fresh) return lesson;
  lesson.began = now;
  lesson.began_ms = store::to_millis(wall);
  lesson.ledger.lesson_id = id.value();
  return lesson;
}

void AttendanceBook::live(const LessonId& id, TimePoint now, WallTime wall) {
  if (stopped_) return;
  auto& lesson = running(id, now, wall);
  lesson.live = true;
  const int64_t at = lesson.at(now);
  if (!lesson.ledger.live_at)
    lesson.ledger.live_at = at;
  else if (lesson.interrupted_at && at - *lesson.interrupted_at > kGraceMs)
    lesson.ledger.outage_ms += at - *lesson.interrupted_at;
  lesson.interrupted_at.reset();
  beat(lesson, at);
}

void AttendanceBook::beat(Running& lesson, int64_t at) {
  lesson.ledger.beat_at = std::max(lesson.ledger.beat_at, at);
  ledgers_[lesson.ledger.lesson_id] = lesson.ledger;
}

bool AttendanceBook::came(const LessonId& id, const Participant& who, TimePoint now, WallTime wall) {
  if (stopped_) return false;
  auto& lesson = running(id, now, wall);
  const int64_t at = lesson.at(now);
  const auto before = lesson.stays.find(who.id);
  if (before != lesson.stays.end()) {
    auto& row = before->second.row;
    if (!row.ended_at) return false;
    const bool too_late = row.reason == EndReason::kServerStopped && at - *row.ended_at > kGraceMs;
    if (!too_late) return back(id, who.id);
    lesson.stays.erase(before);
  }
  Stay stay;
  stay.row.id = store::new_id("pr");
  stay.row.lesson_id = id.value();
  stay.row.participant = who.id.value();
  if (who.user) stay.row.user_id = who.user->value();
  stay.row.name = who.name;
  stay.row.role = to_string(who.role);
  stay.row.began_at = stay.line.since = at;
  put(stay.row);
  beat(lesson, at);
  lesson.stays.emplace(who.id, std::move(stay));
  return true;
}

bool AttendanceBook::away(const LessonId& id, const ParticipantId& who, EndReason reason, TimePoint when) {
  const auto lesson = lessons_.find(id);
  if (stopped_ || lesson == lessons_.end()) return false;
  const auto at = lesson->second.stays.find(who);
  if (at == lesson->second.stays.end() || at->second.row.ended_at) return false;
  end(at->second, reason, lesson->second.at(when));
  put(at->second.row);
  return true;
}

bool AttendanceBook::back(const LessonId& id, const ParticipantId& who) {
  const auto lesson = lessons_.find(id);
  if (stopped_ || lesson == lessons_.end()) return false;
  const auto at = lesson->second.stays.find(who);
  if (at == lesson->second.stays.end() || !at->second.row.ended_at) return false;
  at->second.line.since = *at->second.row.ended_at;
  at->second.row.ended_at.reset();
  at->second.row.reason.reset();
  put(at->second.row);
  return true;
}

void AttendanceBook::gone(const LessonId& id, const ParticipantId& who) {
  const auto lesson = lessons_.find(id);
  if (lesson == lessons_.end()) return;
  const auto at = lesson->second.stays.find(who);
  if (at != lesson->second.stays.end() && at->second.row.ended_at) lesson->second.stays.erase(at);
}

void AttendanceBook::line(const LessonId& id, const ParticipantId& who, Rung rung, double loss,
                          TimePoint now) {
  const auto lesson = lessons_.find(id);
  if (stopped_ || lesson == lessons_.end()) return;
  const auto at = lesson->second.stays.find(who);
  if (at == lesson->second.stays.end() || at->second.row.ended_at) return;
  auto& stay = at->second;
  sample(stay, lesson->second.at(now));
  stay.line.rung = rung;
  stay.line.loss_sum += loss;
  ++stay.line.losses;
}

void AttendanceBook::spoke(const LessonId& id, const ParticipantId& who, milliseconds length) {
  const auto lesson = lessons_.find(id);
  if (stopped_ || lesson == lessons_.end()) return;
  const auto at = lesson->second.stays.find(who);
  if (at == lesson->second.stays.end()) return;
  auto& stay = at->second;
  // Her last words come to the book a moment after she is away: they are written with her end.
  stay.row.spoken_ms += length.count();
  stay.spoke = true;
  if (stay.row.ended_at) put(stay.row);
}

// Counts the rung up to now, and writes down the minutes that are over.
void AttendanceBook::sample(Stay& stay, int64_t now) {
  auto& line = stay.line;
  while (line.since < now) {
    const auto done = static_cast<int64_t>(stay.row.quality.size() / kMinuteLetters);
    if (done >= static_cast<int64_t>(kMostMinutes)) {
      line.since = now;
      return;
    }
    const int64_t minute_ends = stay.row.began_at + (done + 1) * kMinuteMs;
    const int64_t until = std::min(now, minute_ends);
    if (line.rung && until > line.since) line.ms[static_cast<size_t>(*line.rung)] += until - line.since;
    line.since = std::max(line.since, until);
    if (now < minute_ends) return;
    Minute minute;
    const auto longest = std::ranges::max_element(line.ms);
    if (*longest > 0) {
      minute.rung = static_cast<Rung>(longest - line.ms.begin());
      if (line.losses > 0)
        minute.loss_percent = static_cast<int>(std::lround(100 * line.loss_sum / line.losses));
    }
    stay.row.quality += to_letters(minute);
    line.ms = {};
    line.loss_sum = line.losses = 0;
  }
}

void AttendanceBook::end(Stay& stay, EndReason reason, int64_t at) {
  at = std::max(at, stay.row.began_at);
  sample(stay, at);
  stay.row.ended_at = at;
  stay.row.reason = reason;
}

void AttendanceBook::end_all(Running& lesson, EndReason reason, int64_t at) {
  for (auto& [who, stay] : lesson.stays) {
    if (stay.row.ended_at) continue;
    end(stay, reason, at);
    put(stay.row);
  }
  beat(lesson, at);
}

void AttendanceBook::over(const LessonId& id, TimePoint now) {
  const auto at = lessons_.find(id);
  if (stopped_ || at == lessons_.end()) return;
  auto& lesson = at->second;
  end_all(lesson, EndReason::kLessonEnded, lesson.at(now));
  ledgers_[id.value()].ended_at = lesson.at(now);
  lessons_.erase(at);
}

void AttendanceBook::stop(TimePoint now) {
  if (stopped_) return;
  for (auto& [id, lesson] : lessons_)
    end_all(lesson, EndReason::kServerStopped, lesson.at(now));
  lessons_.clear();
  stopped_ = true;
}

void AttendanceBook::put(const Presence& row) {
  const auto at = stays_.find(row.id);
  if (at != stays_.end())
    at->second = row;
  else if (stays_.size() < kMostPending)
    stays_.emplace(row.id, row);
  else
    ++refused_;
}

Batch AttendanceBook::take(TimePoint now) {
  beat_all(now);
  Batch batch;
  for (auto& [id, ledger] : ledgers_)
    batch.ledgers.push_back(std::move(ledger));
  for (auto& [id, stay] : stays_)
    batch.presences.push_back(std::move(stay));
  ledgers_.clear();
  stays_.clear();
  return batch;
}

void AttendanceBook::beat_all(TimePoint now) {
  for (auto at = lessons_.begin(); at != lessons_.end();) {
    auto& lesson = at->second;
    const int64_t now_ms = lesson.at(now);
    bool anybody = lesson.live;
    for (auto& [who, stay] : lesson.stays) {
      if (stay.row.ended_at) continue;
      anybody = true;
      const size_t before = stay.row.quality.size();
      sample(stay, now_ms);
      if (stay.row.quality.size() != before || std::exchange(stay.spoke, false)) put(stay.row);
    }
    if (anybody) beat(lesson, now_ms);
    // One that only waited, and where nobody is left who may be back, begins anew with whoever comes next.
    const bool may_return =
        lesson.interrupted_at ? now_ms - *lesson.interrupted_at <= kGraceMs : !lesson.stays.empty();
    at = anybody || may_return ? std::next(at) : lessons_.erase(at);
  }
}

void AttendanceBook::give_back(Batch batch) {
  for (auto& ledger : batch.ledgers)
    ledgers_.try_emplace(ledger.lesson_id, std::move(ledger));
  for (auto& row : batch.presences)
    if (stays_.contains(row.id) || stays_.size() < kMostPending)
      stays_.try_emplace(row.id, std::move(row));
    else
      ++refused_;
}

}  // namespace thranio::lesson
