#include "server/roster/one_roster_import.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "server/roster/csv_file.hpp"
#include "server/roster/import_store.hpp"
#include "server/roster/roster_store.hpp"
#include "server/store/bulk.hpp"
#include "server/store/new_id.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::roster {
namespace {

// A row of this source, by its sourcedId.
struct Known {
  std::string id;
  bool deleted = false;  // in the database
  bool seen = false;     // in this file
};
using KnownRows = std::unordered_map<std::string, Known>;

struct FileSpec {
  const char* name;  // "users": users.csv, file.users in the manifest
  std::vector<const char*> required;
};

const std::map<std::string, const char*> kRoleOf = {
    {"teacher", "teacher"},          {"aide", "teacher"},
    {"counselor", "teacher"},        {"proctor", "teacher"},
    {"student", "student"},          {"guardian", "guardian"},
    {"parent", "guardian"},          {"relative", "guardian"},
    {"administrator", "admin"},      {"districtAdministrator", "admin"},
    {"principal", "admin"},          {"siteAdministrator", "admin"},
    {"systemAdministrator", "admin"}};
const std::map<std::string, std::string> kSessionTypes = {{"gradingPeriod", "grading_period"},
                                                          {"semester", "semester"},
                                                          {"schoolYear", "school_year"},
                                                          {"term", "term"}};
const std::set<std::string> kOrgTypes = {"department", "school", "district", "local", "state", "national"};

std::vector<std::string> words(const std::string& list) {
  std::vector<std::string> out;
  for (auto& word : store::split_words(list)) {
    const auto begin = word.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    out.push_back(word.substr(begin, word.find_last_not_of(' ') - begin + 1));
  }
  return out;
}

class Importer {
 public:
  Importer(soci::session& sql, School target, const CsvArchive& archive, const ImportOptions& options,
           ImportProgress& progress)
      : sql_(sql), target_(std::move(target)), archive_(archive), options_(options), progress_(progress) {}

  Result<ImportReport> run() {
    store::defer_foreign_keys(sql_);  // a file may name what stands further down in it
    progress_.bytes_total = archive_.unpacked_size();
    if (auto read = read_manifest(); !read) return std::unexpected(read.error());
    for (const auto step :
         {&Importer::orgs, &Importer::sessions, &Importer::courses, &Importer::classes,
          &Importer::primary_roles, &Importer::users, &Importer::roles, &Importer::enrollments})
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    guardianships();
    for (const auto& file : archive_.files())
      if (file != "manifest.csv" && !read_.contains(file)) report_.ignored.push_back(file);
    return std::move(report_);
  }

 private:
  // --- one row of a file ---

  class Row {
   public:
    Row(Importer& importer, const std::string& file,
        const std::map<std::string, size_t, std::less<>>& columns, const CsvRow& row)
        : importer_(importer), file_(file), columns_(columns), row_(row) {}

    const std::string& get(const char* column) const {
      static const std::string none;
      const auto at = columns_.find(column);
      return at == columns_.end() || at->second >= row_.cells.size() ? none : row_.cells[at->second];
    }
    void problem(const char* column, std::string reason) {
      bad_ = true;
      importer_.problem(file_, row_.line, column, std::move(reason));
    }
    // A date, '' where there is none.
    std::string date(const char* column) {
      const auto& text = get(column);
      if (!text.empty() && !store::parse_day(text)) problem(column, "'" + text + "' is no date (YYYY-MM-DD)");
      return text;
    }
    bool flag(const char* column) {
      const auto& text = get(column);
      if (text != "true" && text != "false" && !text.empty())
        problem(column, "'" + text + "' is neither true nor false");
      return text == "true";
    }
    // The id of a row of ours that this one names; '' where it names none, or wrongly.
    std::string named(const char* column, const KnownRows& rows) {
      return named_id(column, get(column), rows);
    }
    std::string named_id(const char* column, const std::string& sourced_id, const KnownRows& rows) {
      if (sourced_id.empty()) return "";
      const auto at = rows.find(sourced_id);
      if (at != rows.end() && !at->second.deleted) return at->second.id;
      problem(column, "there is no '" + sourced_id + "'");
      return "";
    }
    std::optional<std::string> named_optional(const char* column, const KnownRows& rows) {
      auto id = named(column, rows);
      return id.empty() ? std::nullopt : std::optional(std::move(id));
    }
    bool bad() const { return bad_; }
    int64_t line() const { return row_.line; }

   private:
    Importer& importer_;
    const std::string& file_;
    const std::map<std::string, size_t, std::less<>>& columns_;
    const CsvRow& row_;
    bool bad_ = false;
  };

  void problem(const std::string& file, int64_t line, std::string column, std::string reason) {
    ++report_.problem_count;
    if (report_.problems.size() < ImportReport::kMostProblems)
      report_.problems.push_back({file, line, std::move(column), std::move(reason)});
  }

  // --- files ---

  Result<void> read_manifest() {
    if (!archive_.contains("manifest.csv"))
      return fail(ErrorKind::kInvalid, "invalid-archive",
                  "manifest.csv is missing: this is no OneRoster ZIP.");
    auto read = archive_.read("manifest.csv", [&](CsvRow& row) {
      if (row.cells.size() < 2) return true;
      const auto& [name, value] = std::pair{row.cells[0], row.cells[1]};
      if (name == "oneroster.version") report_.version = value;
      if (name.starts_with("file.")) modes_[name.substr(5)] = value;
      return true;
    });
    if (!read) return read;
    if (report_.version != "1.1" && report_.version != "1.2")
      problem("manifest.csv", 0, "", "oneroster.version is 1.1 or 1.2, not '" + report_.version + "'");
    return {};
  }

  bool is_delta(const char* name) const {
    const auto at = modes_.find(name);
    return at != modes_.end() && at->second == "delta";
  }

  // Reads a file if the manifest has it; each row that has what it must have goes to `take`.
  Result<void> each_row(const FileSpec& spec, const std::function<void(Row&)>& take) {
    const std::string file = std::string(spec.name) + ".csv";
    const auto mode = modes_.find(spec.name);
    const bool wanted = mode != modes_.end() && mode->second != "absent";
    if (!archive_.contains(file)) {
      if (wanted) problem(file, 0, "", "the manifest says " + mode->second + ", but the file is missing");
      return {};
    }
    if (!wanted) return {};
    if (mode->second != "bulk" && mode->second != "delta")
      problem("manifest.csv", 0, spec.name, "'" + mode->second + "' is neither bulk, delta nor absent");
    read_.insert(file);
    std::map<std::string, size_t, std::less<>> columns;
    auto result = archive_.read(file, [&](CsvRow& cells) {
      if (columns.empty()) {
        for (size_t i = 0; i < cells.cells.size(); ++i)
          columns.emplace(cells.cells[i], i);
        for (const char* name : spec.required)
          if (!columns.contains(name)) problem(file, 1, name, "this column is missing");
        return report_.problem_count == 0 || columns.contains("sourcedId");
      }
      count_progress(cells);
      Row row(*this, file, columns, cells);
      if (cells.cells.size() > columns.size()) row.problem("", "the row has more fields than the header");
      for (const char* name : spec.required)
        if (row.get(name).empty()) row.problem(name, "a value is missing");
      take(row);
      return true;
    });
    return result;
  }

  void count_progress(const CsvRow& row) {
    if (!counting_) return;
    uint64_t size = 0;
    for (const auto& cell : row.cells)
      size += cell.size() + 1;
    progress_.rows.fetch_add(1, std::memory_order_relaxed);
    progress_.bytes.fetch_add(size, std::memory_order_relaxed);
  }

  // --- rows ---

  template <typename T>
  KnownRows known_rows() {
    KnownRows rows;
    for (auto& row : rows_of_source(sql_, store::table_of<T>().name, target_.id))
      rows[std::move(row.sourced_id)] = {std::move(row.id), row.deleted, false};
    return rows;
  }

  // A whole file of rows of type T: `fill` writes the cells into a row, new or known.
  template <typename T>
  Result<void> import_file(
      const FileSpec& spec, const char* prefix, KnownRows& known, const std::function<void(Row&, T&)>& fill,
      const std::function<void(const T&)>& deleted = [](const T&) {}) {
    known = known_rows<T>();
    const size_t before =
        static_cast<size_t>(std::ranges::count_if(known, [](const auto& k) { return !k.second.deleted; }));
    const bool delta = is_delta(spec.name);
    FileReport counts;
    counts.file = std::string(spec.name) + ".csv";
    counts.mode = delta ? "delta" : "bulk";
    store::BulkInsert<T> inserts(sql_);
    store::Lookup<T> lookup(sql_);
    auto done = each_row(spec, [&](Row& row) {
      ++counts.rows;
      const std::string& sourced_id = row.get("sourcedId");
      if (sourced_id.empty()) return;
      auto& entry = known[sourced_id];
      if (std::exchange(entry.seen, true))
        return row.problem("sourcedId", "'" + sourced_id + "' stands here twice");
      const bool gone = row.get("status") == "tobedeleted" || row.get("status") == "inactive";
      if (gone) {
        counts.deleted += remove<T>(lookup, entry, deleted) ? 1 : 0;
        return;
      }
      const bool is_new = entry.id.empty();
      T now;
      std::optional<T> was;
      if (!is_new) now = was.emplace(lookup.find(entry.id).value());
      if (is_new) {
        now.id = entry.id = store::new_id(prefix);
        now.source = target_.id;
        now.sourced_id = sourced_id;
      }
      now.deleted_at.reset();
      fill(row, now);
      if (const char* emptied = store::clean_words(now))
        row.problem("", "there is nothing to read in its " + std::string(emptied));
      entry.deleted = false;
      if (row.bad() || report_.problem_count > 0) return;
      if (is_new) {
        ++counts.created;
        now.updated_at = options_.now_ms;
        if (!options_.dry_run) inserts.add(std::move(now));
      } else if (store::detail::values_of(*was) == store::detail::values_of(now)) {
        ++counts.unchanged;
      } else {
        ++counts.changed;
        now.updated_at = options_.now_ms;
        if (!options_.dry_run) store::update(sql_, now, now.version);
      }
    });
    if (!done) return done;
    if (!read_.contains(counts.file)) return {};
    if (!delta) {
      const auto missing = [](const auto& k) { return !k.second.seen && !k.second.deleted; };
      const auto dropped = static_cast<size_t>(std::ranges::count_if(known, missing));
      if (before >= 10 && static_cast<double>(dropped) > kMostDropped * static_cast<double>(before) &&
          !options_.force)
        problem(counts.file, 0, "",
                std::to_string(dropped) + " of " + std::to_string(before) +
                    " rows would be deleted, as they are missing here; say force if that is meant");
      for (auto& [sourced_id, entry] : known)
        if (!entry.seen && !entry.deleted) counts.deleted += remove<T>(lookup, entry, deleted) ? 1 : 0;
    }
    report_.files.push_back(counts);
    return {};
  }

  template <typename T>
  bool remove(store::Lookup<T>& lookup, Known& entry, const std::function<void(const T&)>& deleted) {
    if (entry.id.empty() || entry.deleted) return false;
    entry.deleted = true;
    if (options_.dry_run || report_.problem_count > 0) return true;
    T row = lookup.find(entry.id).value();
    row.deleted_at = row.updated_at = options_.now_ms;
    store::update(sql_, row, row.version);
    deleted(row);
    return true;
  }

  // --- the files, in the order in which they name one another ---

  // The file's only organisation without a parent is the target itself; else all without one stand in it.
  Result<void> orgs() {
    const FileSpec spec{"orgs", {"sourcedId", "name", "type"}};
    std::vector<std::string> roots;
    std::map<std::string, std::string> parents;
    const auto problems = report_.problem_count;
    counting_ = false;
    auto first = each_row(spec, [&](Row& row) {
      parents[row.get("sourcedId")] = row.get("parentSourcedId");
      if (row.get("parentSourcedId").empty()) roots.push_back(row.get("sourcedId"));
    });
    counting_ = true;
    if (!first || report_.problem_count > problems) {
      if (first) orgs_ = known_rows<School>();
      return first;
    }
    const bool is_target =
        roots.size() == 1 && (target_.sourced_id.empty() || target_.sourced_id == roots[0]);
    if (is_target && target_.sourced_id.empty() && !options_.dry_run) {
      target_.sourced_id = roots[0];
      target_.source = target_.id;
      store::update(sql_, target_, target_.version);
      ++target_.version;
    }
    // Parents come first, whatever the order of the file; a ring comes never.
    std::map<std::string, std::string> ids;
    KnownRows before = known_rows<School>();
    const auto id_of = [&](const std::string& sourced_id) -> std::string {
      if (is_target && sourced_id == roots[0]) return target_.id;
      auto& id = ids[sourced_id];
      if (id.empty()) id = before.contains(sourced_id) ? before[sourced_id].id : store::new_id("s");
      return id;
    };
    auto done = import_file<School>(spec, "s", orgs_, [&](Row& row, School& school) {
      const auto& sourced_id = row.get("sourcedId");
      if (is_target && sourced_id == roots[0]) {
        school = target_;
        orgs_[sourced_id].id = target_.id;
      }
      school.id = orgs_[sourced_id].id = id_of(sourced_id);
      school.name = row.get("name");
      school.type = row.get("type");
      school.identifier = row.get("identifier");
      if (school.time_zone.empty()) school.time_zone = target_.time_zone;
      if (!kOrgTypes.contains(school.type))
        row.problem("type", "'" + school.type + "' is no type of an organisation");
      const auto& parent = row.get("parentSourcedId");
      if (school.id == target_.id) return;
      if (!parent.empty() && !parents.contains(parent) && !before.contains(parent))
        row.problem("parentSourcedId", "there is no '" + parent + "'");
      for (std::string at = parent, steps; !at.empty() && steps.size() < 20; at = parents[at], steps += '.')
        if (at == sourced_id || steps.size() == 19)
          return row.problem("parentSourcedId", "it stands in itself");
      school.parent_id = parent.empty() ? target_.id : id_of(parent);
    });
    return done;
  }

  Result<void> sessions() {
    const FileSpec spec{"academicSessions",
                        {"sourcedId", "title", "type", "startDate", "endDate", "schoolYear"}};
    std::map<std::string, std::string> parents;  // told once all are known
    auto done = import_file<AcademicSession>(spec, "a", sessions_, [&](Row& row, AcademicSession& session) {
      session.school_id = target_.id;
      session.title = row.get("title");
      const auto type = kSessionTypes.find(row.get("type"));
      if (type == kSessionTypes.end())
        row.problem("type", "'" + row.get("type") + "' is no type of a session");
      else
        session.type = type->second;
      session.starts_on = row.date("startDate");
      session.ends_on = row.date("endDate");
      if (session.ends_on < session.starts_on) row.problem("endDate", "it ends before it starts");
      session.school_year = row.get("schoolYear");
      const auto& parent = row.get("parentSourcedId");
      const auto at = sessions_.find(parent);
      if (!parent.empty() && at == sessions_.end())
        later_sessions_.push_back({session.id, parent, row.line()});
      else
        session.parent_id = parent.empty() ? std::nullopt : std::optional(at->second.id);
    });
    if (!done) return done;
    for (const auto& [id, parent, line] : later_sessions_) {
      const auto at = sessions_.find(parent);
      if (at == sessions_.end() || at->second.id.empty())
        problem("academicSessions.csv", line, "parentSourcedId", "there is no '" + parent + "'");
      else if (!options_.dry_run && report_.problem_count == 0)
        set_parent_session(sql_, id, at->second.id);
    }
    return {};
  }

  Result<void> courses() {
    const FileSpec spec{"courses", {"sourcedId", "title", "orgSourcedId"}};
    return import_file<Course>(spec, "k", courses_, [&](Row& row, Course& course) {
      course.school_id = row.named("orgSourcedId", orgs_);
      course.title = row.get("title");
      course.course_code = row.get("courseCode");
      course.grades = words(row.get("grades"));
      course.subjects = words(row.get("subjects"));
      course.subject_codes = words(row.get("subjectCodes"));
      course.school_year_id = row.named_optional("schoolYearSourcedId", sessions_);
    });
  }

  Result<void> classes() {
    const FileSpec spec{
        "classes",
        {"sourcedId", "title", "courseSourcedId", "classType", "schoolSourcedId", "termSourcedIds"}};
    return import_file<Class>(spec, "c", classes_, [&](Row& row, Class& cls) {
      cls.school_id = row.named("schoolSourcedId", orgs_);
      cls.title = row.get("title");
      cls.course_id = row.named_optional("courseSourcedId", courses_);
      cls.class_code = row.get("classCode");
      cls.class_type = row.get("classType");
      if (cls.class_type != "homeroom" && cls.class_type != "scheduled")
        row.problem("classType", "'" + cls.class_type + "' is neither homeroom nor scheduled");
      cls.location = row.get("location");
      cls.grades = words(row.get("grades"));
      cls.subjects = words(row.get("subjects"));
      cls.subject_codes = words(row.get("subjectCodes"));
      cls.periods = words(row.get("periods"));
      cls.term_ids.clear();
      for (const auto& term : words(row.get("termSourcedIds")))
        cls.term_ids.push_back(row.named_id("termSourcedIds", term, sessions_));
    });
  }

  // 1.2 says in roles.csv what a user is and where; users.csv comes first in our order, so that is read
  // ahead.
  Result<void> primary_roles() {
    if (report_.version != "1.2" || !archive_.contains("roles.csv")) return {};
    const auto count = report_.problem_count;
    auto problems = report_.problems;
    counting_ = false;
    auto done = each_row({"roles", {"sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"}},
                         [&](Row& row) {
                           if (row.get("status") == "tobedeleted") return;
                           auto& held = held_roles_[row.get("userSourcedId")];
                           const auto role = kRoleOf.find(row.get("role"));
                           if (role != kRoleOf.end()) held.roles.insert(role->second);
                           if (held.org.empty() || row.get("roleType") == "primary")
                             held.org = row.get("orgSourcedId");
                         });
    report_.problem_count = count;  // told when the file is read in its turn
    report_.problems = std::move(problems);
    counting_ = true;
    return done;
  }

  Result<void> users() {
    const bool old = report_.version == "1.1";
    FileSpec spec{"users", {"sourcedId", "enabledUser", "username", "givenName", "familyName"}};
    if (old) {
      spec.required.push_back("orgSourcedIds");
      spec.required.push_back("role");
    }
    return import_file<User>(
        spec, "u", users_,
        [&, old](Row& row, User& user) {
          const auto& sourced_id = row.get("sourcedId");
          if (old) {
            const auto orgs = words(row.get("orgSourcedIds"));
            user.school_id = orgs.empty() ? "" : row.named_id("orgSourcedIds", orgs.front(), orgs_);
            const auto role = kRoleOf.find(row.get("role"));
            if (role == kRoleOf.end())
              row.problem("role", "'" + row.get("role") + "' is no role");
            else
              user.roles = {role->second};
          } else {
            const auto held = held_roles_.find(sourced_id);
            const auto& primary = row.get("primaryOrgSourcedId");
            const std::string org =
                !primary.empty() || held == held_roles_.end() ? primary : held->second.org;
            if (!org.empty()) user.school_id = row.named_id("primaryOrgSourcedId", org, orgs_);
            if (held != held_roles_.end())
              user.roles.assign(held->second.roles.begin(), held->second.roles.end());
            if (user.school_id.empty() && !row.bad())
              row.problem("primaryOrgSourcedId", "neither this nor roles.csv says where the user belongs");
            if (user.roles.empty()) row.problem("", "roles.csv does not say what the user is");
          }
          user.enabled = row.flag("enabledUser");
          user.username = row.get("username");
          user.given_name = row.get("givenName");
          user.middle_name = row.get("middleName");
          user.family_name = row.get("familyName");
          user.identifier = row.get("identifier");
          user.email = row.get("email");
          user.phone = row.get("phone").empty() ? row.get("sms") : row.get("phone");
          user.grades = words(row.get("grades"));
          agents_.emplace_back(user.id, words(row.get("agentSourcedIds")), row.line());
        },
        [&](const User& user) { void_tokens(sql_, user.id); });
  }

  Result<void> roles() {
    const FileSpec spec{"roles", {"sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"}};
    return import_file<RoleAssignment>(spec, "ra", roles_, [&](Row& row, RoleAssignment& assignment) {
      assignment.user_id = row.named("userSourcedId", users_);
      assignment.school_id = row.named("orgSourcedId", orgs_);
      assignment.role = row.get("role");
      if (!kRoleOf.contains(assignment.role)) row.problem("role", "'" + assignment.role + "' is no role");
      assignment.role_type = row.get("roleType");
      if (assignment.role_type != "primary" && assignment.role_type != "secondary")
        row.problem("roleType", "'" + assignment.role_type + "' is neither primary nor secondary");
      assignment.starts_on = row.date("beginDate");
      assignment.ends_on = row.date("endDate");
    });
  }

  Result<void> enrollments() {
    const FileSpec spec{"enrollments",
                        {"sourcedId", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"}};
    return import_file<Enrollment>(
        spec, "e", enrollments_,
        [&](Row& row, Enrollment& enrollment) {
          enrollment.class_id = row.named("classSourcedId", classes_);
          enrollment.user_id = row.named("userSourcedId", users_);
          row.named("schoolSourcedId", orgs_);
          enrollment.role = row.get("role");
          if (enrollment.role != "teacher" && enrollment.role != "student" &&
              enrollment.role != "administrator" && enrollment.role != "proctor")
            row.problem("role", "'" + enrollment.role + "' is no role in a class");
          enrollment.is_primary = row.flag("primary");
          enrollment.starts_on = row.date("beginDate");
          enrollment.ends_on = row.date("endDate");
        },
        [&](const Enrollment& enrollment) { void_join_links(sql_, enrollment); });
  }

  // Who acts for whom, as users.csv says of each user: those that it says no more are taken away.
  void guardianships() {
    for (auto& [student, wanted, line] : agents_) {
      std::set<std::string> ids;
      for (const auto& agent : wanted) {
        const auto at = users_.find(agent);
        if (at == users_.end() || at->second.id.empty())
          problem("users.csv", line, "agentSourcedIds", "there is no '" + agent + "'");
        else
          ids.insert(at->second.id);
      }
      if (report_.problem_count > 0 || options_.dry_run) continue;
      if (ids.empty() && fresh_guardianships()) continue;
      for (auto& row : guardianships_of(sql_, student)) {
        if (ids.erase(row.guardian_id) > 0) continue;
        row.deleted_at = row.updated_at = options_.now_ms;
        store::update(sql_, row, row.version);
      }
      for (const auto& guardian : ids) {
        Guardianship row;
        row.id = store::new_id("g");
        row.student_id = student;
        row.guardian_id = guardian;
        row.updated_at = options_.now_ms;
        store::insert(sql_, row);
      }
    }
  }

  // No need to ask for each student of a first import.
  bool fresh_guardianships() {
    if (!fresh_) fresh_ = !any_guardianship(sql_);
    return *fresh_;
  }

  struct HeldRoles {
    std::set<std::string> roles;
    std::string org;
  };
  struct LaterParent {
    std::string id, parent;
    int64_t line;
  };

  soci::session& sql_;
  School target_;
  const CsvArchive& archive_;
  const ImportOptions options_;
  ImportProgress& progress_;
  ImportReport report_;
  std::map<std::string, std::string> modes_;  // by file, of the manifest
  std::set<std::string> read_;
  KnownRows orgs_, sessions_, courses_, classes_, users_, roles_, enrollments_;
  std::unordered_map<std::string, HeldRoles> held_roles_;  // by the user's sourcedId
  std::vector<LaterParent> later_sessions_;
  std::vector<std::tuple<std::string, std::vector<std::string>, int64_t>> agents_;
  std::optional<bool> fresh_;
  bool counting_ = true;  // not while a file is read ahead
};

}  // namespace

Result<ImportReport> import_one_roster(soci::session& sql, const std::string& target, const std::string& zip,
                                       const ImportOptions& options, ImportProgress& progress) {
  auto school = store::find<School>(sql, target);
  if (!school) return fail(ErrorKind::kNotFound, "not-found", "There is no such organisation.");
  auto archive = CsvArchive::open(zip);
  if (!archive) return std::unexpected(archive.error());
  const store::WideCache cache(sql);
  return Importer(sql, std::move(*school), *archive, options, progress).run();
}

}  // namespace thranio::roster
