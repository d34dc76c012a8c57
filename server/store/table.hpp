// A table's rows as structs: each row type names its columns and members once (table_of), and finding,
// listing, inserting and updating are the same for all. Every such table has id and version; a list is paged
// by a cursor that holds its place however it is sorted. Names of tables and columns come from the program,
// values are bound. Way: *_store → [table] → statements. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/base/text.hpp"
#include "server/store/cursor.hpp"

namespace soci {
class session;
}

namespace thranio::store {

// How a column looks to the world; the database does not care.
enum class Look : uint8_t {
  kPlain,
  kWords,     // read among other people's words: kept as clean_text leaves it
  kReadOnly,  // told, never taken from a body
  kDate,      // YYYY-MM-DD; '' is told as null
  kTime,      // milliseconds since 1970, told as RFC 3339
  kToldTime,  // the same, read-only
  kHidden,
};

template <typename Row>
using Member = std::variant<std::string Row::*, std::optional<std::string> Row::*, int64_t Row::*,
                            std::optional<int64_t> Row::*, bool Row::*, std::vector<std::string> Row::*>;

template <typename Row>
struct Column {
  const char* name;  // in SQL and in JSON
  Member<Row> member;
  Look look = Look::kPlain;
};

template <typename Row>
struct Table {
  const char* name;
  std::vector<Column<Row>> columns;  // without version, which every row has
};

// Specialised beside each row type.
template <typename Row>
const Table<Row>& table_of();

struct Condition {
  std::string column;
  std::string relation;  // "=", "<", ">=", "LIKE", "IS NULL" (takes no value) ...
  Value value;
};

struct Query {
  std::vector<Condition> where;
  std::string sort = "id";
  bool descending = false;
  std::string cursor;  // what `next_cursor` of the page before said, or ''
  int limit = 50;
};

std::string join_words(const std::vector<std::string>& words);  // "a,b"
std::vector<std::string> split_words(const std::string& text);

// The statement that list() would run: for tests that ask for its plan.
std::string list_statement(const std::string& table, const std::string& columns, const Query& query);

namespace detail {
using Values = std::vector<Value>;
std::string names_of(const std::vector<std::string>& columns);
std::string find_text(const std::string& table, const std::string& columns);
std::string insert_text(const std::string& table, const std::vector<std::string>& columns);
std::optional<Values> find(soci::session& sql, const std::string& table, const std::string& columns,
                           const std::string& id);
Result<std::vector<Values>> list(soci::session& sql, const std::string& table, const std::string& columns,
                                 const Query& query);
void insert(soci::session& sql, const std::string& table, const std::vector<std::string>& columns,
            const Values& values);
bool update(soci::session& sql, const std::string& table, const std::vector<std::string>& columns,
            const Values& values, const std::string& id, int64_t from);

template <typename Row>
Value value_of(const Row& row, const Column<Row>& column) {
  return std::visit(
      [&](auto member) -> Value {
        using T = std::remove_cvref_t<decltype(row.*member)>;
        if constexpr (std::is_same_v<T, bool>)
          return int64_t{row.*member ? 1 : 0};
        else if constexpr (std::is_same_v<T, std::vector<std::string>>)
          return join_words(row.*member);
        else if constexpr (std::is_same_v<T, std::optional<std::string>> ||
                           std::is_same_v<T, std::optional<int64_t>>)
          return row.*member ? Value(*(row.*member)) : Value();
        else
          return row.*member;
      },
      column.member);
}

template <typename Row>
void set_value(Row& row, const Column<Row>& column, Value value) {
  std::visit(
      [&](auto member) {
        using T = std::remove_cvref_t<decltype(row.*member)>;
        const auto number = std::get_if<int64_t>(&value);
        const auto text = std::get_if<std::string>(&value);
        if constexpr (std::is_same_v<T, bool>)
          row.*member = number && *number != 0;
        else if constexpr (std::is_same_v<T, std::vector<std::string>>)
          row.*member = text ? split_words(*text) : T{};
        else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>)
          row.*member = text ? T(std::move(*text)) : T{};
        else
          row.*member = number ? T(*number) : T{};
      },
      column.member);
}

template <typename Row>
std::vector<std::string> columns_of() {
  std::vector<std::string> names;
  names.reserve(table_of<Row>().columns.size() + 1);
  for (const auto& column : table_of<Row>().columns)
    names.emplace_back(column.name);
  names.emplace_back("version");
  return names;
}

template <typename Row>
Values values_of(const Row& row) {
  Values values;
  values.reserve(table_of<Row>().columns.size() + 1);
  for (const auto& column : table_of<Row>().columns)
    values.push_back(value_of(row, column));
  values.emplace_back(row.version);
  return values;
}

// The same out of a row that nobody needs any more: its texts are moved.
template <typename Row>
Values values_of(Row&& row) requires(!std::is_lvalue_reference_v<Row>) {
  Values values;
  values.reserve(table_of<Row>().columns.size() + 1);
  for (const auto& column : table_of<Row>().columns) {
    const auto text = std::get_if<std::string Row::*>(&column.member);
    values.push_back(text ? Value(std::move(row.**text)) : value_of(row, column));
  }
  values.emplace_back(row.version);
  return values;
}

template <typename Row>
Row row_of(Values values) {
  Row row;
  const auto& columns = table_of<Row>().columns;
  for (size_t i = 0; i < columns.size(); ++i)
    set_value(row, columns[i], std::move(values[i]));
  row.version = std::get<int64_t>(values.back());
  return row;
}

template <typename Row>
const std::string& selected() {
  static const std::string names = names_of(columns_of<Row>());
  return names;
}
}  // namespace detail

// The rows of `columns` that a query gives; for joins that table_of does not know. `question` has :a, :b ...
// in the order of `values`.
std::vector<std::vector<Value>> ask(soci::session& sql, const std::string& question,
                                    const std::vector<Value>& values = {});
// A statement that answers nothing; how many rows it touched.
int64_t run(soci::session& sql, const std::string& statement, const std::vector<Value>& values = {});

// Before a row of strangers' texts is written: its kWords columns, fit to be shown. The column of whose text
// nothing is left, or null.
template <typename Row>
const char* clean_words(Row& row) {
  const char* emptied = nullptr;
  for (const auto& column : table_of<Row>().columns) {
    if (column.look != Look::kWords) continue;
    const auto member = std::get_if<std::string Row::*>(&column.member);
    if (!member) continue;
    std::string& text = row.*(*member);
    const bool had = !text.empty();
    text = clean_text(text, Lines::kOne);
    if (had && text.empty()) emptied = column.name;
  }
  return emptied;
}

template <typename Row>
std::optional<Row> find(soci::session& sql, const std::string& id) {
  auto values = detail::find(sql, table_of<Row>().name, detail::selected<Row>(), id);
  if (!values) return std::nullopt;
  return detail::row_of<Row>(std::move(*values));
}

// Error: invalid-field (cursor).
template <typename Row>
Result<std::vector<Row>> list(soci::session& sql, const Query& query) {
  auto found = detail::list(sql, table_of<Row>().name, detail::selected<Row>(), query);
  if (!found) return std::unexpected(found.error());
  std::vector<Row> rows;
  rows.reserve(found->size());
  for (auto& values : *found)
    rows.push_back(detail::row_of<Row>(std::move(values)));
  return rows;
}

template <typename Row>
void insert(soci::session& sql, const Row& row) {
  detail::insert(sql, table_of<Row>().name, detail::columns_of<Row>(), detail::values_of(row));
}

// Writes the row over version `from` and counts the version up; false if it is another by now.
template <typename Row>
bool update(soci::session& sql, const Row& row, int64_t from) {
  return detail::update(sql, table_of<Row>().name, detail::columns_of<Row>(), detail::values_of(row), row.id,
                        from);
}

}  // namespace thranio::store
