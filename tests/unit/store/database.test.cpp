#include "server/store/database.hpp"

#include <fstream>
#include <stdexcept>

#include <catch2/catch.hpp>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include "server/store/bulk.hpp"
#include "tests/support/await.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using store::Database;
using test::await;
using test::TempFolder;

namespace {

Result<int> insert_school(soci::session& sql, const std::string& id) {
  sql << "INSERT INTO schools (id, name, time_zone, version) VALUES (:id, 'A school', 'Europe/Athens', 1)",
      soci::use(id);
  return 1;
}

Result<int> count_schools(soci::session& sql) {
  int count = 0;
  sql << "SELECT COUNT(*) FROM schools", soci::into(count);
  return count;
}

}  // namespace

TEST_CASE("a write that answers a value is committed, seen by readers and there after reopening", "[store]") {
  TempFolder folder;
  {
    Database database(folder.path());
    REQUIRE(await(database.write([](soci::session& sql) { return insert_school(sql, "s_1"); })));
    CHECK(await(database.read(count_schools)).value() == 1);
  }
  Database again(folder.path());
  CHECK(await(again.read(count_schools)).value() == 1);
}

TEST_CASE("a write that answers an Error leaves nothing behind", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto refused = await(database.write([](soci::session& sql) -> Result<int> {
    insert_school(sql, "s_1").value();
    return fail(ErrorKind::kConflict, "lesson-ended", "No.");
  }));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "lesson-ended");
  CHECK(await(database.read(count_schools)).value() == 0);
}

TEST_CASE("a write that throws leaves nothing behind, and the next one works", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto broken = [](soci::session& sql) -> Result<int> {
    insert_school(sql, "s_1").value();
    throw std::logic_error("a fault");
  };
  CHECK_THROWS_AS(await(database.write(broken)), std::logic_error);
  CHECK(await(database.write([](soci::session& sql) { return insert_school(sql, "s_2"); })));
  CHECK(await(database.read(count_schools)).value() == 1);
}

TEST_CASE("the settings on which durability and integrity rest are on in every session", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto settings = [](soci::session& sql) -> Result<std::string> {
    std::string mode;
    int synchronous = 0, foreign_keys = 0;
    sql << "PRAGMA journal_mode", soci::into(mode);
    sql << "PRAGMA synchronous", soci::into(synchronous);
    sql << "PRAGMA foreign_keys", soci::into(foreign_keys);
    return mode + " " + std::to_string(synchronous) + " " + std::to_string(foreign_keys);
  };
  CHECK(await(database.read(settings)).value() == "wal 2 1");  // 2: FULL
  CHECK(database.write_now(settings).value() == "wal 2 1");
}

TEST_CASE("a row that names no existing owner is a fault, which does not quote the row", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto orphan = [](soci::session& sql) -> Result<int> {
    const std::string title = "A name nobody should read";
    sql << "INSERT INTO classes (id, school_id, title, version) VALUES ('c_1', 's_none', :title, 1)",
        soci::use(title);
    return 1;
  };
  CHECK_THROWS_WITH(await(database.write(orphan)),
                    Catch::Contains("FOREIGN KEY") && !Catch::Contains("A name nobody should read"));
}

TEST_CASE("a full disk is answered store-unavailable, loses nothing and is over when there is room",
          "[store]") {
  TempFolder folder;
  Database database(folder.path());
  REQUIRE(database.write_now([](soci::session& sql) { return insert_school(sql, "s_kept"); }));
  const auto set_room = [&](const std::string& pages) {
    database
        .write_now([&](soci::session& sql) -> Result<int> {
          int now = 0;
          sql << "PRAGMA max_page_count = " + pages, soci::into(now);
          return now;
        })
        .value();
  };
  set_room("1");  // SQLite keeps it at what the file has: no page more
  const std::string much(64 * 1024, 'x');
  const auto insert_much = [&](soci::session& sql) -> Result<int> {
    sql << "INSERT INTO schools (id, name, time_zone, version) VALUES ('s_2', :name, 'UTC', 1)",
        soci::use(much);
    return 1;
  };
  const auto refused = await(database.write(insert_much));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::kUnavailable);
  CHECK(refused.error().code == "store-unavailable");
  CHECK(await(database.read(count_schools)).value() == 1);
  set_room("100000");
  CHECK(await(database.write(insert_much)));
  CHECK(await(database.read(count_schools)).value() == 2);
}

TEST_CASE("two processes write to one database without losing either's rows", "[store]") {
  TempFolder folder;
  Database server(folder.path()), command_line(folder.path());
  for (int i = 0; i < 50; ++i) {
    REQUIRE(await(server.write([i](soci::session& sql) -> Result<int> {
      if (!count_schools(sql))
        return 0;  // reads first: a deferred transaction would fail to become the writer
      return insert_school(sql, "s_a" + std::to_string(i));
    })));
    REQUIRE(command_line.write_now(
        [i](soci::session& sql) { return insert_school(sql, "s_b" + std::to_string(i)); }));
  }
  CHECK(await(server.read(count_schools)).value() == 100);
}

TEST_CASE("a data folder that cannot be one is named in the fault", "[store]") {
  TempFolder folder;
  const std::string file = folder.path() + "/not-a-folder";
  std::ofstream(file) << "x";
  CHECK_THROWS_WITH(Database(file), Catch::Contains(file));
}

TEST_CASE("a file that is no database is refused and left as it is", "[store]") {
  TempFolder folder;
  const std::string text(4096, 'x');
  std::ofstream(folder.database_file()) << text;
  CHECK_THROWS_WITH(Database(folder.path()), Catch::Contains(folder.path()));
  std::ifstream file(folder.database_file());
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
}

TEST_CASE("the data folder is its owner's alone", "[store]") {
  TempFolder folder;
  const std::string data = folder.path() + "/data";
  Database database(data);
  struct stat status {};
  REQUIRE(stat(data.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

namespace {

Result<size_t> rows_of(soci::session& sql, const std::string& table) {
  return store::ask(sql, "SELECT id FROM " + table).size();
}

auto reading(const std::string& table) {
  return [table](soci::session& sql) { return rows_of(sql, table); };
}

auto running(const std::string& statement) {
  return [statement](soci::session& sql) -> Result<int64_t> { return store::run(sql, statement); };
}

constexpr const char* kNewSchool =
    "INSERT INTO schools (id, name, time_zone, version) VALUES ('s_1', 'A', 'Europe/Athens', 1)";

}  // namespace

TEST_CASE("what a reader saw is fresh until one of its tables is written", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto look = [&](store::Sight sight) {
    CHECK(await(database.read(reading("schools"), &sight)));
    CHECK(database.fresh(sight));
    return sight;
  };
  const auto empty = look({}), but_inserts = look({.but_inserts = true});
  CHECK(await(database.write(running("UPDATE users SET version = 2"))));  // touches no row
  CHECK(database.fresh(empty));
  CHECK(await(database.write(running(kNewSchool))));
  CHECK_FALSE(database.fresh(empty));
  CHECK(database.fresh(but_inserts));

  // A statement that was prepared for another reader tells the same.
  const auto one = look({});
  CHECK(one.tables == empty.tables);
  CHECK(await(
      database.write(running("INSERT INTO users (id, school_id, given_name, family_name, roles, version) "
                             "VALUES ('u_1', 's_1', 'A', 'B', 'student', 1)"))));
  CHECK(database.fresh(one));
  CHECK(await(database.write(running("UPDATE schools SET name = 'B'"))));
  CHECK_FALSE(database.fresh(one));
  CHECK_FALSE(database.fresh(but_inserts));
}

TEST_CASE("a write that is rolled back ages nothing", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  store::Sight sight;
  CHECK(await(database.read(reading("schools"), &sight)));
  CHECK_FALSE(await(database.write([](soci::session& sql) -> Result<int> {
    store::run(sql, kNewSchool);
    return fail(ErrorKind::kConflict, "no", "No.");
  })));
  CHECK(database.fresh(sight));
  CHECK(await(database.read(reading("schools"))).value() == 0);
}

TEST_CASE("a statement that SQLite refuses throws, and the next one works", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  CHECK(await(database.write(running(kNewSchool))));
  CHECK_THROWS_AS(await(database.write(running(kNewSchool))), std::runtime_error);
  CHECK_THROWS_AS(await(database.read(running("SELECT nothing FROM nowhere"))), std::runtime_error);
  CHECK(await(database.read(reading("schools"))).value() == 1);
}

TEST_CASE("what was written leaves the memory but for a little, also after an import", "[store]") {
  TempFolder folder;
  Database database(folder.path());
  const auto before = sqlite_api::sqlite3_memory_used();
  const auto held = [&] { return (sqlite_api::sqlite3_memory_used() - before) / 1024; };  // KiB
  // 20 MiB of rows.
  const auto fill = [](soci::session& sql, const std::string& prefix) -> Result<bool> {
    sql << "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) "
           "INSERT INTO schools (id, name, time_zone, version) SELECT '" +
               prefix + "' || i, hex(zeroblob(1000)), 'Europe/Athens', 1 FROM n";
    return true;
  };
  REQUIRE(await(database.write([&](soci::session& sql) { return fill(sql, "a"); })));
  CHECK(held() > 1024);
  CHECK(held() < store::kWriterCacheKiB + 2048);
  const auto much = await(database.write([&](soci::session& sql) -> Result<int64_t> {
    const store::WideCache cache(sql);
    if (auto filled = fill(sql, "b"); !filled) return std::unexpected(filled.error());
    return held();
  }));
  CHECK(much.value() > 18 * 1024);
  CHECK(held() < store::kWriterCacheKiB + 2048);
}
