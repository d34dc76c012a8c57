// Runs of imports and what came of them. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/roster/roster_store.hpp"

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
void replace_report(soci::session& sql, const std::string& id, const std::string& report);
std::optional<ImportRun> find_run(soci::session& sql, const std::string& id);
std::vector<ImportRun> runs_of(soci::session& sql, const std::string& school, int limit);
// What a table has of one source, deleted or not.
struct SourcedRow {
  std::string sourced_id, id;
  bool deleted = false;
};
std::vector<SourcedRow> rows_of_source(soci::session& sql, const std::string& table,
                                       const std::string& source);
std::vector<Guardianship> guardianships_of(soci::session& sql, const std::string& student);
bool any_guardianship(soci::session& sql);
void set_parent_session(soci::session& sql, const std::string& session, const std::string& parent);

// Those that an earlier server left running were rolled back with it.
void fail_unfinished_runs(soci::session& sql, int64_t now_ms);

}  // namespace thranio::roster
