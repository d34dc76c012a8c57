// Applies schema/migrations in order, each in a transaction; user_version counts them. Thread: the caller's.
#pragma once

namespace soci {
class session;
}

namespace thranio::store {

// Throws std::runtime_error if the database is newer than this program, or a migration fails (it is rolled
// back).
void migrate(soci::session& session);

}  // namespace thranio::store
