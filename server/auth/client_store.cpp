#include "server/auth/client_store.hpp"

#include "server/store/table.hpp"

namespace thranio::auth {
namespace {

using store::ask;
using store::run;
using store::Value;

const std::string kClient = "SELECT c.id, c.school_id, c.name, c.scopes, c.created_at FROM clients c ";

Client read_client(const std::vector<Value>& row) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  return {text(0), text(1), text(2), store::split_words(text(3)), std::get<int64_t>(row[4])};
}

std::optional<Client> only(const std::vector<std::vector<Value>>& rows) {
  if (rows.empty()) return std::nullopt;
  return read_client(rows.front());
}

}  // namespace

void insert_client(soci::session& sql, const Client& client, const std::string& hash) {
  run(sql,
      "INSERT INTO clients (id, school_id, name, hash, scopes, created_at) "
      "VALUES (:id, :school, :name, :hash, :scopes, :at)",
      {client.id, client.school_id, client.name, hash, store::join_words(client.scopes), client.created_at});
}

std::vector<Client> clients_of_school(soci::session& sql, const std::string& school) {
  std::vector<Client> clients;
  for (const auto& row : ask(sql, kClient + "WHERE c.school_id = :school ORDER BY c.id", {school}))
    clients.push_back(read_client(row));
  return clients;
}

std::optional<Client> client_by_id(soci::session& sql, const std::string& id) {
  return only(ask(sql, kClient + "WHERE c.id = :id", {id}));
}

std::optional<Client> client_by_secret(soci::session& sql, const std::string& id, const std::string& hash) {
  return only(ask(sql, kClient + "WHERE c.id = :id AND c.hash = :hash", {id, hash}));
}

void delete_client(soci::session& sql, const std::string& id) {
  run(sql, "DELETE FROM clients WHERE id = :id", {id});
}

void insert_access_token(soci::session& sql, const std::string& hash, const std::string& client,
                         const std::vector<std::string>& scopes, int64_t now_ms, int64_t expires_at) {
  run(sql, "DELETE FROM access_tokens WHERE expires_at <= :now", {now_ms});
  run(sql,
      "INSERT INTO access_tokens (hash, client_id, scopes, expires_at) VALUES (:hash, :client, :scopes, :at)",
      {hash, client, store::join_words(scopes), expires_at});
}

std::optional<Client> client_by_access_token(soci::session& sql, const std::string& hash, int64_t now_ms) {
  return only(ask(sql,
                  "SELECT c.id, c.school_id, c.name, a.scopes, c.created_at FROM access_tokens a "
                  "JOIN clients c ON c.id = a.client_id WHERE a.hash = :hash AND a.expires_at > :now",
                  {hash, now_ms}));
}

}  // namespace thranio::auth
