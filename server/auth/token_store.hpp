// The tokens' SQL. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/auth/tokens.hpp"

namespace soci {
class session;
}

namespace thranio::auth {

void insert_token(soci::session& sql, const std::string& id, const std::string& hash, const NewToken& token,
                  int64_t now_ms);
std::optional<Principal> principal_by_hash(soci::session& sql, const std::string& hash, int64_t now_ms);
// An API token as its school's admin sees it: never its text.
struct TokenRow {
  std::string id, role, user_id, name;
  std::vector<std::string> scopes;
  int64_t created_at = 0;
  std::optional<int64_t> expires_at;
};
std::vector<TokenRow> tokens_of_school(soci::session& sql, const std::string& school);
std::optional<std::string> user_of_token(soci::session& sql, const std::string& id);
bool delete_token(soci::session& sql, const std::string& id);

}  // namespace thranio::auth
