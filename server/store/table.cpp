#include "server/store/table.hpp"

#include "server/store/bulk.hpp"
#include "server/store/database.hpp"
#include "server/store/statements.hpp"

namespace thranio::store {
namespace {

std::string placeholder(size_t number) {
  return ":v" + std::to_string(number);
}

// The statement and its values, in the order of the placeholders.
std::pair<std::string, std::vector<Value>> listing(
    const std::string& table, const std::string& columns, const Query& query,
    const std::optional<std::pair<Value, std::string>>& place) {
  std::string text = "SELECT " + columns + " FROM " + table;
  std::vector<Value> values;
  const auto next = [&](Value value) {
    values.push_back(std::move(value));
    return placeholder(values.size());
  };
  const char* glue = " WHERE ";
  for (const auto& condition : query.where) {
    text += glue + condition.column + " " + condition.relation;
    if (!condition.relation.ends_with("NULL")) text += " " + next(condition.value);
    glue = " AND ";
  }
  const std::string direction = query.descending ? " DESC" : "";
  if (place && query.sort == "id")
    text += glue + ("id " + std::string(query.descending ? "< " : "> ") + next(place->second));
  else if (place) {
    const std::string sorted_by = next(place->first), id = next(place->second);
    text += glue + ("(" + query.sort + ", id) " + (query.descending ? "<" : ">") + " (" + sorted_by + ", " +
                    id + ")");
  }
  text += " ORDER BY ";
  if (query.sort != "id") text += query.sort + direction + ", ";
  text += "id" + direction + " LIMIT " + std::to_string(query.limit);
  return {text, values};
}

}  // namespace

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text;
}

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string list_statement(const std::string& table, const std::string& columns, const Query& query) {
  std::optional<std::pair<Value, std::string>> place;
  if (!query.cursor.empty()) place.emplace();
  return listing(table, columns, query, place).first;
}

std::vector<std::vector<Value>> ask(soci::session& sql, const std::string& question,
                                    const std::vector<Value>& values) {
  Statement statement(sql, question);
  statement.bind(values);
  std::vector<std::vector<Value>> rows;
  while (statement.step())
    rows.push_back(statement.row());
  return rows;
}

int64_t run(soci::session& sql, const std::string& text, const std::vector<Value>& values) {
  Statement statement(sql, text);
  statement.bind(values);
  statement.step();
  return statement.affected();
}

WideCache::WideCache(soci::session& sql) : sql_(sql) {
  run(sql_, "PRAGMA cache_size = -65536");
}

WideCache::~WideCache() {
  try {
    run(sql_, "PRAGMA cache_size = -" + std::to_string(kWriterCacheKiB));
  } catch (const soci::soci_error&) {  // the disk is at fault, and the transaction says so
  }
}

void defer_foreign_keys(soci::session& sql) {
  run(sql, "PRAGMA defer_foreign_keys = ON");
}

namespace detail {

std::string names_of(const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& column : columns)
    text += (text.empty() ? "" : ", ") + column;
  return text;
}

std::string find_text(const std::string& table, const std::string& columns) {
  return "SELECT " + columns + " FROM " + table + " WHERE id = :v1";
}

std::string insert_text(const std::string& table, const std::vector<std::string>& columns) {
  std::string places;
  for (size_t i = 1; i <= columns.size(); ++i)
    places += (i == 1 ? "" : ", ") + placeholder(i);
  return "INSERT INTO " + table + " (" + names_of(columns) + ") VALUES (" + places + ")";
}

std::optional<Values> find(soci::session& sql, const std::string& table, const std::string& columns,
                           const std::string& id) {
  auto rows = ask(sql, find_text(table, columns), {id});
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<std::vector<Values>> list(soci::session& sql, const std::string& table, const std::string& columns,
                                 const Query& query) {
  std::optional<std::pair<Value, std::string>> place;
  if (!query.cursor.empty()) {
    auto read = read_cursor(query.cursor);
    if (!read) return std::unexpected(read.error());
    place = std::move(*read);
  }
  const auto [text, values] = listing(table, columns, query, place);
  return ask(sql, text, values);
}

void insert(soci::session& sql, const std::string& table, const std::vector<std::string>& columns,
            const Values& values) {
  run(sql, insert_text(table, columns), values);
}

bool update(soci::session& sql, const std::string& table, const std::vector<std::string>& columns,
            const Values& values, const std::string& id, int64_t from) {
  std::string sets;
  std::vector<Value> bound;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "id" || columns[i] == "version") continue;
    bound.push_back(values[i]);
    sets += columns[i] + " = " + placeholder(bound.size()) + ", ";
  }
  bound.emplace_back(id);
  const std::string which = placeholder(bound.size());
  bound.emplace_back(from);
  return run(sql,
             "UPDATE " + table + " SET " + sets + "version = version + 1 WHERE id = " + which +
                 " AND version = " + placeholder(bound.size()),
             bound) == 1;
}

}  // namespace detail
}  // namespace thranio::store
