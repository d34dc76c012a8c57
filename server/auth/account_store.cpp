#include "server/auth/account_store.hpp"

#include <soci/soci.h>

#include "server/store/table.hpp"

namespace thranio::auth {
namespace {

const std::string kAccount =
    "SELECT u.id, u.school_id, u.given_name, u.family_name, u.username, u.roles, c.hash FROM users u "
    "LEFT JOIN credentials c ON c.user_id = u.id WHERE u.enabled = 1 AND u.deleted_at IS NULL AND ";

Account read_account(const std::vector<store::Value>& row) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  Account account{text(0), text(1), text(2) + " " + text(3), text(4), store::split_words(text(5)), {}};
  if (row[6].index() != 0) account.hash = text(6);
  return account;
}

}  // namespace

std::vector<Account> accounts_by_login(soci::session& sql, const std::string& login) {
  std::vector<Account> accounts;
  if (login.empty()) return accounts;
  for (const auto& row :
       store::ask(sql, kAccount + "u.username = :login AND u.username <> '' LIMIT 4", {login}))
    accounts.push_back(read_account(row));
  if (accounts.empty())
    for (const auto& row : store::ask(sql, kAccount + "u.email = :login AND u.email <> '' LIMIT 4", {login}))
      accounts.push_back(read_account(row));
  return accounts;
}

std::optional<Account> account_of(soci::session& sql, const std::string& user) {
  const auto rows = store::ask(sql, kAccount + "u.id = :id", {user});
  if (rows.empty()) return std::nullopt;
  return read_account(rows.front());
}

void set_password(soci::session& sql, const std::string& user, const std::string& hash, int64_t now_ms) {
  store::run(sql, "DELETE FROM credentials WHERE user_id = :user", {user});
  store::run(sql, "INSERT INTO credentials (user_id, hash, changed_at) VALUES (:user, :hash, :now)",
             {user, hash, now_ms});
  store::run(sql, "DELETE FROM tokens WHERE user_id = :user AND kind = 'session'", {user});
}

void insert_invitation(soci::session& sql, const std::string& id, const std::string& hash,
                       const std::string& user, int64_t now_ms, int64_t expires_ms) {
  store::run(sql, "DELETE FROM invitations WHERE expires_at <= :now", {now_ms});
  store::run(sql,
             "INSERT INTO invitations (id, hash, user_id, created_at, expires_at) VALUES (:id, :hash, :user, "
             ":now, :end)",
             {id, hash, user, now_ms, expires_ms});
}

std::optional<std::string> user_invited_by(soci::session& sql, const std::string& hash, int64_t now_ms) {
  const auto rows = store::ask(
      sql, "SELECT user_id FROM invitations WHERE hash = :hash AND expires_at > :now", {hash, now_ms});
  if (rows.empty()) return std::nullopt;
  return std::get<std::string>(rows.front()[0]);
}

void erase_account(soci::session& sql, const std::string& user) {
  for (const char* table : {"credentials", "invitations", "tokens"})
    store::run(sql, std::string("DELETE FROM ") + table + " WHERE user_id = :user", {user});
}

void delete_invitations(soci::session& sql, const std::string& user) {
  store::run(sql, "DELETE FROM invitations WHERE user_id = :user", {user});
}

}  // namespace thranio::auth
