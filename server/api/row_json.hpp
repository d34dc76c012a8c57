// A table's row as JSON and back: the same columns that store/table knows, by the same names. Thread: any
// (pure).
#pragma once

#include <nlohmann/json.hpp>

#include "pipelines/base/error.hpp"
#include "server/store/table.hpp"
#include "server/store/time_zone.hpp"

namespace thranio::api {

nlohmann::json json_of(const store::Value& value, store::Look look);
// Error: invalid-field, for a date that no calendar has.
Result<void> check_date(const std::string& text, const std::string& field);
// Milliseconds. Error: invalid-field.
Result<int64_t> parse_time(const std::string& text, const std::string& field);
// Error: invalid-field, for a text of characters that nobody sees.
Error nothing_to_read(const std::string& member);
// A text of a body that fits its schema, as others may be shown it. Error: as above.
Result<std::string> words_in(const nlohmann::json& body, const std::string& member);
inline bool is_told_only(store::Look look) {
  return look == store::Look::kHidden || look == store::Look::kReadOnly || look == store::Look::kToldTime;
}

template <typename Row>
nlohmann::json row_json(const Row& row) {
  auto json = nlohmann::json::object();
  for (const auto& column : store::table_of<Row>().columns) {
    if (column.look == store::Look::kHidden) continue;
    std::visit(
        [&](auto member) {
          using T = std::remove_cvref_t<decltype(row.*member)>;
          if constexpr (std::is_same_v<T, std::vector<std::string>> || std::is_same_v<T, bool>)
            json[column.name] = row.*member;
          else
            json[column.name] = json_of(store::detail::value_of(row, column), column.look);
        },
        column.member);
  }
  return json;
}

// The members of `body` over those of `row`; the body fits its schema. Error: invalid-field (dates, commas in
// lists, names without a character that is seen).
template <typename Row>
Result<void> merge(Row& row, const nlohmann::json& body) {
  for (const auto& column : store::table_of<Row>().columns) {
    if (is_told_only(column.look) || !body.contains(column.name)) continue;
    const auto& given = body[column.name];
    const std::string field = std::string("/") + column.name;
    if (column.look == store::Look::kDate && !given.is_null())
      if (auto good = check_date(given, field); !good) return good;
    if (column.look == store::Look::kTime) {
      const auto time = parse_time(given, field);
      if (!time) return std::unexpected(time.error());
      store::detail::set_value(row, column, *time);
      continue;
    }
    std::visit(
        [&](auto member) {
          using T = std::remove_cvref_t<decltype(row.*member)>;
          if (given.is_null())
            row.*member = T{};
          else if constexpr (std::is_same_v<T, std::optional<std::string>>)
            row.*member = given.template get<std::string>();
          else if constexpr (std::is_same_v<T, std::optional<int64_t>>)
            row.*member = given.template get<int64_t>();
          else
            row.*member = given.template get<T>();
        },
        column.member);
    if (given.is_array())
      for (const auto& word : given)
        if (word.template get<std::string>().find(',') != std::string::npos)
          return fail(ErrorKind::kInvalid, "invalid-field", "A word of a list has no comma in it.", field);
  }
  if (const char* emptied = store::clean_words(row)) return std::unexpected(nothing_to_read(emptied));
  return {};
}

}  // namespace thranio::api
