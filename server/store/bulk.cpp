#include "server/store/bulk.hpp"

#include <soci/soci.h>

#include "server/store/read_row.hpp"

namespace thranio::store {

// One column of the batch.
struct BatchColumn {
  bool numeric = false;
  std::vector<std::string> texts;
  std::vector<long long> numbers;
  std::vector<soci::indicator> present;

  void resize(size_t count) {
    present.resize(count);
    (numeric ? numbers.resize(count) : texts.resize(count));
  }
};

struct RawBulkInsert::State {
  explicit State(soci::session& session) : sql(session) {}

  void prepare(size_t count) {
    statement.emplace(sql);
    for (auto& column : batch) {
      column.resize(count);
      if (column.numeric)
        statement->exchange(soci::use(column.numbers, column.present));
      else
        statement->exchange(soci::use(column.texts, column.present));
    }
    statement->alloc();
    statement->prepare(text);
    statement->define_and_bind();
    bound = count;
  }

  soci::session& sql;
  std::string text;
  std::vector<BatchColumn> batch;
  size_t rows = 0;   // that wait
  size_t bound = 0;  // that the statement writes
  std::optional<soci::statement> statement;
};

RawBulkInsert::RawBulkInsert(soci::session& sql, const std::string& table,
                             const std::vector<std::string>& columns, const std::vector<bool>& numeric)
    : state_(std::make_unique<State>(sql)) {
  std::string places;
  for (size_t i = 0; i < columns.size(); ++i) {
    places += (i == 0 ? ":v" : ", :v") + std::to_string(i + 1);
    state_->batch.emplace_back().numeric = numeric[i];
    state_->batch.back().resize(kBatch);
  }
  state_->text = "INSERT INTO " + table + " (" + detail::names_of(columns) + ") VALUES (" + places + ")";
}

RawBulkInsert::~RawBulkInsert() = default;

void RawBulkInsert::add(std::vector<Value>&& row) {
  auto& s = *state_;
  for (size_t c = 0; c < s.batch.size(); ++c) {
    auto& column = s.batch[c];
    column.present[s.rows] = row[c].index() == 0 ? soci::i_null : soci::i_ok;
    if (auto* number = std::get_if<int64_t>(&row[c]))
      column.numbers[s.rows] = *number;
    else if (auto* text = std::get_if<std::string>(&row[c]))
      column.texts[s.rows].assign(*text);  // into the room that is there
  }
  if (++s.rows == kBatch) flush();
}

void RawBulkInsert::flush() {
  auto& s = *state_;
  if (s.rows == 0) return;
  if (s.bound != s.rows) s.prepare(s.rows);
  s.statement->execute(true);
  s.rows = 0;
  for (auto& column : s.batch)
    column.resize(kBatch);
}

void defer_foreign_keys(soci::session& sql) {
  sql << "PRAGMA defer_foreign_keys = ON";
}

struct RawLookup::State {
  State(soci::session& sql, const std::string& table, const std::string& columns) : statement(sql) {
    statement.exchange(soci::use(id));
    statement.alloc();
    statement.prepare("SELECT " + columns + " FROM " + table + " WHERE id = :id");
    statement.define_and_bind();
    statement.exchange_for_rowset(soci::into(row));
  }
  std::string id;
  soci::row row;
  soci::statement statement;
};

RawLookup::RawLookup(soci::session& sql, const std::string& table, const std::string& columns)
    : state_(std::make_unique<State>(sql, table, columns)) {}

RawLookup::~RawLookup() = default;

std::optional<std::vector<Value>> RawLookup::find(const std::string& id) {
  state_->id = id;
  state_->statement.execute(false);
  if (!state_->statement.fetch()) return std::nullopt;
  return read_row(state_->row);
}

}  // namespace thranio::store
