#include "server/store/statements.hpp"

#include <mutex>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace thranio::store {
namespace {

using namespace sqlite_api;

constexpr size_t kMostIdle = 400;  // texts differ by the filters of lists

thread_local Connection* connection_of_this_thread = nullptr;

sqlite3* handle_of(soci::session& sql) {
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

[[noreturn]] void fail_with(sqlite3* handle, int result) {
  throw soci::sqlite3_soci_error(sqlite3_errmsg(handle), result);
}

sqlite3_stmt* prepare(sqlite3* handle, const std::string& text, bool keep) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle, text.c_str(), static_cast<int>(text.size()),
                                        keep ? SQLITE_PREPARE_PERSISTENT : 0, &statement, nullptr);
  if (result != SQLITE_OK) fail_with(handle, result);
  return statement;
}

}  // namespace

Tables bit_of_table(const std::string& name) {
  static std::mutex mutex;
  static std::unordered_map<std::string, Tables> bits;
  const std::lock_guard lock(mutex);
  const size_t next = std::min<size_t>(bits.size(), 63);
  return bits.emplace(name, Tables{1} << next).first->second;
}

Connection::Connection(soci::session& sql) : handle_(handle_of(sql)) {
  // Called while a statement is prepared, also for the tables of its views and triggers.
  sqlite3_set_authorizer(
      handle_,
      [](void* self, int action, const char* table, const char*, const char*, const char*) {
        if (action == SQLITE_READ && table) static_cast<Connection*>(self)->preparing_ |= bit_of_table(table);
        return SQLITE_OK;
      },
      this);
  // Called for every row that is written, also by foreign keys' actions; never for tables WITHOUT ROWID
  // (there are none) and for a DELETE that names no rows (nobody sends one).
  sqlite3_update_hook(
      handle_,
      [](void* self, int action, const char*, const char* table, sqlite3_int64) {
        auto& connection = *static_cast<Connection*>(self);
        auto at = connection.bits_.find(table);
        if (at == connection.bits_.end()) at = connection.bits_.emplace(table, bit_of_table(table)).first;
        (action == SQLITE_INSERT ? connection.touched.inserted : connection.touched.changed) |= at->second;
      },
      this);
}

Connection::~Connection() {
  for (const auto& [text, prepared] : idle_)
    sqlite3_finalize(prepared.handle);
  sqlite3_set_authorizer(handle_, nullptr, nullptr);
  sqlite3_update_hook(handle_, nullptr, nullptr);
}

Connection::Use::Use(Connection& connection) : before_(connection_of_this_thread) {
  connection.touched = {};
  connection_of_this_thread = &connection;
}

Connection::Use::~Use() {
  connection_of_this_thread = before_;
}

Connection::Prepared Connection::take(const std::string& text) {
  if (const auto at = idle_.find(text); at != idle_.end()) {
    const auto prepared = at->second;
    idle_.erase(at);
    return prepared;
  }
  preparing_ = 0;
  auto* const statement = prepare(handle_, text, true);
  return {statement, preparing_};
}

void Connection::give_back(const std::string& text, const Prepared& prepared) {
  if (idle_.size() < kMostIdle && idle_.emplace(text, prepared).second) return;
  sqlite3_finalize(prepared.handle);
}

Statement::Statement(soci::session& sql, const std::string& text)
    : handle_(handle_of(sql)),
      connection_(connection_of_this_thread && connection_of_this_thread->handle_ == handle_
                      ? connection_of_this_thread
                      : nullptr),
      text_(text),
      prepared_(connection_ ? connection_->take(text) : Connection::Prepared{prepare(handle_, text, false)}) {
  if (connection_) connection_->touched.read |= prepared_.reads;
}

Statement::~Statement() {
  sqlite3_reset(prepared_.handle);
  sqlite3_clear_bindings(prepared_.handle);
  if (connection_)
    connection_->give_back(text_, prepared_);
  else
    sqlite3_finalize(prepared_.handle);
}

void Statement::bind(const std::vector<Value>& values) {
  sqlite3_reset(prepared_.handle);
  for (size_t i = 0; i < values.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    int result = SQLITE_OK;
    if (const auto* number = std::get_if<int64_t>(&values[i]))
      result = sqlite3_bind_int64(prepared_.handle, at, *number);
    else if (const auto* text = std::get_if<std::string>(&values[i]))
      result =
          sqlite3_bind_text64(prepared_.handle, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else
      result = sqlite3_bind_null(prepared_.handle, at);
    if (result != SQLITE_OK) fail_with(handle_, result);
  }
}

bool Statement::step() {
  const int result = sqlite3_step(prepared_.handle);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail_with(handle_, sqlite3_extended_errcode(handle_));
  return false;
}

std::vector<Value> Statement::row() const {
  const int count = sqlite3_column_count(prepared_.handle);
  std::vector<Value> values(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    auto& value = values[static_cast<size_t>(i)];
    switch (sqlite3_column_type(prepared_.handle, i)) {
      case SQLITE_NULL:
        break;
      case SQLITE_INTEGER:
      case SQLITE_FLOAT:
        value = int64_t{sqlite3_column_int64(prepared_.handle, i)};
        break;
      default: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.handle, i));
        value.emplace<std::string>(text, static_cast<size_t>(sqlite3_column_bytes(prepared_.handle, i)));
      }
    }
  }
  return values;
}

int64_t Statement::affected() const {
  return sqlite3_changes64(handle_);
}

}  // namespace thranio::store
