#include "server/roster/import_store.hpp"

#include <soci/soci.h>

namespace thranio::roster {
namespace {

const std::string kRun =
    "SELECT id, school_id, state, dry_run, started_at, finished_at, started_by, report FROM imports ";

ImportRun read_run(const std::vector<store::Value>& row) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  const auto number = [&](size_t i) { return std::get<int64_t>(row[i]); };
  ImportRun run{text(0), text(1), text(2), number(3) != 0, number(4), {}, text(6), text(7)};
  if (row[5].index() != 0) run.finished_at = number(5);
  return run;
}

}  // namespace

void insert_run(soci::session& sql, const ImportRun& run) {
  store::run(sql,
             "INSERT INTO imports (id, school_id, state, dry_run, started_at, started_by, report) "
             "VALUES (:id, :school, :state, :dry, :at, :by, :report)",
             {run.id, run.school_id, run.state, int64_t{run.dry_run ? 1 : 0}, run.started_at, run.started_by,
              run.report});
}

void finish_run(soci::session& sql, const std::string& id, const std::string& state,
                const std::string& report, int64_t now_ms) {
  store::run(sql, "UPDATE imports SET state = :state, report = :report, finished_at = :now WHERE id = :id",
             {state, report, now_ms, id});
}

void replace_report(soci::session& sql, const std::string& id, const std::string& report) {
  store::run(sql, "UPDATE imports SET report = :report WHERE id = :id", {report, id});
}

std::optional<ImportRun> find_run(soci::session& sql, const std::string& id) {
  const auto rows = store::ask(sql, kRun + "WHERE id = :id", {id});
  if (rows.empty()) return std::nullopt;
  return read_run(rows.front());
}

std::vector<ImportRun> runs_of(soci::session& sql, const std::string& school, int limit) {
  std::vector<ImportRun> runs;
  for (const auto& row : store::ask(
           sql, kRun + "WHERE school_id = :school ORDER BY id DESC LIMIT " + std::to_string(limit), {school}))
    runs.push_back(read_run(row));
  return runs;
}

std::vector<SourcedRow> rows_of_source(soci::session& sql, const std::string& table,
                                       const std::string& source) {
  std::vector<SourcedRow> rows;
  const auto found = store::ask(
      sql, "SELECT sourced_id, id, deleted_at FROM " + table + " WHERE source = :source AND sourced_id <> ''",
      {source});
  rows.reserve(found.size());
  for (const auto& row : found)
    rows.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]), row[2].index() != 0});
  return rows;
}

std::vector<Guardianship> guardianships_of(soci::session& sql, const std::string& student) {
  store::Query query;
  query.where = {{"student_id", "=", student}, {"deleted_at", "IS NULL", {}}};
  query.limit = 1000;
  return store::list<Guardianship>(sql, query).value();
}

bool any_guardianship(soci::session& sql) {
  return !store::ask(sql, "SELECT id FROM guardianships LIMIT 1").empty();
}

void set_parent_session(soci::session& sql, const std::string& session, const std::string& parent) {
  store::run(sql, "UPDATE academic_sessions SET parent_id = :parent WHERE id = :id", {parent, session});
}

void fail_unfinished_runs(soci::session& sql, int64_t now_ms) {
  store::run(sql, "UPDATE imports SET state = 'failed', finished_at = :now WHERE state = 'running'",
             {now_ms});
}

}  // namespace thranio::roster
