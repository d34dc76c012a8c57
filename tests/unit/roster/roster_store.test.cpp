#include "server/roster/roster_store.hpp"

#include <algorithm>

#include "tests/support/school_rows.hpp"

using namespace thranio;
using namespace thranio::roster;
using Fixture = test::SchoolRows;

namespace {

constexpr const char* kDay = "2026-09-14";

store::Query of_school(int limit = 7) {
  store::Query query;
  query.where = {{"school_id", "=", std::string("s_1")}, {"deleted_at", "IS NULL", {}}};
  query.limit = limit;
  return query;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "what was inserted is found as it was, in any script", "[roster]") {
  const auto user = ask([](soci::session& sql) { return store::find<User>(sql, "u_t"); });
  REQUIRE(user);
  CHECK(user->given_name == "Άννα");
  CHECK(user->roles == std::vector<std::string>{"teacher", "admin"});
  CHECK(user->enabled);
  CHECK_FALSE(user->deleted_at);
  CHECK(ask([](soci::session& sql) { return store::find<User>(sql, "u_s"); })->family_name == "O'Brien");
  CHECK(ask([](soci::session& sql) { return store::find<School>(sql, "s_1"); })->time_zone ==
        "Europe/Athens");
  CHECK(ask([](soci::session& sql) { return store::find<Class>(sql, "c_1"); })->course_id == std::nullopt);
  CHECK(ask([](soci::session& sql) { return store::find<Enrollment>(sql, "e_2"); })->user_id == "u_s");
  CHECK_FALSE(ask([](soci::session& sql) { return store::find<User>(sql, "u_none"); }));
}

TEST_CASE_METHOD(Fixture,
                 "an update over the version that was read counts it up; over an older one it does nothing",
                 "[roster]") {
  auto changed = cls("c_1", "Physics B3");
  CHECK(ask([&](soci::session& sql) { return store::update(sql, changed, 1); }));
  changed.title = "lost update";
  CHECK_FALSE(ask([&](soci::session& sql) { return store::update(sql, changed, 1); }));
  const auto row = ask([](soci::session& sql) { return store::find<Class>(sql, "c_1"); });
  CHECK(row->title == "Physics B3");
  CHECK(row->version == 2);
}

TEST_CASE_METHOD(Fixture,
                 "pages walk a list once, whole and in order, however it is sorted, though rows go meanwhile",
                 "[roster]") {
  ask([](soci::session& sql) {
    for (char letter = 'a'; letter <= 'z'; ++letter)  // many titles twice: the id decides between them
      store::insert(
          sql, cls(std::string("c_2") + letter, std::string("title ") + std::to_string((letter - 'a') % 5)));
    return 0;
  });
  const auto sort = GENERATE(as<std::string>{}, "id", "title");
  const bool descending = GENERATE(false, true);
  CAPTURE(sort, descending);
  std::vector<std::pair<std::string, std::string>> seen;
  auto query = of_school();
  query.sort = sort;
  query.descending = descending;
  for (;;) {
    const auto classes = ask([&](soci::session& sql) { return store::list<Class>(sql, query).value(); });
    if (classes.empty()) break;
    REQUIRE(classes.size() <= 7);
    for (const auto& row : classes)
      seen.emplace_back(sort == "id" ? "" : row.title, row.id);
    const auto& last = classes.back();
    query.cursor = store::cursor_of(sort == "id" ? store::Value() : store::Value(last.title), last.id);
    ask([&](soci::session& sql) {  // the row that the cursor names goes
      if (last.id != "c_1") store::run(sql, "DELETE FROM classes WHERE id = :id", {last.id});
      return 0;
    });
  }
  CHECK(seen.size() == 27);
  if (descending)
    CHECK(std::ranges::is_sorted(seen, std::greater{}));
  else
    CHECK(std::ranges::is_sorted(seen));
}

TEST_CASE_METHOD(Fixture, "a cursor that is none of ours is refused", "[roster][bad-input]") {
  const auto text = GENERATE(as<std::string>{}, "x", "zz", "6e", "69782f", "741f", "00", "6939391f");
  auto query = of_school();
  query.cursor = text;
  const auto refused = ask([&](soci::session& sql) { return store::list<Class>(sql, query); });
  if (!refused) CHECK(refused.error().field == "cursor");
}

TEST_CASE_METHOD(Fixture, "a role in a class counts for that role alone, and for its dates", "[roster]") {
  const auto enrolled = [&](const char* cls, const char* user, const char* role, const char* day = kDay) {
    return ask([&](soci::session& sql) { return is_enrolled(sql, cls, user, role, day); });
  };
  CHECK(enrolled("c_1", "u_t", "teacher"));
  CHECK_FALSE(enrolled("c_1", "u_t", "student"));
  CHECK_FALSE(enrolled("c_none", "u_t", "teacher"));
  CHECK(ask([](soci::session& sql) { return teacher_names(sql, "c_1"); }) ==
        std::vector<std::string>{"Άννα Παππά"});
  ask([](soci::session& sql) {
    auto dated = enrollment("e_2", "c_1", "u_s", "student");
    dated.starts_on = "2026-09-10";
    dated.ends_on = kDay;
    return store::update(sql, dated, 1);
  });
  CHECK(enrolled("c_1", "u_s", "student", "2026-09-10"));
  CHECK(enrolled("c_1", "u_s", "student", kDay));
  CHECK_FALSE(enrolled("c_1", "u_s", "student", "2026-09-09"));
  CHECK_FALSE(enrolled("c_1", "u_s", "student", "2026-09-15"));
}

TEST_CASE_METHOD(Fixture,
                 "the same enrollment for other dates is another; for dates that touch it is the same",
                 "[roster]") {
  auto first = enrollment("e_2", "c_1", "u_s", "student");
  first.starts_on = "2026-09-01";
  first.ends_on = "2026-12-31";
  ask([&](soci::session& sql) { return store::update(sql, first, 1); });
  auto again = enrollment("e_3", "c_1", "u_s", "student");
  const auto taken = [&](const char* from, const char* to) {
    again.starts_on = from;
    again.ends_on = to;
    return ask([&](soci::session& sql) { return has_enrollment(sql, again); });
  };
  CHECK(taken("", ""));
  CHECK(taken("2026-12-31", ""));
  CHECK(taken("", "2026-09-01"));
  CHECK_FALSE(taken("2027-01-01", ""));
  CHECK_FALSE(taken("", "2026-08-31"));
}

TEST_CASE_METHOD(Fixture, "who leaves a class loses its join links, and nobody else does", "[roster]") {
  ask([](soci::session& sql) {
    sql << "INSERT INTO lessons (id, class_id, title, starts_at, ends_at, status, version) "
           "VALUES ('l_1', 'c_1', 'Waves', 0, 1, 'live', 1)";
    for (const std::string user : {"u_s", "u_t"})
      store::run(sql,
                 "INSERT INTO tokens (id, hash, role, user_id, lesson_id, name, created_at) "
                 "VALUES (:id, :hash, 'student', :user, 'l_1', '', 0)",
                 {user, user, user});
    sql << "INSERT INTO tokens (id, hash, role, user_id, name, created_at) VALUES ('t_api', 'h', 'student', "
           "'u_s', '', 0)";
    void_join_links(sql, enrollment("e_2", "c_1", "u_s", "student"));
    return 0;
  });
  CHECK(ask([](soci::session& sql) { return store::ask(sql, "SELECT id FROM tokens ORDER BY id"); }) ==
        std::vector<std::vector<store::Value>>{{std::string("t_api")}, {std::string("u_t")}});
}

TEST_CASE_METHOD(Fixture,
                 "what something hangs on says so until it is free; what is deleted hangs on nothing",
                 "[roster]") {
  CHECK_FALSE(ask([](soci::session& sql) { return school_is_empty(sql, "s_1"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return class_is_empty(sql, "c_1"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return user_is_free(sql, "u_s"); }));
  ask([](soci::session& sql) { return store::run(sql, "UPDATE enrollments SET deleted_at = 1"); });
  CHECK(ask([](soci::session& sql) { return user_is_free(sql, "u_s"); }));
  CHECK(ask([](soci::session& sql) { return class_is_empty(sql, "c_1"); }));
  ask([](soci::session& sql) {
    store::run(sql, "UPDATE users SET deleted_at = 1");
    return store::run(sql, "UPDATE classes SET deleted_at = 1");
  });
  CHECK(ask([](soci::session& sql) { return school_is_empty(sql, "s_1"); }));
}

TEST_CASE_METHOD(Fixture, "organisations stand in one another, and a ring of them ends", "[roster]") {
  ask([](soci::session& sql) {
    for (const auto& [id, parent] : {std::pair{"s_region", ""}, std::pair{"s_town", "s_region"}}) {
      School school;
      school.id = id;
      school.name = id;
      school.time_zone = "UTC";
      if (*parent) school.parent_id = parent;
      store::insert(sql, school);
    }
    return store::run(sql, "UPDATE schools SET parent_id = 's_town' WHERE id = 's_1'");
  });
  using Ids = std::vector<std::string>;
  CHECK(ask([](soci::session& sql) { return self_and_above(sql, "s_1"); }) ==
        Ids{"s_1", "s_town", "s_region"});
  CHECK(ask([](soci::session& sql) { return self_and_below(sql, "s_region"); }) ==
        Ids{"s_region", "s_town", "s_1"});
  ask([](soci::session& sql) {
    return store::run(sql, "UPDATE schools SET parent_id = 's_1' WHERE id = 's_region'");
  });
  CHECK(ask([](soci::session& sql) { return self_and_above(sql, "s_1"); }).size() <= 16);
  CHECK(ask([](soci::session& sql) { return self_and_below(sql, "s_1"); }).size() == 3);
}

TEST_CASE_METHOD(Fixture, "every list and every check is answered from an index", "[roster][store]") {
  store::Query by_name = of_school();
  by_name.sort = "family_name";
  by_name.cursor = store::cursor_of(std::string("P"), "u_1");
  store::Query prefix = by_name;
  prefix.where.push_back({"family_name", ">=", std::string("P")});
  store::Query backwards = by_name;
  backwards.descending = true;
  const std::string query = GENERATE_COPY(
      as<std::string>{}, store::list_statement("users", "*", of_school()),
      store::list_statement("users", "*", by_name), store::list_statement("users", "*", prefix),
      store::list_statement("users", "*", backwards), store::list_statement("classes", "*", of_school()),
      store::list_statement("courses", "*", of_school()),
      store::list_statement("academic_sessions", "*", of_school()),
      "SELECT * FROM enrollments WHERE class_id = 'c' AND id > '' ORDER BY id LIMIT 50",
      "SELECT COUNT(*) FROM enrollments WHERE class_id = 'c' AND user_id = 'u'",
      "SELECT * FROM guardianships WHERE guardian_id = 'g' AND student_id = 's'",
      "SELECT * FROM users WHERE username = 'u' AND username <> ''",
      "SELECT * FROM users WHERE email = 'e' AND email <> ''",
      "SELECT * FROM users WHERE source = 's' AND sourced_id = 'u' AND sourced_id <> ''",
      "SELECT * FROM lessons WHERE class_id = 'c' AND id > '' ORDER BY id LIMIT 50",
      "SELECT * FROM lessons WHERE status = 'live' ORDER BY id", "SELECT * FROM tokens WHERE hash = 'h'",
      "SELECT * FROM tokens WHERE user_id = 'u'", "SELECT * FROM tokens WHERE lesson_id = 'l'",
      "SELECT * FROM audit WHERE school_id = 's' ORDER BY seq DESC LIMIT 50",
      "SELECT * FROM audit WHERE entity_id = 'u' ORDER BY seq DESC LIMIT 50",
      "SELECT * FROM closures WHERE school_id = 's' AND starts_on <= 'a' AND ends_on >= 'b' ORDER BY "
      "starts_on");
  const auto plan = plan_of(query);
  INFO(query << "\n" << plan);
  CHECK(plan.find("SEARCH") != std::string::npos);
  CHECK(plan.find("SCAN") == std::string::npos);
  CHECK(plan.find("TEMP B-TREE") == std::string::npos);
}
