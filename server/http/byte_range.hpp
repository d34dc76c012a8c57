// The Range header of a request for bytes (RFC 9110 section 14.2). One range is told; what is invalid, a list
// or the end by its length is as if it had not been asked: the whole is told. Way: handler → [byte_range_of].
// Thread: any (pure).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace thranio::http {

struct ByteRange {
  size_t first = 0, last = 0;  // last is within the size; first beyond it: not satisfiable (416)
};
std::optional<ByteRange> byte_range_of(std::string_view header, size_t size);

}  // namespace thranio::http
