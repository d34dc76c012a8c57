// A fresh opaque id: prefix, milliseconds since 1970, 80 random bits; in Crockford's base 32. Ids sort by
// creation, so that lists are paged by them; nobody can guess one. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace thranio::store {

std::string new_id(std::string_view prefix);  // "l" → "l_01jd9q5v8k3m0f7x2c6n4b1z9t"

}  // namespace thranio::store
