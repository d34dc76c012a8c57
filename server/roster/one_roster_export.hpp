// The roster of an organisation and all in it as OneRoster 1.2 CSV (bulk), in the form that one_roster_import
// reads. What was imported keeps its sourcedId, what was made here has its id for one. Thread: db.
#pragma once

#include <string>

namespace soci {
class session;
}

namespace thranio::roster {

// A ZIP's bytes.
std::string export_one_roster(soci::session& sql, const std::string& target);

}  // namespace thranio::roster
