// Many rows of one table, inserted and looked up one after the other by one prepared statement. Way: roster
// import → [BulkInsert, Lookup] → statements. Thread: db.
#pragma once

#include "server/store/statements.hpp"

namespace thranio::store {

template <typename Row>
class BulkInsert {
 public:
  explicit BulkInsert(soci::session& sql)
      : statement_(sql, detail::insert_text(table_of<Row>().name, detail::columns_of<Row>())) {}
  void add(Row&& row) {
    const auto values = detail::values_of(std::move(row));
    statement_.bind(values);
    statement_.step();
  }

 private:
  Statement statement_;
};

template <typename Row>
class Lookup {
 public:
  explicit Lookup(soci::session& sql)
      : statement_(sql, detail::find_text(table_of<Row>().name, detail::selected<Row>())) {}
  std::optional<Row> find(const std::string& id) {
    const std::vector<Value> values{id};
    statement_.bind(values);
    if (!statement_.step()) return std::nullopt;
    return detail::row_of<Row>(statement_.row());
  }

 private:
  Statement statement_;
};

// While it lives, what is written stays in memory, 64 MiB of it in place of kWriterCacheKiB, and is not read
// back from the disk at once.
class WideCache {
 public:
  explicit WideCache(soci::session& sql);
  ~WideCache();
  WideCache(const WideCache&) = delete;
  WideCache& operator=(const WideCache&) = delete;

 private:
  soci::session& sql_;
};

// Until the transaction ends: what a row names may be inserted after it; the commit checks.
void defer_foreign_keys(soci::session& sql);

}  // namespace thranio::store
