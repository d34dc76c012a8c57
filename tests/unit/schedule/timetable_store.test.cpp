#include "server/schedule/timetable_store.hpp"

#include "server/store/times.hpp"
#include "tests/support/school_rows.hpp"

using namespace thranio;
using namespace thranio::schedule;

namespace {

const int64_t kNine = store::to_millis(store::parse_rfc3339("2026-09-14T09:00:00.125+03:00").value());
constexpr int64_t kMinute = 60'000;

LessonRow lesson(const std::string& id, const std::string& status, int64_t starts = kNine,
                 const std::string& cls = "c_1") {
  LessonRow row;
  row.id = id;
  row.class_id = cls;
  row.title = "Waves";
  row.starts_at = starts;
  row.ends_at = starts + 45 * kMinute;
  row.status = status;
  row.voice_packet_ms = 40;
  row.camera_codec = "vp9";
  return row;
}

struct Fixture : test::SchoolRows {
  Fixture() {
    ask([](soci::session& sql) {
      for (const auto& [id, status] :
           {std::pair{"l_1", "scheduled"}, {"l_2", "live"}, {"l_3", "ended"}, {"l_4", "live"}})
        store::insert(sql, lesson(id, status));
      return 0;
    });
  }
  std::string found(TimetableQuery query) {
    query.school_id = "s_1";
    std::string ids;
    for (const auto& row : ask([&](soci::session& sql) { return timetable(sql, query).value(); }))
      ids += row.id + " ";
    return ids;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a lesson is found with its class and its school, to the millisecond",
                 "[schedule]") {
  const auto record = ask([](soci::session& sql) { return find_lesson(sql, "l_1"); });
  REQUIRE(record);
  CHECK(record->school.value() == "s_1");
  CHECK(record->class_title == "Physics B2");
  CHECK(store::to_millis(record->starts_at) == kNine);
  CHECK(record->ends_at - record->starts_at == std::chrono::minutes{45});
  CHECK(record->status == LessonStatus::kScheduled);
  CHECK(record->camera_codec == "vp9");
  CHECK(record->opens_at() == record->starts_at - std::chrono::minutes{10});
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
  const auto start = [&] {
    return ask([](soci::session& sql) { return set_lesson_status(sql, "l_1", LessonStatus::kLive, 7, 1); });
  };
  CHECK(start());
  CHECK_FALSE(start());
  const auto record = ask([](soci::session& sql) { return find_lesson(sql, "l_1"); });
  CHECK(record->version == 2);
  CHECK(store::to_millis(*record->live_since) == 7);
}

TEST_CASE("a lesson that started late still has its full length before it ends by itself", "[schedule]") {
  LessonRecord lesson;
  lesson.starts_at = store::from_millis(kNine);
  lesson.ends_at = lesson.starts_at + std::chrono::minutes{45};
  lesson.grace = std::chrono::minutes{15};
  CHECK(lesson.ends_by_itself_at() == lesson.ends_at + lesson.grace);
  lesson.live_since = lesson.starts_at - std::chrono::minutes{5};
  CHECK(lesson.ends_by_itself_at() == lesson.ends_at + lesson.grace);
  lesson.live_since = lesson.starts_at + std::chrono::hours{3};
  CHECK(lesson.ends_by_itself_at() == *lesson.live_since + std::chrono::minutes{60});
}

TEST_CASE_METHOD(Fixture, "the timetable finds what overlaps a span, by class, teacher and student",
                 "[schedule]") {
  ask([](soci::session& sql) {
    store::insert(sql, user("u_sub", "Sub", "Stitute", {"teacher"}));
    store::insert(sql, cls("c_2", "Latin"));
    store::insert(sql, enrollment("e_3", "c_2", "u_s", "student"));
    store::insert(sql, lesson("l_5", "scheduled", kNine + 60 * kMinute, "c_2"));
    auto stood_in = lesson("l_6", "scheduled", kNine + 120 * kMinute);
    stood_in.teacher_id = "u_sub";
    store::insert(sql, stood_in);
    auto gone = lesson("l_7", "scheduled");
    gone.deleted_at = 1;
    store::insert(sql, gone);
    return 0;
  });
  const int64_t day = 24 * 60 * kMinute;
  CHECK(found({.from = kNine, .to = kNine + day}) == "l_1 l_2 l_3 l_4 l_5 l_6 ");
  CHECK(found({.from = kNine + 44 * kMinute, .to = kNine + 61 * kMinute}) == "l_1 l_2 l_3 l_4 l_5 ");
  CHECK(found({.from = kNine + 45 * kMinute, .to = kNine + 60 * kMinute}) == "");
  CHECK(found({.from = kNine, .to = kNine + day, .teacher = "u_t"}) == "l_1 l_2 l_3 l_4 ");
  CHECK(found({.from = kNine, .to = kNine + day, .teacher = "u_sub"}) == "l_6 ");
  CHECK(found({.from = kNine, .to = kNine + day, .student = "u_s", .cls = "c_2"}) == "l_5 ");
  CHECK(found({.from = kNine, .to = kNine + day, .cls = "c_1", .limit = 2}) == "l_1 l_2 ");
  CHECK(found({.from = kNine, .to = kNine + day, .cls = "c_1", .cursor = store::cursor_of(kNine, "l_2")}) ==
        "l_3 l_4 l_6 ");
}

TEST_CASE_METHOD(Fixture, "a timetable is answered from indexes, whomever it is of", "[schedule][store]") {
  TimetableQuery query{.school_id = "s_1", .from = 0, .to = 1};
  const auto variant = GENERATE(0, 1, 2, 3);
  if (variant == 1) query.teacher = "u_t";
  if (variant == 2) query.student = "u_s";
  if (variant == 3) query.cls = "c_1";
  const auto plan = plan_of(timetable_statement(query));
  INFO(plan);
  CHECK(plan.find("SCAN") == std::string::npos);
  CHECK(plan.find("lessons_by_start") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a lesson's join tokens go when they are told to", "[schedule]") {
  ask([](soci::session& sql) {
    sql << "INSERT INTO tokens (id, hash, role, lesson_id, name, created_at) "
           "VALUES ('t_1', 'h', 'student', 'l_1', 'Eleni', 0)";
    delete_join_tokens(sql, "l_1");
    return 0;
  });
  CHECK(ask([](soci::session& sql) { return store::ask(sql, "SELECT id FROM tokens"); }).empty());
}
