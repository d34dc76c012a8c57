// Many rows of one table: inserted in batches and looked up one after the other, each with a statement that
// is prepared once. Way: roster import → [BulkInsert, Lookup] → SOCI. Thread: db.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/table.hpp"

namespace thranio::store {

// Rows wait in memory until kBatch are there or flush() is called; the destructor does not write.
class RawBulkInsert {
 public:
  static constexpr size_t kBatch = 512;
  // numeric: which of the columns are numbers.
  RawBulkInsert(soci::session& sql, const std::string& table, const std::vector<std::string>& columns,
                const std::vector<bool>& numeric);
  ~RawBulkInsert();
  void add(std::vector<Value>&& row);
  void flush();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class RawLookup {
 public:
  RawLookup(soci::session& sql, const std::string& table, const std::string& columns);
  ~RawLookup();
  std::optional<std::vector<Value>> find(const std::string& id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Until the transaction ends: what a row names may be inserted after it; the commit checks.
void defer_foreign_keys(soci::session& sql);

template <typename Row>
class BulkInsert {
 public:
  explicit BulkInsert(soci::session& sql)
      : raw_(sql, table_of<Row>().name, detail::columns_of<Row>(), numeric_columns()) {}
  void add(Row&& row) { raw_.add(detail::values_of(std::move(row))); }
  void flush() { raw_.flush(); }

 private:
  static std::vector<bool> numeric_columns() {
    std::vector<bool> numeric;
    for (const auto& column : table_of<Row>().columns)
      numeric.push_back(std::visit(
          [](auto member) {
            using T = std::remove_cvref_t<decltype(std::declval<Row>().*member)>;
            return std::is_same_v<T, int64_t> || std::is_same_v<T, bool> ||
                   std::is_same_v<T, std::optional<int64_t>>;
          },
          column.member));
    numeric.push_back(true);  // version
    return numeric;
  }

  RawBulkInsert raw_;
};

template <typename Row>
class Lookup {
 public:
  explicit Lookup(soci::session& sql) : raw_(sql, table_of<Row>().name, detail::selected<Row>()) {}
  std::optional<Row> find(const std::string& id) {
    auto values = raw_.find(id);
    if (!values) return std::nullopt;
    return detail::row_of<Row>(std::move(*values));
  }

 private:
  RawLookup raw_;
};

}  // namespace thranio::store
