#include "server/api/row_json.hpp"

#include "server/store/times.hpp"

namespace thranio::api {

nlohmann::json json_of(const store::Value& value, store::Look look) {
  const bool is_time = look == store::Look::kTime || look == store::Look::kToldTime;
  if (const auto* number = std::get_if<int64_t>(&value)) {
    if (is_time) return store::to_rfc3339(store::from_millis(*number));
    return *number;
  }
  const auto* text = std::get_if<std::string>(&value);
  if (!text || (look == store::Look::kDate && text->empty())) return nullptr;
  return *text;
}

Result<void> check_date(const std::string& text, const std::string& field) {
  if (store::parse_day(text)) return {};
  return fail(ErrorKind::kInvalid, "invalid-field", "This is no day of the calendar (YYYY-MM-DD).", field);
}

Error nothing_to_read(const std::string& member) {
  return {ErrorKind::kInvalid, "invalid-field", "There is nothing in it to read.", "/" + member, {}};
}

Result<std::string> words_in(const nlohmann::json& body, const std::string& member) {
  const std::string given = body.value(member, "");
  std::string words = clean_text(given, Lines::kOne);
  if (words.empty() && !given.empty()) return std::unexpected(nothing_to_read(member));
  return words;
}

Result<int64_t> parse_time(const std::string& text, const std::string& field) {
  if (const auto time = store::parse_rfc3339(text)) return store::to_millis(*time);
  return fail(ErrorKind::kInvalid, "invalid-field", "This is an RFC 3339 time with offset.", field);
}

}  // namespace thranio::api
