#include "server/roster/roster_store.hpp"

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "server/store/database.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using namespace thranio::roster;

namespace {

// A school with a class, a teacher and a student in it, on one session.
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
      insert(sql, School{"s_1", "1st Lyceum", "Europe/Athens", 1});
      insert(sql, User{"u_t", "s_1", "Άννα", "Παππά", {"teacher", "admin"}, 1});
      insert(sql, User{"u_s", "s_1", "Nikos", "O'Brien", {"student"}, 1});
      insert(sql, Class{"c_1", "s_1", "Physics B2", 1});
      insert(sql, Enrollment{"e_1", "c_1", "u_t", "teacher", 1});
      insert(sql, Enrollment{"e_2", "c_1", "u_s", "student", 1});
      return 0;
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "what was inserted is found as it was, in any script", "[roster]") {
  const auto user = ask([](soci::session& sql) { return find_user(sql, "u_t"); });
  REQUIRE(user);
  CHECK(user->given_name == "Άννα");
  CHECK(user->roles == std::vector<std::string>{"teacher", "admin"});
  CHECK(ask([](soci::session& sql) { return find_user(sql, "u_s"); })->family_name == "O'Brien");
  CHECK(ask([](soci::session& sql) { return find_school(sql, "s_1"); })->time_zone == "Europe/Athens");
  CHECK(ask([](soci::session& sql) { return find_class(sql, "c_1"); })->title == "Physics B2");
  CHECK(ask([](soci::session& sql) { return find_enrollment(sql, "e_2"); })->user_id == "u_s");
  CHECK_FALSE(ask([](soci::session& sql) { return find_user(sql, "u_none"); }));
}

TEST_CASE_METHOD(Fixture,
                 "an update over the version that was read counts it up; over an older one it does nothing",
                 "[roster]") {
  Class changed{"c_1", "s_1", "Physics B3", 1};
  CHECK(ask([&](soci::session& sql) { return update(sql, changed, 1); }));
  changed.title = "lost update";
  CHECK_FALSE(ask([&](soci::session& sql) { return update(sql, changed, 1); }));
  const auto cls = ask([](soci::session& sql) { return find_class(sql, "c_1"); });
  CHECK(cls->title == "Physics B3");
  CHECK(cls->version == 2);
}

TEST_CASE_METHOD(Fixture, "pages walk a list once, whole and in order, though rows come and go meanwhile",
                 "[roster]") {
  ask([](soci::session& sql) {
    for (char letter = 'a'; letter <= 'z'; ++letter)
      insert(sql, Class{std::string("c_2") + letter, "s_1", "x", 1});
    return 0;
  });
  std::vector<std::string> seen;
  Page page{"", 7};
  for (;;) {
    const auto classes = ask([&](soci::session& sql) { return classes_of_school(sql, "s_1", page); });
    if (classes.empty()) break;
    REQUIRE(classes.size() <= 7);
    for (const auto& cls : classes)
      seen.push_back(cls.id);
    page.after = seen.back();
    ask([&](soci::session& sql) {  // the row that the cursor names goes
      if (seen.back() != "c_1") delete_class(sql, seen.back());
      return 0;
    });
  }
  CHECK(seen.size() == 27);
  CHECK(std::ranges::is_sorted(seen));
  CHECK(seen.front() == "c_1");
  CHECK(seen.back() == "c_2z");
}

TEST_CASE_METHOD(Fixture, "a role in a class counts for that role alone", "[roster]") {
  CHECK(ask([](soci::session& sql) { return is_enrolled(sql, "c_1", "u_t", "teacher"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return is_enrolled(sql, "c_1", "u_t", "student"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return is_enrolled(sql, "c_none", "u_t", "teacher"); }));
  CHECK(ask([](soci::session& sql) { return teacher_names(sql, "c_1"); }) ==
        std::vector<std::string>{"Άννα Παππά"});
}

TEST_CASE_METHOD(Fixture,
                 "who leaves a class or changes roles in it loses its join links, and nobody else does",
                 "[roster]") {
  ask([](soci::session& sql) {
    sql << "INSERT INTO lessons (id, class_id, title, starts_at, ends_at, status, version) "
           "VALUES ('l_1', 'c_1', 'Waves', 0, 1, 'live', 1)";
    for (const std::string user : {"u_s", "u_t"})
      sql << "INSERT INTO tokens (id, hash, role, user_id, lesson_id, name, created_at) "
             "VALUES (:user, :user, 'student', :user, 'l_1', '', 0)",
          soci::use(user, "user");
    sql << "INSERT INTO tokens (id, hash, role, user_id, name, created_at) VALUES ('t_api', 'h', 'student', "
           "'u_s', '', 0)";
    return 0;
  });
  const auto leaves = GENERATE(true, false);
  ask([&](soci::session& sql) {
    if (leaves)
      delete_enrollment(sql, "e_2");
    else
      update(sql, Enrollment{"e_2", "c_1", "u_s", "teacher", 1}, 1);
    return 0;
  });
  const auto left = ask([](soci::session& sql) {
    std::vector<std::string> ids;
    const soci::rowset<std::string> rows = (sql.prepare << "SELECT id FROM tokens ORDER BY id");
    for (const auto& id : rows)
      ids.push_back(id);
    return ids;
  });
  CHECK(left == std::vector<std::string>{"t_api", "u_t"});
}

TEST_CASE_METHOD(Fixture, "what something hangs on says so until it is free", "[roster]") {
  CHECK_FALSE(ask([](soci::session& sql) { return school_is_empty(sql, "s_1"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return class_is_empty(sql, "c_1"); }));
  CHECK_FALSE(ask([](soci::session& sql) { return user_is_free(sql, "u_s"); }));
  ask([](soci::session& sql) {
    delete_enrollment(sql, "e_1");
    delete_enrollment(sql, "e_2");
    return 0;
  });
  CHECK(ask([](soci::session& sql) { return user_is_free(sql, "u_s"); }));
  CHECK(ask([](soci::session& sql) { return class_is_empty(sql, "c_1"); }));
  ask([](soci::session& sql) {
    delete_user(sql, "u_s");
    delete_user(sql, "u_t");
    delete_class(sql, "c_1");
    return 0;
  });
  CHECK(ask([](soci::session& sql) { return school_is_empty(sql, "s_1"); }));
}

TEST_CASE_METHOD(Fixture, "every list and every check is answered from an index", "[roster][store]") {
  const std::string query = GENERATE(
      as<std::string>{}, "SELECT * FROM users WHERE school_id = 's' AND id > '' ORDER BY id LIMIT 50",
      "SELECT * FROM classes WHERE school_id = 's' AND id > '' ORDER BY id LIMIT 50",
      "SELECT * FROM enrollments WHERE class_id = 'c' AND id > '' ORDER BY id LIMIT 50",
      "SELECT COUNT(*) FROM enrollments WHERE class_id = 'c' AND user_id = 'u'",
      "SELECT * FROM lessons WHERE class_id = 'c' AND id > '' ORDER BY id LIMIT 50",
      "SELECT * FROM lessons WHERE status = 'live' ORDER BY id", "SELECT * FROM tokens WHERE hash = 'h'",
      "SELECT * FROM tokens WHERE user_id = 'u'", "SELECT * FROM tokens WHERE lesson_id = 'l'");
  const auto plan = ask([&](soci::session& sql) {
    std::string all;
    const soci::rowset<soci::row> rows = (sql.prepare << "EXPLAIN QUERY PLAN " + query);
    for (const auto& row : rows)
      all += row.get<std::string>(3) + "\n";
    return all;
  });
  INFO(plan);
  CHECK(plan.find("SEARCH") != std::string::npos);
  CHECK(plan.find("SCAN") == std::string::npos);
  CHECK(plan.find("TEMP B-TREE") == std::string::npos);
}
