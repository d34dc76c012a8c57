#include <map>
#include <mutex>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "pipelines/base/log.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/roster/import_store.hpp"
#include "server/roster/one_roster_export.hpp"
#include "server/roster/one_roster_import.hpp"
#include "server/store/savepoint.hpp"
#include "server/store/times.hpp"

// OneRoster files: imported in the background, one at a time, watched meanwhile; exported at once.
namespace thranio::api {
namespace {

using nlohmann::json;
using roster::ImportRun;

constexpr size_t kMaxZipBytes = 64 * 1024 * 1024;

// How far the import that runs has come; the database knows only those that ended. Thread: any.
class Running {
 public:
  // Nothing while another one runs: each holds the database's one writer.
  std::shared_ptr<roster::ImportProgress> begin(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (progress_) return nullptr;
    id_ = id;
    return progress_ = std::make_shared<roster::ImportProgress>();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    progress_ = nullptr;
  }
  std::shared_ptr<const roster::ImportProgress> of(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return id == id_ ? progress_ : nullptr;
  }

 private:
  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::string id_;
  std::shared_ptr<roster::ImportProgress> progress_;
};

json report_json(const roster::ImportReport& report) {
  json files = json::array(), problems = json::array();
  for (const auto& f : report.files)
    files.push_back({{"file", f.file},
                     {"mode", f.mode},
                     {"rows", f.rows},
                     {"created", f.created},
                     {"changed", f.changed},
                     {"unchanged", f.unchanged},
                     {"deleted", f.deleted}});
  for (const auto& p : report.problems)
    problems.push_back({{"file", p.file}, {"line", p.line}, {"column", p.column}, {"reason", p.reason}});
  return {{"version", report.version},
          {"files", files},
          {"ignored", report.ignored},
          {"problem_count", report.problem_count},
          {"problems", problems}};
}

json run_json(const ImportRun& run, const roster::ImportProgress* progress) {
  json told{{"id", run.id},
            {"school_id", run.school_id},
            {"state", run.state},
            {"dry_run", run.dry_run},
            {"started_at", store::to_rfc3339(store::from_millis(run.started_at))},
            {"finished_at", nullptr},
            {"report", run.report.empty() ? json(nullptr) : json::parse(run.report)},
            {"progress", nullptr}};
  if (run.finished_at) told["finished_at"] = store::to_rfc3339(store::from_millis(*run.finished_at));
  if (progress)
    told["progress"] = {{"rows", progress->rows.load()},
                        {"bytes", progress->bytes.load()},
                        {"bytes_total", progress->bytes_total.load()}};
  return told;
}

struct Job {
  ImportRun run;
  Asker asker;
  std::string zip;
  bool force = false;
  std::shared_ptr<roster::ImportProgress> progress;
};

// One transaction: the rows, the audit entry and the word that it is done stand or fall together.
Result<json> import_all(soci::session& sql, const Job& job) {
  json told;
  std::string state = "done";
  {
    store::Savepoint rows(sql, "import");
    const auto report = roster::import_one_roster(
        sql, job.run.school_id, job.zip, {job.run.dry_run, job.force, job.asker.now_ms}, *job.progress);
    if (!report) return std::unexpected(report.error());
    told = report_json(*report);
    if (report->problem_count > 0)
      state = "refused";
    else if (!job.run.dry_run)
      rows.keep();
  }
  roster::finish_run(sql, job.run.id, state, told.dump(), store::to_millis(std::chrono::system_clock::now()));
  if (state == "done" && !job.run.dry_run)
    audit(sql, job.asker, "import", "School", job.run.school_id, job.run.school_id, "",
          json{{"import_id", job.run.id}, {"files", told["files"]}}.dump());
  return told;
}

boost::asio::awaitable<void> run_job(const Api& api, std::shared_ptr<Running> running,
                                     std::shared_ptr<Job> job) {
  std::string fault;
  try {
    auto task = [job](soci::session& sql) { return import_all(sql, *job); };
    const auto done = co_await api.database.write(std::move(task));
    if (!done) fault = done.error().detail;
  } catch (const std::exception& exception) {
    fault = exception.what();
  }
  if (!fault.empty()) {
    log::error("import failed", {{"import", job->run.id}, {"cause", fault}});
    auto task = [job, fault](soci::session& sql) -> Result<bool> {
      const json report{{"version", ""},
                        {"files", json::array()},
                        {"ignored", json::array()},
                        {"problem_count", 1},
                        {"problems", {{{"file", ""}, {"line", 0}, {"column", ""}, {"reason", fault}}}}};
      roster::finish_run(sql, job->run.id, "failed", report.dump(),
                         store::to_millis(std::chrono::system_clock::now()));
      return true;
    };
    co_await api.database.write(std::move(task));
  }
  running->end();
}

Answer start_import(const Api& api, std::shared_ptr<Running> running, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  if (auto typed = require_type(request, "application/zip"); !typed) co_return std::unexpected(typed.error());
  const auto dry_run = flag(request, "dry_run"), force = flag(request, "force");
  if (!dry_run) co_return std::unexpected(dry_run.error());
  if (!force) co_return std::unexpected(force.error());
  const auto job = std::make_shared<Job>();
  job->asker = *asker;
  job->force = *force;
  job->run = {store::new_id("i"),
              request.path_parameter("id"),
              "running",
              *dry_run,
              asker->now_ms,
              {},
              asker->who.user ? asker->who.user->value() : asker->who.token_id,
              ""};
  auto allowed = [job](soci::session& sql) -> Result<bool> {
    if (auto may = permit_in_school(sql, job->asker.who, job->run.school_id, true); !may)
      return std::unexpected(may.error());
    return true;
  };
  if (const auto may = co_await api.database.read(std::move(allowed)); !may)
    co_return std::unexpected(may.error());
  job->progress = running->begin(job->run.id);
  if (!job->progress)
    co_return fail(ErrorKind::kConflict, "import-running", "Another import runs; try again when it is done.");
  job->zip = std::move(request.body);
  auto note = [job](soci::session& sql) -> Result<bool> {
    roster::insert_run(sql, job->run);
    return true;
  };
  if (const auto noted = co_await api.database.write(std::move(note)); !noted) {
    running->end();
    co_return std::unexpected(noted.error());
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  auto work = run_job(api, running, job);
  boost::asio::co_spawn(executor, std::move(work), boost::asio::detached);
  auto response = json_response(202, run_json(job->run, job->progress.get()));
  response.set("Location", "/api/v1/imports/" + job->run.id);
  co_return response;
}

Answer read_import(const Api& api, std::shared_ptr<Running> running, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, running,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto run = roster::find_run(sql, id);
    if (!run) return std::unexpected(not_found());
    if (auto may = permit_in_school(sql, who, run->school_id, true); !may)
      return std::unexpected(may.error());
    const auto progress = run->state == "running" ? running->of(id) : nullptr;
    return json_response(200, run_json(*run, progress.get()));
  };
  co_return co_await api.database.read(std::move(task));
}

Answer list_imports(const Api& api, std::shared_ptr<Running> running, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, running,
               school = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, who, school, true); !may) return std::unexpected(may.error());
    json items = json::array();
    for (const auto& run : roster::runs_of(sql, school, 50)) {
      const auto progress = run.state == "running" ? running->of(run.id) : nullptr;
      items.push_back(run_json(run, progress.get()));
    }
    return json_response(200, {{"items", items}, {"next_cursor", nullptr}});
  };
  co_return co_await api.database.read(std::move(task));
}

Answer export_roster(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who,
               school = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, who, school, true); !may) return std::unexpected(may.error());
    http::Response response;
    response.set("Content-Type", "application/zip");
    response.set("Content-Disposition", "attachment; filename=\"oneroster.zip\"");
    response.set("Cache-Control", "no-store");
    response.body = roster::export_one_roster(sql, school);
    return response;
  };
  co_return co_await api.database.read(std::move(task));
}

}  // namespace

std::vector<http::Route> import_routes(const Api& api) {
  using http::Method;
  const auto running = std::make_shared<Running>();
  const std::string collection = "/api/v1/schools/{id}/imports";
  return {
      {Method::kPost, collection,
       [&api, running](http::Request q) { return start_import(api, running, std::move(q)); }, kMaxZipBytes},
      {Method::kGet, collection,
       [&api, running](http::Request q) { return list_imports(api, running, std::move(q)); }},
      {Method::kGet, "/api/v1/imports/{id}",
       [&api, running](http::Request q) { return read_import(api, running, std::move(q)); }},
      {Method::kGet, "/api/v1/schools/{id}/export",
       [&api](http::Request q) { return export_roster(api, std::move(q)); }}};
}

}  // namespace thranio::api
