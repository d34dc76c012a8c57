// Runs of imports and what came of them. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/store/table.hpp"

namespace thranio::roster {

struct ImportRun {
  std::string id, school_id;
  std::string state;  // running, done, refused, failed
  bool dry_run = false;
  int64_t started_at = 0;
  std::optional<int64_t> finished_at;
  std::string started_by;
  std::string report;  // JSON
  int64_t version = 1;
};

void insert_run(soci::session& sql, const ImportRun& run);
void finish_run(soci::session& sql, const std::string& id, const std::string& state,
                const std::string& report, int64_t now_ms);
std::optional<ImportRun> find_run(soci::session& sql, const std::string& id);
std::vector<ImportRun> runs_of(soci::session& sql, const std::string& school, int limit);
// Those that an earlier server left running were rolled back with it.
void fail_unfinished_runs(soci::session& sql, int64_t now_ms);

}  // namespace thranio::roster
