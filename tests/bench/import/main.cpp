// What a OneRoster import costs beside a bare SQLite insert of the same rows into the same tables with the
// same indexes: rows per second of CPU, each in a process of its own, and the most memory that the import
// took.
//   bench_import [--write FILE: only the ZIP] [--schools N] [--users N] [--enrollments N]
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <soci/soci.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/roster/one_roster_import.hpp"
#include "server/roster/roster_store.hpp"
#include "server/store/database.hpp"
#include "tests/support/one_roster_maker.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;

namespace {

constexpr const char* kTables[] = {"schools", "academic_sessions", "courses",     "classes",
                                   "users",   "role_assignments",  "enrollments", "guardianships"};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Measured {
  double cpu = 0, wall = 0;
  long rows = 0, memory_kib = 0;
};

// Runs `work` in a process of its own: its CPU time and its memory are nobody else's.
Measured in_child(const std::function<Measured()>& work) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    Measured measured{};
    try {
      measured = work();
    } catch (const std::exception& fault) {
      std::fprintf(stderr, "bench_import: %s\n", fault.what());
      _exit(1);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    measured.memory_kib = usage.ru_maxrss;
    _exit(write(pipe_ends[1], &measured, sizeof measured) == sizeof measured ? 0 : 1);
  }
  close(pipe_ends[1]);
  Measured measured{};
  const bool heard = read(pipe_ends[0], &measured, sizeof measured) == sizeof measured;
  close(pipe_ends[0]);
  waitpid(child, nullptr, 0);
  if (!heard) throw std::runtime_error("a part of the bench failed");
  return measured;
}

template <typename Work>
void timed(Measured& measured, Work work) {
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  measured.wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  measured.cpu += cpu_seconds() - cpu;
}

Measured import(const std::string& folder, const std::string& zip, bool dry_run = false) {
  store::Database database(folder);
  roster::ImportProgress progress;
  Measured measured;
  timed(measured, [&] {
    const auto report = database.write_now([&](soci::session& sql) {
      roster::School region;
      region.id = "s_region";
      region.name = "Region";
      region.time_zone = "Europe/Athens";
      store::insert(sql, region);
      return roster::import_one_roster(sql, region.id, zip, {dry_run, false, 1000}, progress);
    });
    if (!report || report->problem_count > 0)
      throw std::runtime_error(report ? report->problems[0].file + ": " + report->problems[0].reason
                                      : report.error().detail);
  });
  measured.rows = static_cast<long>(progress.rows);
  return measured;
}

using Row = std::vector<std::pair<int, std::string>>;  // type and text of each value

struct Statement {
  Statement(sqlite3* db, const std::string& text) {
    if (sqlite3_prepare_v2(db, text.c_str(), -1, &it, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db));
  }
  ~Statement() { sqlite3_finalize(it); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  sqlite3_stmt* it = nullptr;
};

// The rows that the import wrote, by the API of SQLite alone; what they are is read before the clock runs.
Measured bare(const std::string& from, const std::string& folder) {
  { const store::Database made(folder); }
  sqlite3 *source = nullptr, *target = nullptr;
  sqlite3_open((from + "/thranio.db").c_str(), &source);
  sqlite3_open((folder + "/thranio.db").c_str(), &target);
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                             "PRAGMA cache_size=-65536"})
    sqlite3_exec(target, pragma, nullptr, nullptr, nullptr);
  Measured measured;
  timed(measured, [&] {
    sqlite3_exec(target, "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys=ON", nullptr, nullptr, nullptr);
  });
  for (const std::string table : kTables) {
    std::vector<Row> rows;
    const Statement select(source, "SELECT * FROM " + table + " ORDER BY rowid");
    const int columns = sqlite3_column_count(select.it);
    std::string places;
    for (int i = 0; i < columns; ++i)
      places += i == 0 ? "?" : ",?";
    while (sqlite3_step(select.it) == SQLITE_ROW) {
      Row& row = rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(select.it, i));
        row.emplace_back(sqlite3_column_type(select.it, i), text ? text : "");
      }
    }
    timed(measured, [&] {
      const Statement insert(target, "INSERT INTO " + table + " VALUES (" + places + ")");
      for (const auto& row : rows) {
        for (int i = 0; i < columns; ++i) {
          const auto& [type, text] = row[static_cast<size_t>(i)];
          if (type == SQLITE_NULL)
            sqlite3_bind_null(insert.it, i + 1);
          else if (type == SQLITE_INTEGER)
            sqlite3_bind_int64(insert.it, i + 1, std::atoll(text.c_str()));
          else
            sqlite3_bind_text(insert.it, i + 1, text.c_str(), static_cast<int>(text.size()), SQLITE_STATIC);
        }
        if (sqlite3_step(insert.it) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(target));
        sqlite3_reset(insert.it);
      }
    });
    measured.rows += static_cast<long>(rows.size());
  }
  timed(measured, [&] { sqlite3_exec(target, "COMMIT", nullptr, nullptr, nullptr); });
  sqlite3_close(source);
  sqlite3_close(target);
  return measured;
}

void print(const char* what, const Measured& m) {
  std::printf("%-28s %8ld rows  %6.2f s CPU  %6.2f s  %8.0f rows/s of CPU  %5ld MiB\n", what, m.rows, m.cpu,
              m.wall, static_cast<double>(m.rows) / m.cpu, m.memory_kib / 1024);
}

int run(int argc, char** argv) {
  test::MadeUpRegion region{
      .schools = 200, .users = 100'000, .enrollments = 500'000, .version = "1.2", .seed = 1};
  std::string write;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--write")) write = argv[i + 1];
    const int value = std::atoi(argv[i + 1]);
    if (!std::strcmp(argv[i], "--schools")) region.schools = value;
    if (!std::strcmp(argv[i], "--users")) region.users = value;
    if (!std::strcmp(argv[i], "--enrollments")) region.enrollments = value;
  }
  const std::string zip = test::make_one_roster(region);
  if (!write.empty()) {
    std::ofstream(write, std::ios::binary) << zip;
    return 0;
  }
  std::printf("%d schools, %d users, %d enrollments: a ZIP of %zu KiB\n", region.schools, region.users,
              region.enrollments, zip.size() / 1024);
  std::fflush(stdout);
  const test::TempFolder ours, theirs;
  {
    const test::TempFolder nobodys;
    print("dry run", in_child([&] { return import(nobodys.path(), zip, true); }));
  }
  const auto first = in_child([&] { return import(ours.path(), zip); });
  print("import", first);
  const auto rival = in_child([&] { return bare(ours.path(), theirs.path()); });
  print("bare SQLite, the same rows", rival);
  std::printf("import / bare: %.2f of its rows per second of CPU (asked: 0.6); memory %ld MiB (asked: 512)\n",
              (static_cast<double>(rival.rows) / first.cpu) / (static_cast<double>(rival.rows) / rival.cpu),
              first.memory_kib / 1024);
  const auto again = in_child([&] {
    store::Database database(ours.path());
    roster::ImportProgress progress;
    Measured measured;
    timed(measured, [&] {
      const auto report = database.write_now([&](soci::session& sql) {
        return roster::import_one_roster(sql, "s_region", zip, {false, false, 2000}, progress);
      });
      if (!report) throw std::runtime_error(report.error().detail);
    });
    measured.rows = static_cast<long>(progress.rows);
    return measured;
  });
  print("the same file again", again);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "bench_import: %s\n", fault.what());
    return 1;
  }
}
