#include "server/http/byte_range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace thranio::http {
namespace {

// As many digits as there are; more than a size holds is beyond every end.
std::optional<size_t> position_of(std::string_view digits) {
  size_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  return error == std::errc::result_out_of_range ? std::numeric_limits<size_t>::max() : position;
}

}  // namespace

std::optional<ByteRange> byte_range_of(std::string_view header, size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (size == 0 || !header.starts_with(kUnit)) return std::nullopt;
  const auto text = header.substr(kUnit.size());
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto first = position_of(text.substr(0, dash));
  if (!first) return std::nullopt;
  if (dash + 1 == text.size()) return ByteRange{*first, size - 1};
  const auto last = position_of(text.substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return ByteRange{*first, std::min(*last, size - 1)};
}

}  // namespace thranio::http
