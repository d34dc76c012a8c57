// A database with a school, a class, a teacher and a student in it, without a server: what tests of *_store
// start from. Owned by the test. Thread: the test's.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "server/roster/roster_store.hpp"
#include "server/store/database.hpp"
#include "server/store/table.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::test {

struct SchoolRows {
  TempFolder folder;
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

  SchoolRows() {
    ask([](soci::session& sql) {
      roster::School school;
      school.id = "s_1";
      school.name = "1st Lyceum";
      school.time_zone = "Europe/Athens";
      store::insert(sql, school);
      store::insert(sql, user("u_t", "Άννα", "Παππά", {"teacher", "admin"}));
      store::insert(sql, user("u_s", "Nikos", "O'Brien", {"student"}));
      store::insert(sql, cls("c_1", "Physics B2"));
      store::insert(sql, enrollment("e_1", "c_1", "u_t", "teacher"));
      store::insert(sql, enrollment("e_2", "c_1", "u_s", "student"));
      return 0;
    });
  }

  static roster::User user(const std::string& id, const std::string& given, const std::string& family,
                           std::vector<std::string> roles) {
    roster::User row;
    row.id = id;
    row.school_id = "s_1";
    row.given_name = given;
    row.family_name = family;
    row.roles = std::move(roles);
    return row;
  }
  static roster::Class cls(const std::string& id, const std::string& title) {
    roster::Class row;
    row.id = id;
    row.school_id = "s_1";
    row.title = title;
    return row;
  }
  static roster::Enrollment enrollment(const std::string& id, const std::string& cls, const std::string& user,
                                       const std::string& role) {
    roster::Enrollment row;
    row.id = id;
    row.class_id = cls;
    row.user_id = user;
    row.role = role;
    return row;
  }

  // How SQLite would answer: one line a step.
  std::string plan_of(const std::string& query) {
    return ask([&](soci::session& sql) {
      std::string all;
      const soci::rowset<soci::row> rows = (sql.prepare << "EXPLAIN QUERY PLAN " + query);
      for (const auto& row : rows)
        all += row.get<std::string>(3) + "\n";
      return all;
    });
  }
};

}  // namespace thranio::test
