#include "server/schedule/timetable_store.hpp"

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "server/store/database.hpp"
#include "server/store/times.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using namespace thranio::schedule;

namespace {

LessonRecord lesson(const std::string& id, LessonStatus status) {
  LessonRecord record;
  record.id = LessonId{id};
  record.cls = ClassId{"c_1"};
  record.title = "Waves";
  record.starts_at = store::parse_rfc3339("2026-09-14T09:00:00.125+03:00").value();
  record.ends_at = record.starts_at + std::chrono::minutes{45};
  record.status = status;
  record.voice_packet_ms = 40;
  return record;
}

struct Fixture {
  test::TempFolder folder;
  store::Database database{folder.path()};

  template <typename Question>
  auto ask(Question question) {
    std::optional<decltype(question(std::declval<soci::session&>()))> answer;
    const auto done = database.write_now([&](soci::session& sql) -> Result<bool> {
      answer.emplace(question(sql));
      return true;
    });
    REQUIRE(done);
    return std::move(*answer);
  }

  Fixture() {
    ask([](soci::session& sql) {
      sql << "INSERT INTO schools (id, name, time_zone, version) VALUES ('s_1', 'School', 'Europe/Athens', "
             "1)";
      sql << "INSERT INTO classes (id, school_id, title, version) VALUES ('c_1', 's_1', 'Physics B2', 1)";
      insert_lesson(sql, lesson("l_1", LessonStatus::kScheduled));
      insert_lesson(sql, lesson("l_2", LessonStatus::kLive));
      insert_lesson(sql, lesson("l_3", LessonStatus::kEnded));
      insert_lesson(sql, lesson("l_4", LessonStatus::kLive));
      return 0;
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a lesson is found with its class and its school, to the millisecond",
                 "[schedule]") {
  const auto found = ask([](soci::session& sql) { return find_lesson(sql, "l_1"); });
  REQUIRE(found);
  CHECK(found->school.value() == "s_1");
  CHECK(found->class_title == "Physics B2");
  CHECK(found->starts_at == lesson("l_1", LessonStatus::kScheduled).starts_at);
  CHECK(found->ends_at - found->starts_at == std::chrono::minutes{45});
  CHECK(found->status == LessonStatus::kScheduled);
  CHECK_FALSE(ask([](soci::session& sql) { return find_lesson(sql, "l_none"); }));
}

TEST_CASE_METHOD(Fixture, "the lessons that were live when the server stopped are found at its start",
                 "[schedule]") {
  const auto live = ask([](soci::session& sql) { return lessons_by_status(sql, LessonStatus::kLive); });
  REQUIRE(live.size() == 2);
  CHECK(live[0].id.value() == "l_2");
  CHECK(live[1].id.value() == "l_4");
}

TEST_CASE_METHOD(Fixture, "of two who start a lesson at one version, one is told that it has moved on",
                 "[schedule]") {
  auto started = lesson("l_1", LessonStatus::kLive);
  CHECK(ask([&](soci::session& sql) { return update_lesson(sql, started, 1); }));
  CHECK_FALSE(ask([&](soci::session& sql) { return update_lesson(sql, started, 1); }));
  CHECK(ask([](soci::session& sql) { return find_lesson(sql, "l_1"); })->version == 2);
}

TEST_CASE_METHOD(Fixture, "a lesson goes with its join tokens", "[schedule]") {
  ask([](soci::session& sql) {
    sql << "INSERT INTO tokens (id, hash, role, lesson_id, name, created_at) "
           "VALUES ('t_1', 'h', 'student', 'l_1', 'Eleni', 0)";
    delete_lesson(sql, "l_1");
    return 0;
  });
  CHECK_FALSE(ask([](soci::session& sql) { return find_lesson(sql, "l_1"); }));
  CHECK(ask([](soci::session& sql) {
          int tokens = 0;
          sql << "SELECT COUNT(*) FROM tokens", soci::into(tokens);
          return tokens;
        }) == 0);
}
