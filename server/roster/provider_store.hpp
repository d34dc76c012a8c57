// What another system may pull: the rows of one organisation and of all that stand in it, filtered, sorted
// and counted as a OneRoster REST request asks. Deleted rows are told too ("tobedeleted"), where a filter
// asks for their status or for what has changed. Way: one_roster_api → [provided] → statements. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/roster/one_roster_filter.hpp"
#include "server/roster/roster_store.hpp"

namespace thranio::roster {

// The sourcedId by which a row is told to others: the one it came with, or its id.
std::string told_id(const RowHead& row);
// academic_sessions.type in OneRoster's spelling: "gradingPeriod".
std::string told_session_type(const std::string& type);
std::string told_role(const std::string& role);  // users' "admin": "siteAdministrator"

// Ids of ours, or '' where it does not matter.
struct Narrowing {
  std::string school = {}, course = {}, cls = {}, term = {}, user = {};
  std::string role = {};  // of a user, or (with cls or user) of the enrollment
  std::string type = {};  // of an organisation or a session, in our spelling
};

struct ProviderQuery {
  std::string target;  // the organisation
  Narrowing narrowing;
  OneRosterFilter filter;
  std::string sort;  // OneRoster's field, or ''
  bool descending = false;
  int limit = 100, offset = 0;
};

template <typename Row>
struct Provided {
  std::vector<Row> rows;
  int64_t total = 0;  // without limit and offset
};

// Row: School, AcademicSession, Course, Class, User, Enrollment. Errors: invalid-field (filter, sort), for a
// field that the rows do not have or a value that it cannot have.
template <typename Row>
Result<Provided<Row>> provided(soci::session& sql, const ProviderQuery& query);

// The row that is told by this sourcedId, deleted or not.
template <typename Row>
std::optional<Row> provided_by_id(soci::session& sql, const std::string& target,
                                  const std::string& sourced_id);

// The ids of those for whom somebody acts, and how each role of hers was given.
std::vector<std::string> guardians_of(soci::session& sql, const std::string& student);
std::vector<RoleAssignment> roles_of(soci::session& sql, const std::string& user);

}  // namespace thranio::roster
