// Databases that older servers left, opened by this one; and a server that is killed while it writes.
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <signal.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/embedded/embedded_files.hpp"
#include "server/store/database.hpp"
#include "server/store/migrator.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using test::TempFolder;

namespace {

int newest_version() {
  int count = 0;
  for (const auto& file : embedded::files())
    count += file.name.starts_with("schema/migrations/") ? 1 : 0;
  return count;
}

std::unique_ptr<soci::session> open_file(const TempFolder& folder) {
  return std::make_unique<soci::session>(soci::sqlite3, "db=" + folder.database_file());
}

std::vector<std::string> school_ids(soci::session& sql) {
  std::vector<std::string> ids;
  const soci::rowset<std::string> rows = (sql.prepare << "SELECT id FROM schools ORDER BY id");
  for (const auto& id : rows)
    ids.push_back(id);
  return ids;
}

Result<int> insert_school(soci::session& sql, const std::string& id) {
  sql << "INSERT INTO schools (id, name, time_zone, version) VALUES (:id, 'A school', 'UTC', 1)",
      soci::use(id);
  return 1;
}

// Writes one row after the other and says each one's number on the pipe once it is acknowledged; never
// returns.
[[noreturn]] void write_until_killed(const std::string& folder, int pipe_end) {
  store::Database database(folder);
  for (uint32_t number = 0;; ++number) {
    const auto done = database.write_now(
        [&](soci::session& sql) { return insert_school(sql, "s_" + std::to_string(number)); });
    if (!done || write(pipe_end, &number, sizeof number) != sizeof number) _exit(1);
  }
}

}  // namespace

TEST_CASE("a database of any older version becomes the newest one and keeps its rows",
          "[store][migrations]") {
  const int older = GENERATE(range(1, 100));
  if (older > newest_version()) return;
  TempFolder folder;
  {
    auto session = open_file(folder);
    store::migrate(*session, older);
    REQUIRE(store::schema_version(*session) == older);
    insert_school(*session, "s_old").value();
  }
  store::Database database(folder.path());
  auto session = open_file(folder);
  CHECK(store::schema_version(*session) == newest_version());
  CHECK(school_ids(*session) == std::vector<std::string>{"s_old"});
}

TEST_CASE("a database of a newer server is refused and left as it is", "[store][migrations]") {
  TempFolder folder;
  { store::Database database(folder.path()); }
  {
    auto session = open_file(folder);
    insert_school(*session, "s_kept").value();
    *session << "PRAGMA user_version = 1000";
  }
  CHECK_THROWS_WITH(store::Database(folder.path()), Catch::Contains("schema 1000"));
  auto session = open_file(folder);
  CHECK(store::schema_version(*session) == 1000);
  CHECK(school_ids(*session) == std::vector<std::string>{"s_kept"});
}

TEST_CASE("every write that was acknowledged before a kill -9 is there afterwards", "[store]") {
  constexpr uint32_t kWrites = 50;
  TempFolder folder;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) write_until_killed(folder.path(), ends[1]);
  close(ends[1]);
  uint32_t acknowledged = 0;
  while (acknowledged < kWrites && read(ends[0], &acknowledged, sizeof acknowledged) == sizeof acknowledged) {
  }
  kill(child, SIGKILL);
  while (read(ends[0], &acknowledged, sizeof acknowledged) ==
         sizeof acknowledged) {  // what was said meanwhile
  }
  waitpid(child, nullptr, 0);
  close(ends[0]);
  REQUIRE(acknowledged >= kWrites);

  store::Database database(folder.path());
  auto session = open_file(folder);
  const auto ids = school_ids(*session);
  CHECK(ids.size() >= acknowledged + 1);
  CHECK(ids.size() <= acknowledged + 2);  // one may be on the disk whose acknowledgement was cut off
  std::string integrity;
  *session << "PRAGMA integrity_check", soci::into(integrity);
  CHECK(integrity == "ok");
}
