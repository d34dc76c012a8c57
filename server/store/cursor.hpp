// Where a page of a list ended: what the list is sorted by, and the id of the last row, as the text that a
// client hands back. A stranger's text is refused, and so is ours in any other spelling. Way: *_store, *_api
// → [cursor] → next_cursor → the next request. Thread: any (pure).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "pipelines/base/error.hpp"

namespace thranio::store {

using Value = std::variant<std::monostate, int64_t, std::string>;  // of a column

std::string cursor_of(const Value& sorted_by, const std::string& id);
// Error: invalid-field (cursor).
Result<std::pair<Value, std::string>> read_cursor(const std::string& cursor);

}  // namespace thranio::store
