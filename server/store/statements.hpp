// SQLite's prepared statements under a SOCI session: prepared once for each connection and text, and which
// tables a reader saw and a writer changed. SOCI prepares every question anew, which costs more than the
// answer. Way: table, bulk → [Statement] → SQLite. Thread: db; a Connection is one thread's at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/store/table.hpp"

namespace sqlite_api {  // where SOCI puts it
struct sqlite3;
struct sqlite3_stmt;
}  // namespace sqlite_api

namespace thranio::store {

// A set of tables: each has a bit, the same in every connection. Beyond 63 they share the last.
using Tables = uint64_t;
Tables bit_of_table(const std::string& name);

// The statements of one connection, and what was done through it since clear(). Finalises them, so it ends
// before its connection.
class Connection {
 public:
  explicit Connection(soci::session& sql);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  struct Touched {
    Tables read = 0;
    Tables inserted = 0;
    Tables changed = 0;  // rows that were there before: updated or deleted
  };
  Touched touched;

  // While it lives, statements of this thread on the connection's session come from here.
  class Use {
   public:
    explicit Use(Connection& connection);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Connection* const before_;
  };

 private:
  friend class Statement;
  struct Prepared {
    sqlite_api::sqlite3_stmt* handle = nullptr;
    Tables reads = 0;
  };
  Prepared take(const std::string& text);
  void give_back(const std::string& text, const Prepared& prepared);

  sqlite_api::sqlite3* const handle_;
  std::unordered_map<std::string, Prepared> idle_;
  std::unordered_map<std::string, Tables> bits_;
  Tables preparing_ = 0;
};

// One question that runs. Throws soci::sqlite3_soci_error with SQLite's result code.
class Statement {
 public:
  Statement(soci::session& sql, const std::string& text);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // In the order of the placeholders; `values` lie still until the next bind. Starts the statement anew.
  void bind(const std::vector<Value>& values);
  bool step();  // a row is there
  std::vector<Value> row() const;
  int64_t affected() const;

 private:
  sqlite_api::sqlite3* const handle_;
  Connection* const connection_;  // or null: prepared for this once
  const std::string text_;
  Connection::Prepared prepared_;
};

}  // namespace thranio::store
