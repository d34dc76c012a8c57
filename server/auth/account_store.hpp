// Passwords and the links that set them. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace soci {
class session;
}

namespace thranio::auth {

struct Account {
  std::string user_id, school_id, name, login;
  std::vector<std::string> roles;
  std::optional<std::string> hash;  // none: never set
};

// Those who may come in and have this username or address; several where schools gave the same.
std::vector<Account> accounts_by_login(soci::session& sql, const std::string& login);
std::optional<Account> account_of(soci::session& sql, const std::string& user);
// And ends every session of the user's.
void set_password(soci::session& sql, const std::string& user, const std::string& hash, int64_t now_ms);

void insert_invitation(soci::session& sql, const std::string& id, const std::string& hash,
                       const std::string& user, int64_t now_ms, int64_t expires_ms);
// The user whom an open link is for.
std::optional<std::string> user_invited_by(soci::session& sql, const std::string& hash, int64_t now_ms);
// No password, no link, no token: nobody comes in as this user any more.
void erase_account(soci::session& sql, const std::string& user);
void delete_invitations(soci::session& sql, const std::string& user);

}  // namespace thranio::auth
