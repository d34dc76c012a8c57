#include "server/store/cursor.hpp"

#include <charconv>
#include <optional>
#include <string_view>

namespace thranio::store {
namespace {

constexpr char kSeparator = '\x1f';  // between a cursor's parts
constexpr std::string_view kHex = "0123456789abcdef";

std::string hex_of(std::string_view plain) {
  std::string hex;
  hex.reserve(plain.size() * 2);
  for (const char c : plain) {
    hex += kHex[static_cast<uint8_t>(c) >> 4];
    hex += kHex[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

// Stops at what is no hex.
std::string plain_of(std::string_view hex) {
  std::string plain;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const auto high = kHex.find(hex[i]), low = kHex.find(hex[i + 1]);
    if (high == kHex.npos || low == kHex.npos) break;
    plain += static_cast<char>(high << 4 | low);
  }
  return plain;
}

// n: no value, i7, tText.
std::optional<Value> value_of(std::string_view plain) {
  const auto rest = plain.substr(1);
  if (plain[0] == 't') return Value(std::string(rest));
  if (plain[0] == 'n') return Value();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (plain[0] != 'i' || error != std::errc{}) return std::nullopt;
  return Value(number);
}

}  // namespace

std::string cursor_of(const Value& sorted_by, const std::string& id) {
  std::string plain = "n";
  if (const auto* number = std::get_if<int64_t>(&sorted_by)) plain = "i" + std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&sorted_by)) plain = "t" + *text;
  return hex_of(plain + kSeparator + id);
}

Result<std::pair<Value, std::string>> read_cursor(const std::string& cursor) {
  const std::string plain = plain_of(cursor);
  const size_t end = plain.rfind(kSeparator);
  if (end != plain.npos && end > 0) {
    const auto value = value_of(std::string_view(plain).substr(0, end));
    std::string id = plain.substr(end + 1);
    if (value && cursor_of(*value, id) == cursor) return std::pair{*value, std::move(id)};
  }
  return fail(ErrorKind::kInvalid, "invalid-field", "cursor is the next_cursor of the page before.",
              "cursor");
}

}  // namespace thranio::store
