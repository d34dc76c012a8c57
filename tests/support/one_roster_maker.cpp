#include "tests/support/one_roster_maker.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <vector>

#include "server/roster/csv_file.hpp"

namespace thranio::test {
namespace {

constexpr std::array kGiven = {"Άννα", "Νίκος",    "Ελένη", "Γιώργος", "Μαρία",
                               "Zoë",  "Jean-Luc", "Aoife", "Søren",   "Ioana"};
constexpr std::array kFamily = {"Παππά",        "Δήμου",       "Ράλλη", "O'Brien",
                                "van der Berg", "Müller, jr.", "Žižek", "Núñez"};
constexpr std::array kSubjects = {"Physics", "Μαθηματικά", "History", "Latin", "Art", "Music"};

std::string id(const char* prefix, int number) {
  char text[48];
  std::snprintf(text, sizeof text, "%s-%07d", prefix, number);
  return text;
}

class Maker {
 public:
  explicit Maker(const MadeUpRegion& region)
      : region_(region), random_(region.seed), old_(region.version == "1.1") {}

  std::string run() {
    manifest();
    organisations();
    courses_and_classes();
    people();
    enrollments();
    return archive_.finish();
  }

 private:
  size_t below(size_t bound) { return random_() % bound; }

  void manifest() {
    archive_.begin("manifest.csv", {"propertyName", "value"});
    archive_.add({"manifest.version", "1.0"});
    archive_.add({"oneroster.version", region_.version});
    for (const char* file : {"orgs", "academicSessions", "courses", "classes", "users", "enrollments"})
      archive_.add({std::string("file.") + file, "bulk"});
    archive_.add({"file.roles", old_ ? "absent" : "bulk"});
    archive_.add({"file.demographics", "absent"});
  }

  void organisations() {
    archive_.begin("orgs.csv", {"sourcedId", "status", "dateLastModified", "name", "type", "identifier",
                                "parentSourcedId"});
    archive_.add({"region", "", "", "Περιφέρεια", "district", "R1", ""});
    for (int i = 0; i < region_.schools; ++i)
      archive_.add({id("school", i), "", "", std::to_string(i + 1) + "ο Γυμνάσιο", "school",
                    std::to_string(1000 + i), "region"});
    archive_.begin("academicSessions.csv", {"sourcedId", "status", "dateLastModified", "title", "type",
                                            "startDate", "endDate", "parentSourcedId", "schoolYear"});
    archive_.add({"winter", "", "", "Winter", "term", "2026-09-01", "2027-01-31", "year", "2027"});
    archive_.add({"spring", "", "", "Spring", "term", "2027-02-01", "2027-06-30", "year", "2027"});
    archive_.add({"year", "", "", "2026-2027", "schoolYear", "2026-09-01", "2027-06-30", "", "2027"});
  }

  void courses_and_classes() {
    archive_.begin("courses.csv", {"sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title",
                                   "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"});
    for (size_t i = 0; i < kSubjects.size(); ++i)
      archive_.add({id("course", static_cast<int>(i)), "", "", "year", kSubjects[i], std::to_string(i),
                    "10,11", "region", kSubjects[i], std::to_string(i)});
    classes_ = std::max(region_.schools, region_.enrollments / 25);
    archive_.begin("classes.csv", {"sourcedId", "status", "dateLastModified", "title", "grades",
                                   "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId",
                                   "termSourcedIds", "subjects", "subjectCodes", "periods"});
    for (int i = 0; i < classes_; ++i) {
      const auto subject = static_cast<size_t>(i) % kSubjects.size();
      archive_.add({id("class", i), "", "",
                    std::string(kSubjects[subject]) + " " + std::to_string(i % 12 + 1), "10",
                    id("course", static_cast<int>(subject)), "C" + std::to_string(i), "scheduled",
                    "Room \"" + std::to_string(i % 30) + "\"", id("school", i % region_.schools),
                    "winter,spring", kSubjects[subject], std::to_string(subject), "1,2"});
    }
  }

  const char* role_of(int user) const {
    const int place = user / region_.schools;  // within the school
    if (place == 0) return "siteAdministrator";
    if (place % 12 == 1) return "teacher";
    return place % 10 == 2 ? "parent" : "student";
  }

  void people() {
    std::vector<std::string> header{"sourcedId", "status", "dateLastModified", "enabledUser"};
    if (old_) header.insert(header.end(), {"orgSourcedIds", "role"});
    header.insert(header.end(), {"username", "userIds", "givenName", "familyName", "middleName", "identifier",
                                 "email", "sms", "phone", "agentSourcedIds", "grades", "password"});
    if (!old_)
      header.insert(header.end(), {"userMasterIdentifier", "preferredGivenName", "preferredMiddleName",
                                   "preferredFamilyName", "primaryOrgSourcedId", "pronouns"});
    archive_.begin("users.csv", header);
    for (int i = 0; i < region_.users; ++i) {
      const std::string school = id("school", i % region_.schools), role = role_of(i);
      std::vector<std::string> row{id("user", i), "", "", "true"};
      if (old_) row.insert(row.end(), {school, role == "siteAdministrator" ? "administrator" : role});
      // A student's parent is the next one of the school.
      const int parent = i - i / region_.schools % 10 * region_.schools + 2 * region_.schools;
      const bool has_parent = role == "student" && i % 4 == 0 && parent < region_.users &&
                              std::string(role_of(parent)) == "parent";
      row.insert(row.end(), {id("login", i), "", kGiven[below(kGiven.size())], kFamily[below(kFamily.size())],
                             "", std::to_string(i), id("login", i) + "@example.org", "", "",
                             has_parent ? id("user", parent) : "", role == "student" ? "10" : "", ""});
      if (!old_) row.insert(row.end(), {"", "", "", "", school, ""});
      archive_.add(row);
    }
    if (old_) return;
    archive_.begin("roles.csv", {"sourcedId", "status", "dateLastModified", "userSourcedId", "roleType",
                                 "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"});
    for (int i = 0; i < region_.users; ++i)
      archive_.add({id("role", i), "", "", id("user", i), "primary", role_of(i), "", "",
                    id("school", i % region_.schools), ""});
  }

  void enrollments() {
    archive_.begin("enrollments.csv",
                   {"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
                    "userSourcedId", "role", "primary", "beginDate", "endDate"});
    // Each class of the school in turn; its teacher first, then the school's students in turn.
    const int per_class = std::max(2, region_.enrollments / classes_);
    const int people = std::max(3, region_.users / region_.schools);
    int number = 0;
    for (int cls = 0; cls < classes_; ++cls) {
      const int school = cls % region_.schools;
      int place = static_cast<int>(below(static_cast<size_t>(people)));
      for (int i = 0; i < per_class && number < region_.enrollments; ++i) {
        const bool teacher = i == 0;
        int user = 0;
        for (int tries = 0; tries <= people; ++tries) {
          place = (place + 1) % people;
          user = place * region_.schools + school;
          if (user < region_.users && std::string(role_of(user)) == (teacher ? "teacher" : "student")) break;
        }
        archive_.add({id("enrollment", number++), "", "", id("class", cls), id("school", school),
                      id("user", user), teacher ? "teacher" : "student", teacher ? "true" : "false",
                      "2026-09-01", "2027-06-30"});
      }
    }
  }

  const MadeUpRegion region_;
  std::mt19937 random_;
  const bool old_;
  roster::CsvArchiveWriter archive_;
  int classes_ = 0;
};

}  // namespace

std::string make_one_roster(const MadeUpRegion& region) {
  return Maker(region).run();
}

}  // namespace thranio::test
