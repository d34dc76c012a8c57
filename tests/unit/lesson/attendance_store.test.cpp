// The book and its tables together: what a lesson tells, what the disk holds, and what is left of it when the
// process is killed.
#include "server/lesson/attendance_store.hpp"

#include <ctime>
#include <fstream>
#include <random>

#include "server/lesson/lesson.hpp"
#include "server/lesson/retention.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/times.hpp"
#include "tests/support/school_rows.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::lesson;

namespace {

const LessonId kLesson{"l_1"};
const Participant kNikos{ParticipantId{"p_u_s"}, "Nikos O'Brien", auth::Role::kStudent, UserId{"u_s"}};
const Participant kErinna{ParticipantId{"p_g"}, "Erinna", auth::Role::kGuest, std::nullopt};
const WallTime kNine = store::parse_rfc3339("2026-09-14T06:00:00Z").value();

struct Fixture : test::SchoolRows {
  AttendanceBook book;
  TimePoint now{};        // the steady clock of this process
  WallTime wall = kNine;  // of the machine

  Fixture() {
    ask([](soci::session& sql) {
      schedule::LessonRow row;
      row.id = "l_1";
      row.class_id = "c_1";
      row.title = "Waves";
      row.starts_at = store::to_millis(kNine);
      row.ends_at = row.starts_at + 45 * 60'000;
      row.status = "live";
      store::insert(sql, row);
      return 0;
    });
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    wall += time;
  }
  void write() {
    ask([&](soci::session& sql) {
      write_batch(sql, book.take(now));
      return 0;
    });
  }
  // The process ends without a word and another one begins, with a steady clock that knows nothing of the
  // first.
  void kill(std::chrono::milliseconds outage) {
    pass(outage);
    now = TimePoint{} + 5h + std::chrono::milliseconds(outage.count() * 7);
    book = AttendanceBook();
    const auto interrupted = ask([](soci::session& sql) { return end_what_was_interrupted(sql); });
    book.recover(interrupted, now, wall);
    book.live(kLesson, now, wall);
  }
  void end_row() {
    ask([](soci::session& sql) {
      return store::run(sql, "UPDATE lessons SET status = 'ended' WHERE id = 'l_1'");
    });
  }
  Sheet sheet() {
    return ask([](soci::session& sql) { return sheet_of(sql, "l_1"); }).value();
  }
  std::map<std::string, Attendance> people() {
    const auto all = sheet();
    std::map<std::string, Attendance> by_name;
    for (auto& person : attendance_of(all.time(), all.presences, all.expected))
      by_name[person.name] = std::move(person);
    return by_name;
  }
  Attendance nikos() { return people().at("Nikos O'Brien"); }
};

int64_t off(int64_t a, int64_t b) {
  return a > b ? a - b : b - a;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "who comes and goes is written with the reason, and who never came is expected",
                 "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kErinna, now, wall);
  pass(10min);
  book.away(kLesson, kErinna.id, EndReason::kLinkLost, now);
  book.gone(kLesson, kErinna.id);
  pass(20min);
  book.over(kLesson, now);
  write();
  CHECK(book.idle());
  const auto all = people();
  CHECK(all.at("Erinna").present_ms == 600'000);
  CHECK(all.at("Erinna").absences.front().reason == AbsenceReason::kLinkLost);
  CHECK(all.at("Nikos O'Brien").expected);
  CHECK(all.at("Nikos O'Brien").absences.front().reason == AbsenceReason::kNeverCame);
  CHECK(lesson_ms(sheet().time()) == 30 * 60'000);
}

TEST_CASE_METHOD(Fixture, "whoever is back before she was gone was never away", "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  pass(1min);
  book.away(kLesson, kNikos.id, EndReason::kLinkLost, now);
  write();
  pass(5s);
  book.came(kLesson, kNikos, now, wall);
  pass(1min);
  book.over(kLesson, now);
  write();
  CHECK(sheet().presences.size() == 1);
  CHECK(nikos().present_ms == 125'000);
}

TEST_CASE_METHOD(Fixture, "a wall clock that jumps by years makes nobody's stay longer",
                 "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  pass(1min);
  wall += std::chrono::hours(24 * 365 * 3);
  book.came(kLesson, kErinna, now, wall);
  pass(1min);
  wall -= std::chrono::hours(24 * 365 * 9);
  book.over(kLesson, now);
  write();
  CHECK(nikos().present_ms == 120'000);
  CHECK(people().at("Erinna").present_ms == 60'000);
}

TEST_CASE_METHOD(Fixture, "a killed server leaves attendance as of its last beat", "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  for (int second = 0; second < 90; ++second) {
    write();
    pass(1s);
  }
  SECTION("who is back at once was never away") {
    kill(4s);
    book.came(kLesson, kNikos, now, wall);
    pass(30s);
    book.over(kLesson, now);
    write();
    CHECK(nikos().present_ms == 124'000);
    CHECK(nikos().absences.empty());
    CHECK(sheet().ledger.outage_ms == 0);
  }
  SECTION("who does not come back was there until the last beat") {
    kill(4s);
    pass(56s);
    book.over(kLesson, now);
    write();
    CHECK(nikos().present_ms == 89'000);
    CHECK(nikos().absences.back().reason == AbsenceReason::kServerStopped);
  }
  SECTION("a long outage is no lesson") {
    kill(10min);
    book.came(kLesson, kNikos, now, wall);
    pass(30s);
    book.over(kLesson, now);
    write();
    CHECK(nikos().present_ms == 89'000 + 30'000);
    CHECK(lesson_ms(sheet().time()) == 89'000 + 30'000);
    CHECK(nikos().share_percent == 100);
  }
  SECTION("a lesson that was ended meanwhile is over when it was last known to run") {
    end_row();
    kill(4s);
    CHECK(nikos().present_ms == 89'000);
    CHECK(sheet().time().over);
    CHECK(nikos().absences.empty());
  }
}

TEST_CASE_METHOD(
    Fixture,
    "however people come and go and however often the server is killed, attendance is right to the second",
    "[attendance][store][property]") {
  std::mt19937 random(11);
  const auto chance = [&](int percent) {
    return std::uniform_int_distribution<int>(1, 100)(random) <= percent;
  };
  const std::vector<Participant> everybody{
      kNikos, kErinna, {ParticipantId{"p_h"}, "Sappho", auth::Role::kGuest, std::nullopt}};
  std::map<ParticipantId, int> tabs;
  std::map<ParticipantId, int64_t> truth_ms;
  int64_t lesson = 0, kills = 0;
  book.live(kLesson, now, wall);
  for (int second = 0; second < 900; ++second) {
    for (const auto& who : everybody) {
      int& open = tabs[who.id];
      if (chance(5)) {
        book.came(kLesson, who, now, wall);
        ++open;
      }
      if (open > 0 && chance(6) && --open == 0) {
        book.away(kLesson, who.id, chance(50) ? EndReason::kLeft : EndReason::kLinkLost, now);
        book.gone(kLesson, who.id);
      }
    }
    write();
    const auto part = std::chrono::milliseconds(1000);
    pass(part);
    lesson += part.count();
    for (const auto& who : everybody)
      if (tabs[who.id] > 0) truth_ms[who.id] += part.count();
    if (!chance(2)) continue;
    ++kills;
    const bool brief = chance(50);
    kill(brief ? 7s : 300s);
    if (brief) lesson += 7000;
    for (const auto& who : everybody) {
      if (tabs[who.id] == 0) continue;
      tabs[who.id] = 1;
      book.came(kLesson, who, now, wall);
      if (brief) truth_ms[who.id] += 7000;
    }
  }
  book.over(kLesson, now);
  write();
  REQUIRE(kills > 5);
  CHECK(off(lesson_ms(sheet().time()), lesson) <= 1000 * kills);
  const auto all = people();
  for (const auto& who : everybody) {
    INFO(who.name);
    CHECK(off(all.at(who.name).present_ms, truth_ms[who.id]) <= 1000 * kills);
    CHECK(truth_ms[who.id] > 60'000);
  }
}

TEST_CASE_METHOD(Fixture, "what a line carried is kept a minute at a time", "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  for (int second = 0; second < 180; ++second) {
    book.line(kLesson, kNikos.id, second < 100 ? Rung::kVoiceLow : Rung::kAll, 0.04, now);
    pass(1s);
  }
  write();
  CHECK(sheet().presences.front().quality == "104104704");
}

TEST_CASE_METHOD(Fixture, "what the disk refused is written the next time, unless there is newer",
                 "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  auto refused = book.take(now);
  pass(1min);
  book.away(kLesson, kNikos.id, EndReason::kLeft, now);
  book.gone(kLesson, kNikos.id);
  book.give_back(std::move(refused));
  pass(1min);
  book.over(kLesson, now);
  write();
  CHECK(nikos().present_ms == 60'000);
}

TEST_CASE_METHOD(Fixture, "who is erased has no name in the ledger, and her minutes stay",
                 "[attendance][store][privacy]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  pass(1min);
  book.over(kLesson, now);
  write();
  ask([](soci::session& sql) {
    add_correction(sql, {"l_1", "u_s", 1, 5, "u_t", "Anna", 1, 2, "Nikos was beside me"});
    erase_from_attendance(sql, "u_s");
    return 0;
  });
  ask([](soci::session& sql) {
    return store::run(sql, "UPDATE users SET given_name = '', family_name = '' WHERE id = 'u_s'");
  });
  const auto all = sheet();
  CHECK(all.presences.front().name.empty());
  CHECK(all.corrections.at("u_s").reason.empty());
  CHECK(attendance_of(all.time(), all.presences, all.expected).back().present_ms == 60'000);
}

TEST_CASE_METHOD(Fixture, "a lesson that its school keeps no longer takes its attendance with it",
                 "[attendance][store][privacy]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  pass(1min);
  book.over(kLesson, now);
  write();
  end_row();
  ask([](soci::session& sql) {
    auto school = store::find<roster::School>(sql, "s_1").value();
    school.keep_lessons_days = 30;
    store::update(sql, school, school.version);
    return purge_what_is_old(sql, store::to_millis(kNine) + 40LL * 24 * 3600 * 1000).lessons;
  });
  for (const char* table : {"presences", "lesson_ledgers", "lesson_expected", "attendance_corrections"}) {
    const auto rows =
        ask([&](soci::session& sql) { return store::ask(sql, "SELECT 1 FROM " + std::string(table)); });
    CHECK(rows.empty());
  }
  // A beat that comes late finds no lesson, and writes nothing.
  book.came(kLesson, kNikos, now, wall);
  write();
  CHECK(ask([](soci::session& sql) { return store::ask(sql, "SELECT 1 FROM presences"); }).empty());
}

// Not run by itself: `unit_lesson "what the ledger costs*"` prints it.
TEST_CASE_METHOD(Fixture, "what the ledger costs with thirty students", "[.][attendance][measure]") {
  constexpr int kMinutes = 10, kStudents = 30;
  const auto pages = [&] {
    const auto rows = ask([](soci::session& sql) {
      return store::ask(sql, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    });
    return std::get<int64_t>(rows[0][0]);
  };
  const auto written = [] {  // bytes given to write(), the log's among them
    std::ifstream io("/proc/self/io");
    int64_t bytes = 0;
    for (std::string word; io >> word;)
      if (word == "wchar:") io >> bytes;
    return bytes;
  };
  std::vector<Participant> students;
  for (int i = 0; i < kStudents; ++i)
    students.push_back({ParticipantId{"p_token_of_" + std::to_string(i)}, "Student of a name",
                        auth::Role::kStudent, std::nullopt});
  const int64_t pages_before = pages(), written_before = written();
  const std::clock_t cpu_before = std::clock();
  book.live(kLesson, now, wall);
  for (const auto& who : students)
    book.came(kLesson, who, now, wall);
  for (int second = 0; second < kMinutes * 60; ++second) {
    for (const auto& who : students)
      book.line(kLesson, who.id, Rung::kAll, 0.01, now);
    write();
    pass(1s);
  }
  const double cpu_ms = 1000.0 * static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
  const int64_t wrote = written() - written_before;
  book.over(kLesson, now);
  write();
  WARN("a lesson-minute with " << kStudents << " students: " << (pages() - pages_before) / kMinutes
                               << " bytes kept, " << wrote / kMinutes << " bytes written, "
                               << cpu_ms / kMinutes << " ms of CPU");
}

TEST_CASE_METHOD(Fixture, "how long a voice sounded is kept with each beat, and added up over stays",
                 "[attendance][store]") {
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  pass(10s);
  book.spoke(kLesson, kNikos.id, 1500ms);
  write();
  book.spoke(kLesson, kNikos.id, 500ms);
  pass(1s);
  write();
  const auto spoken = [&] { return nikos().spoken_ms; };
  CHECK(spoken() == 2000);
  // Killed, and back soon: the same stay goes on, with what it had.
  kill(2s);
  book.live(kLesson, now, wall);
  book.came(kLesson, kNikos, now, wall);
  book.spoke(kLesson, kNikos.id, 3000ms);
  pass(1s);
  write();
  CHECK(spoken() == 5000);
  // Her last words come when she is away already.
  book.away(kLesson, kNikos.id, EndReason::kLeft, now);
  write();
  book.spoke(kLesson, kNikos.id, 250ms);
  write();
  book.gone(kLesson, kNikos.id);
  book.came(kLesson, kNikos, now, wall);
  book.spoke(kLesson, kNikos.id, 750ms);
  pass(1s);
  write();
  CHECK(spoken() == 6000);
  // Nobody: somebody who is not there, a lesson that is over.
  book.spoke(kLesson, ParticipantId{"p_nobody"}, 1000ms);
  book.over(kLesson, now);
  book.spoke(kLesson, kNikos.id, 1000ms);
  write();
  CHECK(spoken() == 6000);
}
