// OneRoster 1.1 and 1.2 CSV into the roster: bulk (a whole snapshot: what is missing is gone) and delta
// (changes), by the manifest. All or nothing; every row's problem is told with file, line and column. What is
// known by its sourcedId is compared, so that the same file again changes nothing; what goes is deleted
// softly, never for good. Spec: IMS OneRoster 1.2 CSV Binding; 1.1 CSV. Passwords, profiles, demographics and
// results are not taken. Way: imports_api → [OneRosterImport] → store/bulk. Thread: db. Memory: some 150
// bytes a row of the school's.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"

namespace soci {
class session;
}

namespace thranio::roster {

struct ImportOptions {
  bool dry_run = false;
  bool force = false;  // though a bulk file would delete more than kMostDropped of what is there
  int64_t now_ms = 0;
};
constexpr double kMostDropped = 0.2;

struct FileReport {
  std::string file, mode;  // "bulk", "delta"
  int64_t rows = 0, created = 0, changed = 0, unchanged = 0, deleted = 0;
};
struct RowProblem {
  std::string file;
  int64_t line = 0;    // 0: the file as a whole
  std::string column;  // "": the row as a whole
  std::string reason;
};
struct ImportReport {
  std::string version;  // "1.1", "1.2"
  std::vector<FileReport> files;
  std::vector<std::string> ignored;  // files that are not read
  std::vector<RowProblem> problems;  // the first kMostProblems
  int64_t problem_count = 0;
  static constexpr size_t kMostProblems = 1000;
};

// Read by others while the import runs.
struct ImportProgress {
  std::atomic<uint64_t> rows{0}, bytes{0}, bytes_total{0};
};

// Into the organisation `target` and those in it. With problems the report says so and nothing must be kept:
// the caller rolls back. Errors: invalid-archive, not-found (target).
Result<ImportReport> import_one_roster(soci::session& sql, const std::string& target, const std::string& zip,
                                       const ImportOptions& options, ImportProgress& progress);

}  // namespace thranio::roster
