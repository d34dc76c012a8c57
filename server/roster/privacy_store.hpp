// A person's right to be forgotten (GDPR article 17), in the tables of the roster, and what schools keep no
// longer than they say. Thread: db.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/roster/roster_store.hpp"

namespace thranio::roster {

// Those that keep something for so many days and no longer.
std::vector<School> schools_that_forget(soci::session& sql);

// The row becomes nameless, and is nobody's that a later import would find; that somebody was enrolled and
// taught stays, for the class's history. Who acted for her, and where she had which role, is deleted.
void erase_person(soci::session& sql, const User& user, int64_t now_ms);
bool is_erased(const User& user);

// Whom she acts for, or who acts for her.
std::vector<Guardianship> guardianships_with(soci::session& sql, const std::string& user);
std::vector<Enrollment> enrollments_of(soci::session& sql, const std::string& user);

}  // namespace thranio::roster
