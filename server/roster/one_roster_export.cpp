#include "server/roster/one_roster_export.hpp"

#include <limits>
#include <unordered_map>

#include "server/roster/csv_file.hpp"
#include "server/roster/provider_store.hpp"

namespace thranio::roster {
namespace {

template <typename Row>
std::vector<Row> all_of(soci::session& sql, const char* column, const std::string& value) {
  store::Query query;
  query.where = {{column, "=", value}, {"deleted_at", "IS NULL", {}}};
  query.limit = std::numeric_limits<int>::max();
  return store::list<Row>(sql, query).value();
}

const char* flag(bool value) {
  return value ? "true" : "false";
}

class Exporter {
 public:
  Exporter(soci::session& sql, const std::string& target)
      : sql_(sql), schools_(self_and_below(sql, target)) {}

  std::string run() {
    manifest();
    orgs();
    sessions();
    courses();
    classes();
    users();
    enrollments();
    return archive_.finish();
  }

 private:
  // The sourcedId by which other files name a row of ours; '' for none.
  std::string named(const std::optional<std::string>& id) const {
    const auto at = id ? told_.find(*id) : told_.end();
    return at == told_.end() ? "" : at->second;
  }
  std::string named_all(const std::vector<std::string>& ids) const {
    std::vector<std::string> names;
    for (const auto& id : ids)
      names.push_back(named(id));
    return store::join_words(names);
  }
  void know(const RowHead& row) { told_[row.id] = told_id(row); }

  void manifest() {
    archive_.begin("manifest.csv", {"propertyName", "value"});
    archive_.add({"manifest.version", "1.0"});
    archive_.add({"oneroster.version", "1.2"});
    for (const char* file :
         {"academicSessions", "classes", "courses", "enrollments", "orgs", "roles", "users"})
      archive_.add({std::string("file.") + file, "bulk"});
    for (const char* file :
         {"categories", "classResources", "courseResources", "demographics", "lineItemLearningObjectiveIds",
          "lineItems", "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results",
          "resultScoreScales", "scoreScales", "userProfiles", "userResources"})
      archive_.add({std::string("file.") + file, "absent"});
    archive_.add({"source.systemName", "Thranio"});
    archive_.add({"source.systemCode", "thranio"});
  }

  void orgs() {
    std::vector<School> rows;
    for (const auto& id : schools_)
      if (const auto school = store::find<School>(sql_, id)) rows.push_back(*school);
    for (const auto& row : rows)
      know(row);
    archive_.begin("orgs.csv", {"sourcedId", "status", "dateLastModified", "name", "type", "identifier",
                                "parentSourcedId"});
    for (size_t i = 0; i < rows.size(); ++i)  // the first is the root of what is exported
      archive_.add({told_id(rows[i]), "", "", rows[i].name, rows[i].type, rows[i].identifier,
                    i == 0 ? "" : named(rows[i].parent_id)});
  }

  void sessions() {
    archive_.begin("academicSessions.csv", {"sourcedId", "status", "dateLastModified", "title", "type",
                                            "startDate", "endDate", "parentSourcedId", "schoolYear"});
    std::vector<AcademicSession> rows;
    for (const auto& school : schools_)
      for (auto& row : all_of<AcademicSession>(sql_, "school_id", school))
        rows.push_back(std::move(row));
    for (const auto& row : rows)
      know(row);
    for (const auto& row : rows)
      archive_.add({told_id(row), "", "", row.title, told_session_type(row.type), row.starts_on, row.ends_on,
                    named(row.parent_id), row.school_year});
  }

  void courses() {
    archive_.begin("courses.csv", {"sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title",
                                   "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"});
    for (const auto& school : schools_)
      for (const auto& row : all_of<Course>(sql_, "school_id", school)) {
        know(row);
        archive_.add({told_id(row), "", "", named(row.school_year_id), row.title, row.course_code,
                      store::join_words(row.grades), named(row.school_id), store::join_words(row.subjects),
                      store::join_words(row.subject_codes)});
      }
  }

  // Every class of OneRoster's has a course and a term: a class of ours without them cannot be told, unless
  // both are.
  void classes() {
    archive_.begin("classes.csv", {"sourcedId", "status", "dateLastModified", "title", "grades",
                                   "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId",
                                   "termSourcedIds", "subjects", "subjectCodes", "periods"});
    for (const auto& school : schools_)
      for (const auto& row : all_of<Class>(sql_, "school_id", school)) {
        if (!row.course_id || row.term_ids.empty()) continue;
        know(row);
        classes_.push_back(row.id);
        archive_.add({told_id(row), "", "", row.title, store::join_words(row.grades), named(row.course_id),
                      row.class_code, row.class_type, row.location, named(row.school_id),
                      named_all(row.term_ids), store::join_words(row.subjects),
                      store::join_words(row.subject_codes), store::join_words(row.periods)});
      }
  }

  void users() {
    std::vector<std::vector<std::string>> roles;
    std::vector<User> rows;
    for (const auto& school : schools_)
      for (auto& row : all_of<User>(sql_, "school_id", school))
        rows.push_back(std::move(row));
    for (const auto& row : rows)
      know(row);
    archive_.begin("users.csv", {"sourcedId",
                                 "status",
                                 "dateLastModified",
                                 "enabledUser",
                                 "username",
                                 "userIds",
                                 "givenName",
                                 "familyName",
                                 "middleName",
                                 "identifier",
                                 "email",
                                 "sms",
                                 "phone",
                                 "agentSourcedIds",
                                 "grades",
                                 "password",
                                 "userMasterIdentifier",
                                 "preferredGivenName",
                                 "preferredMiddleName",
                                 "preferredFamilyName",
                                 "primaryOrgSourcedId",
                                 "pronouns"});
    for (const auto& row : rows) {
      const auto agents = guardians_of(sql_, row.id);
      archive_.add({told_id(row),
                    "",
                    "",
                    flag(row.enabled),
                    row.username.empty() ? told_id(row) : row.username,
                    "",
                    row.given_name,
                    row.family_name,
                    row.middle_name,
                    row.identifier,
                    row.email,
                    "",
                    row.phone,
                    named_all(agents),
                    store::join_words(row.grades),
                    "",
                    "",
                    "",
                    "",
                    "",
                    named(row.school_id),
                    ""});
      add_roles(row, roles);
    }
    archive_.begin("roles.csv", {"sourcedId", "status", "dateLastModified", "userSourcedId", "roleType",
                                 "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"});
    for (const auto& role : roles)
      archive_.add(role);
  }

  // What was imported is told as it came; of a user made here, each role is told for her school.
  void add_roles(const User& user, std::vector<std::vector<std::string>>& roles) {
    const auto assigned = roles_of(sql_, user.id);
    for (const auto& row : assigned)
      roles.push_back({told_id(row), "", "", told_id(user), row.role_type, row.role, row.starts_on,
                       row.ends_on, named(row.school_id), ""});
    if (!assigned.empty()) return;
    const char* type = "primary";
    for (const auto& role : user.roles) {
      roles.push_back({told_id(user) + "-" + role, "", "", told_id(user), type, told_role(role), "", "",
                       named(user.school_id), ""});
      type = "secondary";
    }
  }

  void enrollments() {
    archive_.begin("enrollments.csv",
                   {"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
                    "userSourcedId", "role", "primary", "beginDate", "endDate"});
    for (const auto& cls : classes_) {
      const auto school = named(store::find<Class>(sql_, cls)->school_id);
      for (const auto& row : all_of<Enrollment>(sql_, "class_id", cls))
        archive_.add({told_id(row), "", "", named(cls), school, named(row.user_id), row.role,
                      flag(row.is_primary), row.starts_on, row.ends_on});
    }
  }

  soci::session& sql_;
  const std::vector<std::string> schools_;
  CsvArchiveWriter archive_;
  std::unordered_map<std::string, std::string> told_;  // id → sourcedId
  std::vector<std::string> classes_;
};

}  // namespace

std::string export_one_roster(soci::session& sql, const std::string& target) {
  return Exporter(sql, target).run();
}

}  // namespace thranio::roster
