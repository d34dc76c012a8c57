// The tokens' SQL. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/auth/tokens.hpp"

namespace soci {
class session;
}

namespace thranio::auth {

void insert_token(soci::session& sql, const std::string& id, const std::string& hash, const NewToken& token,
                  int64_t now_ms);
std::optional<Principal> principal_by_hash(soci::session& sql, const std::string& hash, int64_t now_ms);
bool delete_token(soci::session& sql, const std::string& id);

}  // namespace thranio::auth
