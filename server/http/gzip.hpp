// Bodies in gzip (RFC 1952) where a thin link pays for every byte: session descriptions are text that shrinks
// to a fifth. Thread: any (functions).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thranio::http {

std::string gzip(std::string_view text);
// Nothing if it is no gzip, is cut short, or would be longer than `limit`.
std::optional<std::string> gunzip(std::string_view packed, size_t limit);

}  // namespace thranio::http
