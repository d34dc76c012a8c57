// Other systems that pull a roster (OAuth 2 clients) and their access tokens; only hashes of their secrets
// are stored. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace thranio::auth {

struct Client {
  std::string id, school_id, name;
  std::vector<std::string> scopes;
  int64_t created_at = 0;
};

void insert_client(soci::session& sql, const Client& client, const std::string& hash);
std::vector<Client> clients_of_school(soci::session& sql, const std::string& school);
std::optional<Client> client_by_id(soci::session& sql, const std::string& id);
// The same, if the secret is hers.
std::optional<Client> client_by_secret(soci::session& sql, const std::string& id, const std::string& hash);
// Her access tokens go with her.
void delete_client(soci::session& sql, const std::string& id);

// Those that have ended are forgotten on the way.
void insert_access_token(soci::session& sql, const std::string& hash, const std::string& client,
                         const std::vector<std::string>& scopes, int64_t now_ms, int64_t expires_at);
// The client that holds it, with the scopes that it was made for.
std::optional<Client> client_by_access_token(soci::session& sql, const std::string& hash, int64_t now_ms);

}  // namespace thranio::auth
