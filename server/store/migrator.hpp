// Applies schema/migrations in order, each in a transaction of its own; user_version counts them. Killed
// half-way, the next start goes on where it stopped. Thread: the caller's.
#pragma once

#include <limits>

namespace soci {
class session;
}

namespace thranio::store {

// Throws std::runtime_error if the database is newer than this program (it stays untouched), or if a
// migration fails (it is rolled back). Tests stop at an older version to see what a later server makes of it.
void migrate(soci::session& session, int up_to = std::numeric_limits<int>::max());

int schema_version(soci::session& session);

}  // namespace thranio::store
