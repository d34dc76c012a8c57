#include "server/lesson/retention.hpp"

#include "server/auth/audit_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/times.hpp"
#include "tests/support/school_rows.hpp"

using namespace thranio;

namespace {

constexpr int64_t kDay = 24LL * 3600 * 1000;
const int64_t kNow = store::to_millis(store::parse_rfc3339("2026-09-14T09:00:00Z").value());

struct Fixture : test::SchoolRows {
  void keep(int64_t lessons_days, int64_t audit_days) {
    ask([&](soci::session& sql) {
      auto school = store::find<roster::School>(sql, "s_1").value();
      school.keep_lessons_days = lessons_days;
      school.keep_audit_days = audit_days;
      return store::update(sql, school, school.version);
    });
  }
  void add(const std::string& id, const std::string& status, int64_t days_ago) {
    ask([&](soci::session& sql) {
      schedule::LessonRow row;
      row.id = id;
      row.class_id = "c_1";
      row.title = "Waves";
      row.starts_at = kNow - days_ago * kDay - 1;
      row.ends_at = row.starts_at;
      row.status = status;
      store::insert(sql, row);
      auth::AuditEntry entry;
      entry.at_ms = row.starts_at;
      entry.school_id = "s_1";
      entry.entity_id = id;
      auth::append_audit(sql, entry);
      return 0;
    });
  }
  lesson::Purged purge() {
    return ask([](soci::session& sql) { return lesson::purge_what_is_old(sql, kNow); });
  }
  bool there(const std::string& id) {
    return ask([&](soci::session& sql) { return store::find<schedule::LessonRow>(sql, id).has_value(); });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a school that says nothing keeps everything", "[lesson][privacy]") {
  add("l_old", "ended", 4000);
  const auto purged = purge();
  CHECK(purged.lessons == 0);
  CHECK(purged.audit_entries == 0);
  CHECK(there("l_old"));
}

TEST_CASE_METHOD(Fixture, "what is older than a school keeps goes for good, and nothing else",
                 "[lesson][privacy]") {
  keep(30, 60);
  add("l_live", "live", 40);
  add("l_old", "ended", 30);
  add("l_missed", "scheduled", 70);
  add("l_new", "ended", 29);
  const auto purged = purge();
  CHECK(purged.lessons == 2);
  CHECK(purged.audit_entries == 1);
  CHECK(there("l_live"));
  CHECK(there("l_new"));
  CHECK_FALSE(there("l_old"));
  CHECK_FALSE(there("l_missed"));
  CHECK(purge().lessons == 0);
}
