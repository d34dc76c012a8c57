#include "server/lesson/attendance.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::lesson;

namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kBegan = 1'000'000;

LessonTime lesson_of(int64_t minutes) {
  LessonTime time;
  time.from = time.starts_at = kBegan;
  time.to = kBegan + minutes * kMinute;
  return time;
}

Presence stay(const std::string& user, int64_t from_minute, std::optional<int64_t> to_minute,
              EndReason reason = EndReason::kLeft) {
  Presence row;
  row.participant = "p_" + user;
  row.user_id = user;
  row.name = user;
  row.role = "student";
  row.began_at = kBegan + from_minute * kMinute;
  if (to_minute) {
    row.ended_at = kBegan + *to_minute * kMinute;
    row.reason = reason;
  }
  return row;
}

Attendance only(const LessonTime& time, const std::vector<Presence>& stays,
                const std::vector<Expected>& expected = {}) {
  const auto all = attendance_of(time, stays, expected);
  REQUIRE(all.size() == 1);
  return all.front();
}

Absence absence(int64_t from, int64_t to, AbsenceReason reason) {
  return {kBegan + from * kMinute, kBegan + to * kMinute, reason};
}

}  // namespace

TEST_CASE("two tabs of one person count once, and a second tab that closes is no absence", "[attendance]") {
  const auto person =
      only(lesson_of(45), {stay("nikos", 0, 45, EndReason::kLessonEnded), stay("nikos", 10, 20)});
  CHECK(person.present_ms == 45 * kMinute);
  CHECK(person.absences.empty());
  CHECK(person.share_percent == 100);
}

TEST_CASE("each absence has the reason of the stay before it", "[attendance]") {
  const auto person = only(
      lesson_of(45), {stay("nikos", 8, 12, EndReason::kLinkLost), stay("nikos", 15, 20, EndReason::kRemoved),
                      stay("nikos", 21, 30), stay("nikos", 31, 40, EndReason::kServerStopped)});
  CHECK(person.present_ms == 27 * kMinute - 0);
  CHECK(person.absences == std::vector<Absence>{absence(0, 8, AbsenceReason::kNotYetThere),
                                                absence(12, 15, AbsenceReason::kLinkLost),
                                                absence(20, 21, AbsenceReason::kRemoved),
                                                absence(30, 31, AbsenceReason::kLeft),
                                                absence(40, 45, AbsenceReason::kServerStopped)});
  CHECK(person.late);
  CHECK(person.late_ms == 8 * kMinute);
  CHECK_FALSE(person.left_early);  // five minutes are within the tolerance
}

TEST_CASE("who is expected and never came is told, and who came though nobody expected her", "[attendance]") {
  const std::vector<Expected> expected{{"u_n", "Nikos Beta", "Beta Nikos"}};
  Presence guest = stay("", 0, 45, EndReason::kLessonEnded);
  guest.user_id.reset();
  guest.participant = "p_token";
  guest.name = "Erinna";
  guest.role = "guest";
  const auto all = attendance_of(lesson_of(45), {guest}, expected);
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "Nikos Beta");
  CHECK(all[0].absences == std::vector<Absence>{absence(0, 45, AbsenceReason::kNeverCame)});
  CHECK_FALSE(all[0].late);
  CHECK(all[1].name == "Erinna");
  CHECK_FALSE(all[1].expected);
}

TEST_CASE("what a student waited before the lesson began is no part of it", "[attendance]") {
  const auto person = only(lesson_of(45), {stay("nikos", -10, 45, EndReason::kLessonEnded)});
  CHECK(person.present_ms == 45 * kMinute);
  CHECK(person.first_seen == kBegan - 10 * kMinute);
  CHECK(person.late_ms == 0);
  const auto gone = only(lesson_of(45), {stay("nikos", -10, -5, EndReason::kLinkLost)});
  CHECK(gone.absences == std::vector<Absence>{absence(0, 45, AbsenceReason::kLinkLost)});
}

TEST_CASE("a lesson that still runs makes nobody an early leaver", "[attendance]") {
  auto time = lesson_of(20);
  time.over = false;
  const auto person = only(time, {stay("nikos", 0, std::nullopt)});
  CHECK(person.present_ms == 20 * kMinute);
  CHECK_FALSE(person.left_early);
  CHECK_FALSE(only(time, {stay("nikos", 0, 5)}).left_early);
}

TEST_CASE("an outage of the server is taken off the lesson's time", "[attendance]") {
  auto time = lesson_of(45);
  time.outage_ms = 5 * kMinute;
  const auto person = only(time, {stay("nikos", 0, 20, EndReason::kServerStopped),
                                  stay("nikos", 25, 45, EndReason::kLessonEnded)});
  CHECK(lesson_ms(time) == 40 * kMinute);
  CHECK(person.present_ms == 40 * kMinute);
  CHECK(person.share_percent == 100);
}

TEST_CASE("a line's minutes are three letters each, and survive the way to the disk", "[attendance]") {
  const std::vector<Minute> minutes{{Rung::kVoiceLow, 7}, {std::nullopt, 0}, {Rung::kAll, 99}};
  std::string letters;
  for (const auto& minute : minutes)
    letters += to_letters(minute);
  CHECK(letters == "107-00799");
  CHECK(minutes_of(letters) == minutes);
  CHECK(minutes_of("zz") == std::vector<Minute>{});
  auto row = stay("nikos", 0, 3);
  row.quality = "105-00107";
  CHECK(only(lesson_of(45), {row}).link == Minute{Rung::kVoiceLow, 6});
}

// Against a list of all the lesson's seconds.
TEST_CASE("whatever comes and goes, the minutes present are the union of all stays, and the rest is absence",
          "[attendance][property]") {
  std::mt19937 random(7);
  const auto any = [&](int64_t from, int64_t to) {
    return std::uniform_int_distribution<int64_t>(from, to)(random);
  };
  constexpr int64_t kSeconds = 600;
  for (int round = 0; round < 500; ++round) {
    LessonTime time;
    time.from = time.starts_at = kBegan;
    time.to = kBegan + kSeconds * 1000;
    time.over = any(0, 1) == 1;
    std::vector<Presence> stays;
    std::vector<bool> there(kSeconds, false);
    for (int64_t n = any(0, 8); n > 0; --n) {
      auto row = stay("nikos", 0, 0, static_cast<EndReason>(any(0, 4)));
      const int64_t from = any(-60, kSeconds + 30), to = any(from, kSeconds + 60);
      row.began_at = kBegan + from * 1000;
      row.ended_at = kBegan + to * 1000;
      int64_t until = to;
      if (any(0, 5) == 0) {  // it runs
        row.ended_at.reset();
        row.reason.reset();
        until = std::max(from, kSeconds);
      }
      for (int64_t s = std::max<int64_t>(0, from); s < std::min(kSeconds, until); ++s)
        there[static_cast<size_t>(s)] = true;
      stays.push_back(row);
    }
    const auto person = only(time, stays, {{"nikos", "Nikos", "Nikos"}});
    const auto seconds = std::ranges::count(there, true);
    REQUIRE(person.present_ms == seconds * 1000);
    int64_t absent = 0, last = time.from;
    for (const auto& gap : person.absences) {
      REQUIRE(gap.from >= last);
      REQUIRE(gap.from < gap.to);
      for (int64_t s = (gap.from - kBegan) / 1000; s < (gap.to - kBegan) / 1000; ++s)
        REQUIRE_FALSE(there[static_cast<size_t>(s)]);
      absent += gap.to - gap.from;
      last = gap.to;
    }
    REQUIRE(person.present_ms + absent == lesson_ms(time));
  }
}
