#include "server/auth/audit_store.hpp"

#include <soci/soci.h>

#include "server/store/table.hpp"

namespace thranio::auth {
namespace {

using store::Value;

constexpr const char* kColumns =
    "seq, at, school_id, actor, actor_name, address, action, entity, entity_id, before, after";

// Lets one statement through; the transaction around it keeps the open gate from everybody else.
class OpenGate {
 public:
  explicit OpenGate(soci::session& sql) : sql_(sql) { store::run(sql_, "UPDATE audit_gate SET open = 1"); }
  ~OpenGate() {
    try {
      store::run(sql_, "UPDATE audit_gate SET open = 0");
    } catch (const std::exception&) {  // the transaction is broken and rolls back, the gate with it
    }
  }
  OpenGate(const OpenGate&) = delete;
  OpenGate& operator=(const OpenGate&) = delete;

 private:
  soci::session& sql_;
};

AuditEntry read(const std::vector<Value>& row) {
  const auto number = [&](size_t i) { return std::get<int64_t>(row[i]); };
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  return {number(0), number(1), text(2), text(3), text(4), text(5),
          text(6),   text(7),   text(8), text(9), text(10)};
}

}  // namespace

void append_audit(soci::session& sql, AuditEntry e) {
  store::run(
      sql,
      std::string("INSERT INTO audit (") + kColumns +
          ") VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM audit), :at, :school, :actor, :name, :address, "
          ":action, :entity, :id, :before, :after)",
      {e.at_ms, e.school_id, e.actor, e.actor_name, e.address, e.action, e.entity, e.entity_id, e.before,
       e.after});
}

std::vector<AuditEntry> audit_entries(soci::session& sql, const AuditQuery& query) {
  std::string text = std::string("SELECT ") + kColumns + " FROM audit WHERE ";
  std::vector<Value> values{query.entity_id.empty() ? query.school_id : query.entity_id};
  text += query.entity_id.empty() ? "school_id = :school" : "entity_id = :entity";
  const auto narrow = [&](const std::string& condition, Value value) {
    text += " AND " + condition;
    values.push_back(std::move(value));
  };
  if (!query.entity_id.empty()) narrow("school_id = :school", query.school_id);
  if (!query.actor.empty()) narrow("actor = :actor", query.actor);
  if (query.before_seq > 0) narrow("seq < :seq", query.before_seq);
  text += " ORDER BY seq DESC LIMIT " + std::to_string(query.limit);
  std::vector<AuditEntry> entries;
  for (const auto& row : store::ask(sql, text, values))
    entries.push_back(read(row));
  return entries;
}

void erase_from_audit(soci::session& sql, const std::string& user) {
  const OpenGate gate(sql);
  store::run(sql, "UPDATE audit SET before = '', after = '', address = '' WHERE entity_id = :user", {user});
  store::run(sql, "UPDATE audit SET actor_name = '', address = '' WHERE actor = :user", {user});
}

int64_t purge_audit(soci::session& sql, const std::string& school, int64_t before_ms) {
  const OpenGate gate(sql);
  return store::run(sql, "DELETE FROM audit WHERE school_id = :school AND at < :before", {school, before_ms});
}

}  // namespace thranio::auth
