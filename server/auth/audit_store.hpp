// The audit log: who changed what, when, from where, before and after. Written in the transaction that it
// tells of. Append-only: the database itself refuses to change or take away an entry, but through
// erase_person and purge, which the law asks for. Thread: db.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"

namespace soci {
class session;
}

namespace thranio::auth {

struct AuditEntry {
  int64_t seq = 0;  // counts the entries; set when written
  int64_t at_ms = 0;
  std::string school_id;   // whose log it belongs to; "" for the server's own
  std::string actor;       // "u_..." or "t_...", or "server"
  std::string actor_name;  // what the actor was called then
  std::string address;     // the client's
  std::string action;      // create, change, delete, restore, start, end, import, sign-in ...
  std::string entity;      // user, class, lesson ...
  std::string entity_id;
  std::string before, after;  // JSON; "" where there is none. A change holds only the members that differ.
};

void append_audit(soci::session& sql, AuditEntry entry);

struct AuditQuery {
  std::string school_id;
  std::string entity_id;   // "": all
  std::string actor;       // "": all
  int64_t before_seq = 0;  // 0: from the newest
  int limit = 50;
};
// Newest first.
std::vector<AuditEntry> audit_entries(soci::session& sql, const AuditQuery& query);

// What the log says of a person and by a person becomes nameless; that something happened stays.
void erase_from_audit(soci::session& sql, const std::string& user);
// Entries of the school older than `before_ms` go. How many.
int64_t purge_audit(soci::session& sql, const std::string& school, int64_t before_ms);

}  // namespace thranio::auth
