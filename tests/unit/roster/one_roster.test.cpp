// OneRoster files in and out, against a database without a server.
#include <algorithm>

#include "server/roster/csv_file.hpp"
#include "server/roster/one_roster_export.hpp"
#include "server/roster/one_roster_import.hpp"
#include "server/store/savepoint.hpp"
#include "tests/support/one_roster_maker.hpp"
#include "tests/support/school_rows.hpp"

using namespace thranio;
using namespace thranio::roster;

namespace {

using Files = std::map<std::string, std::vector<std::vector<std::string>>>;

Files unpack(const std::string& zip) {
  Files files;
  const auto archive = CsvArchive::open(zip).value();
  for (const auto& name : archive.files())
    REQUIRE(archive.read(name, [&](CsvRow& row) {
      files[name].push_back(row.cells);
      return true;
    }));
  return files;
}

std::string pack(const Files& files) {
  CsvArchiveWriter writer;
  for (const auto& [name, rows] : files) {
    writer.begin(name, rows.front());
    for (size_t i = 1; i < rows.size(); ++i)
      writer.add(rows[i]);
  }
  return writer.finish();
}

struct OneRosterFixture : test::SchoolRows {
  ImportProgress progress;

  OneRosterFixture() {
    ask([](soci::session& sql) {
      School region;
      region.id = "s_region";
      region.name = "Region";
      region.time_zone = "Europe/Athens";
      store::insert(sql, region);
      return 0;
    });
  }
  // As imports_api does it: problems undo everything.
  ImportReport import(const std::string& zip, bool dry_run = false, bool force = false) {
    const auto report = ask([&](soci::session& sql) -> Result<ImportReport> {
      store::Savepoint rows(sql, "import");
      auto done = import_one_roster(sql, "s_region", zip, {dry_run, force, 1000}, progress);
      if (done && done->problem_count == 0 && !dry_run) rows.keep();
      return done;
    });
    REQUIRE(report);
    return *report;
  }
  int64_t count(const std::string& table, const std::string& where = "deleted_at IS NULL") {
    return ask([&](soci::session& sql) {
      long long rows = 0;
      sql << "SELECT COUNT(*) FROM " + table + " WHERE " + where, soci::into(rows);
      return int64_t{rows};
    });
  }
  // Everything that an import could touch, as text.
  std::string state() {
    return ask([](soci::session& sql) {
      std::string all;
      for (const char* table : {"schools", "academic_sessions", "courses", "classes", "users",
                                "role_assignments", "enrollments", "guardianships"})
        for (const auto& row : store::ask(sql, std::string("SELECT * FROM ") + table + " ORDER BY id"))
          for (const auto& value : row)
            all += value.index() == 2   ? std::get<2>(value) + "|"
                   : value.index() == 1 ? std::to_string(std::get<1>(value)) + "|"
                                        : "-|";
      return all;
    });
  }
};

std::string told(const ImportReport& report) {
  std::string text;
  for (const auto& p : report.problems)
    text += p.file + ":" + std::to_string(p.line) + " " + p.column + "; ";
  return text;
}

int64_t sum(const ImportReport& report, int64_t FileReport::*what) {
  int64_t all = 0;
  for (const auto& file : report.files)
    all += file.*what;
  return all;
}

const test::MadeUpRegion kSmall{.schools = 2, .users = 60, .enrollments = 200, .version = "1.2", .seed = 1};

}  // namespace

TEST_CASE_METHOD(OneRosterFixture, "a school's files come in whole, and the same again changes nothing",
                 "[oneroster]") {
  auto region = kSmall;
  region.version = GENERATE(as<std::string>{}, "1.1", "1.2");
  const auto zip = make_one_roster(region);
  const auto first = import(zip);
  INFO(told(first));
  REQUIRE(first.problem_count == 0);
  CHECK(count("users") == 60 + 2);
  CHECK(count("enrollments") == 200 + 2);
  CHECK(count("schools", "parent_id = 's_region'") == 2);
  CHECK(count("guardianships") > 0);
  CHECK(count("users", "source = 's_region' AND roles = 'admin'") == 2);
  CHECK(count("academic_sessions", "parent_id IS NOT NULL") == 2);
  const auto before = state();
  const auto again = import(zip);
  CHECK(sum(again, &FileReport::created) == 0);
  CHECK(sum(again, &FileReport::changed) == 0);
  CHECK(sum(again, &FileReport::deleted) == 0);
  CHECK(sum(again, &FileReport::unchanged) == sum(first, &FileReport::rows));
  CHECK(state() == before);
}

TEST_CASE_METHOD(OneRosterFixture, "a dry run says what the run then does, and does nothing itself",
                 "[oneroster]") {
  const auto zip = make_one_roster(kSmall);
  const auto before = state();
  const auto tried = import(zip, true);
  CHECK(state() == before);
  const auto done = import(zip);
  CHECK(sum(tried, &FileReport::created) ==
        sum(done, &FileReport::created) + 1);  // the region itself is there already
  CHECK(tried.files.size() == done.files.size());
}

TEST_CASE_METHOD(OneRosterFixture,
                 "what is missing from a bulk file is deleted, what comes back is restored with its id",
                 "[oneroster]") {
  const auto zip = make_one_roster(kSmall);
  import(zip);
  const auto whole = unpack(zip);
  auto fewer = whole;
  auto& rows = fewer["enrollments.csv"];
  rows.erase(rows.begin() + 5, rows.begin() + 10);
  const auto report = import(pack(fewer));
  CHECK(sum(report, &FileReport::deleted) == 5);
  CHECK(count("enrollments") == 195 + 2);
  const auto id = [&] {
    return ask([](soci::session& sql) {
      return store::ask(sql, "SELECT id FROM enrollments WHERE sourced_id = 'enrollment-0000006'")[0][0];
    });
  };
  const auto gone = id();
  CHECK(sum(import(zip), &FileReport::changed) == 5);
  CHECK(count("enrollments") == 200 + 2);
  CHECK(id() == gone);

  rows.resize(20);
  const auto refused = import(pack(fewer));
  CHECK(refused.problem_count == 1);
  CHECK(refused.problems[0].reason.find("force") != std::string::npos);
  CHECK(count("enrollments") == 200 + 2);
  CHECK(import(pack(fewer), false, true).problem_count == 0);
  CHECK(count("enrollments") == 19 + 2);
}

TEST_CASE_METHOD(OneRosterFixture,
                 "a name comes in as it can be shown; one without a sign that is seen is told",
                 "[oneroster][names][bad-input]") {
  import(make_one_roster(kSmall));
  const auto delta = [](const std::string& given) {
    return pack(
        {{"manifest.csv", {{"propertyName", "value"}, {"oneroster.version", "1.2"}, {"file.users", "delta"}}},
         {"users.csv",
          {{"sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName", "familyName",
            "primaryOrgSourcedId"},
           {"user-0000003", "active", "2026-10-01T00:00:00Z", "true", "login-3", given, "Άλλη",
            "school-0000001"}}}});
  };
  const auto given_name = [&] {
    return ask([](soci::session& sql) {
      return std::get<std::string>(
          store::ask(sql, "SELECT given_name FROM users WHERE sourced_id = 'user-0000003'")[0][0]);
    });
  };
  const std::string bad = "\u202eNέα\u2066 <b>\u200b\u0301\u0301\u0301\u0301\u0301\u0301\u2069";
  CHECK(sum(import(delta(bad)), &FileReport::changed) == 1);
  CHECK(given_name() == "Nέα <b>\u0301\u0301\u0301\u0301");
  CHECK(sum(import(delta(bad)), &FileReport::unchanged) == 1);  // the same again is the same
  const auto refused = import(delta("\u202e\u2066"));
  REQUIRE(refused.problem_count == 1);
  CHECK(refused.problems[0].reason == "there is nothing to read in its given_name");
  CHECK(given_name() == "Nέα <b>\u0301\u0301\u0301\u0301");
}

TEST_CASE_METHOD(OneRosterFixture, "a delta changes what it names and nothing else", "[oneroster]") {
  import(make_one_roster(kSmall));
  const Files delta{{"manifest.csv",
                     {{"propertyName", "value"},
                      {"oneroster.version", "1.2"},
                      {"file.users", "delta"},
                      {"file.enrollments", "delta"}}},
                    {"users.csv",
                     {{"sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName",
                       "familyName", "primaryOrgSourcedId"},
                      {"user-0000003", "active", "2026-10-01T00:00:00Z", "false", "login-3", "Νέα", "Άλλη",
                       "school-0000001"}}},
                    {"enrollments.csv",
                     {{"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
                       "userSourcedId", "role"},
                      {"enrollment-0000001", "tobedeleted", "2026-10-01T00:00:00Z", "class-0000000",
                       "school-0000000", "user-0000007", "student"}}}};
  const auto report = import(pack(delta));
  INFO(told(report));
  CHECK(report.problem_count == 0);
  CHECK(sum(report, &FileReport::changed) == 1);
  CHECK(sum(report, &FileReport::deleted) == 1);
  CHECK(count("users") == 60 + 2);
  CHECK(count("users", "sourced_id = 'user-0000003' AND enabled = 0 AND given_name = 'Νέα'") == 1);
}

TEST_CASE_METHOD(OneRosterFixture, "each wrong cell is told with file, line and column, and nothing comes in",
                 "[oneroster][bad-input]") {
  const auto before = state();
  const auto whole = unpack(make_one_roster(kSmall));
  const auto column = [&](const std::string& file, const std::string& name) {
    const auto& header = whole.at(file).front();
    return static_cast<size_t>(std::ranges::find(header, name) - header.begin());
  };
  struct Fault {
    const char *file, *column, *value;
  };
  const auto fault = GENERATE(values<Fault>({{"orgs.csv", "type", "castle"},
                                             {"orgs.csv", "parentSourcedId", "nowhere"},
                                             {"academicSessions.csv", "endDate", "2027-02-30"},
                                             {"academicSessions.csv", "type", "summer"},
                                             {"courses.csv", "orgSourcedId", "nowhere"},
                                             {"classes.csv", "termSourcedIds", "winter,nowhere"},
                                             {"classes.csv", "classType", "party"},
                                             {"classes.csv", "title", ""},
                                             {"users.csv", "enabledUser", "yes"},
                                             {"users.csv", "agentSourcedIds", "nobody"},
                                             {"users.csv", "familyName", ""},
                                             {"roles.csv", "role", "wizard"},
                                             {"roles.csv", "userSourcedId", "nobody"},
                                             {"enrollments.csv", "classSourcedId", "nowhere"},
                                             {"enrollments.csv", "userSourcedId", "nobody"},
                                             {"enrollments.csv", "role", "visitor"},
                                             {"enrollments.csv", "beginDate", "1.9.2026"},
                                             {"enrollments.csv", "sourcedId", "enrollment-0000000"}}));
  auto bad = whole;
  const size_t line = std::string(fault.file) == "orgs.csv" ? 3 : 4;
  bad[fault.file][line - 1][column(fault.file, fault.column)] = fault.value;
  const auto report = import(pack(bad));
  INFO(told(report));
  CAPTURE(fault.file, fault.column);
  CHECK(report.problem_count >= 1);
  CHECK(std::ranges::any_of(report.problems, [&](const RowProblem& p) {
    return p.file == fault.file && p.line == static_cast<int64_t>(line) && p.column == fault.column;
  }));
  CHECK(state() == before);
}

TEST_CASE_METHOD(OneRosterFixture, "what is no OneRoster ZIP is refused", "[oneroster][bad-input]") {
  const auto refused = [&](const std::string& bytes) {
    const auto report = ask([&](soci::session& sql) {
      return import_one_roster(sql, "s_region", bytes, {false, false, 1000}, progress);
    });
    return report ? "" : report.error().code;
  };
  const auto good = make_one_roster(kSmall);
  CHECK(refused("") == "invalid-archive");
  CHECK(refused("PK") == "invalid-archive");
  CHECK(refused(std::string(100'000, 'x')) == "invalid-archive");
  CHECK(refused(pack({{"users.csv", {{"sourcedId"}}}})) == "invalid-archive");
  for (size_t cut = 1; cut < good.size(); cut += good.size() / 7)
    CHECK(refused(good.substr(0, cut)) == "invalid-archive");
  auto files = unpack(good);
  files.erase("classes.csv");
  CHECK(import(pack(files)).problems[0].file == "classes.csv");
  files = unpack(good);
  files["users.csv"].front()[0] = "id";
  CHECK(import(pack(files)).problem_count > 0);
}

TEST_CASE_METHOD(OneRosterFixture,
                 "quoted commas, quotes, line ends and a byte order mark are read as RFC 4180 says",
                 "[oneroster]") {
  CsvArchiveWriter writer;
  writer.begin("a.csv", {"\xef\xbb\xbfone", "two"});
  writer.add({"a,b", "say \"hi\""});
  writer.add({"two\nlines", ""});
  writer.add({"Άννα", "z"});
  const auto zip = writer.finish();
  std::vector<CsvRow> rows;
  const auto archive = CsvArchive::open(zip).value();
  REQUIRE(archive.read("a.csv", [&](CsvRow& row) {
    rows.push_back(row);
    return true;
  }));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].cells == std::vector<std::string>{"one", "two"});
  CHECK(rows[1].cells == std::vector<std::string>{"a,b", "say \"hi\""});
  CHECK(rows[2].cells[0] == "two\nlines");
  CHECK(rows[3].line == 5);
}

TEST_CASE_METHOD(OneRosterFixture, "what is exported comes in elsewhere as the same school", "[oneroster]") {
  import(make_one_roster(kSmall));
  const auto zip = ask([](soci::session& sql) { return export_one_roster(sql, "s_region"); });
  const auto again = import(zip);
  INFO(told(again));
  CHECK(again.problem_count == 0);
  CHECK(sum(again, &FileReport::created) == 0);
  CHECK(sum(again, &FileReport::changed) == 0);
  CHECK(sum(again, &FileReport::deleted) == 0);
  OneRosterFixture elsewhere;
  const auto first = elsewhere.import(zip);
  CHECK(first.problem_count == 0);
  CHECK(elsewhere.count("enrollments") == 200 + 2);
  CHECK(elsewhere.count("guardianships") == count("guardianships"));
}
