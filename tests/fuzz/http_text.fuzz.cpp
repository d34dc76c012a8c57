// What stands in a request beside its body: a Range lies within what there is or is refused, no name or value
// of a form holds a zero byte, a time is written as it is read.

// fuzz-sources: server/http/byte_range.cpp server/http/message.cpp server/store/times.cpp
#include <cstdint>
#include <string_view>

#include "server/http/byte_range.hpp"
#include "server/http/message.hpp"
#include "server/store/times.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

namespace {

void fuzz_range(std::string_view header, size_t size) {
  const auto range = http::byte_range_of(header, size);
  if (!range) return;
  require(size > 0 && range->last < size);
  if (range->first > range->last) require(range->first >= size);  // beyond the end, not turned round
}

void fuzz_form(std::string_view text) {
  const auto form = http::parse_form(text);
  if (!form) return;
  for (const auto& [name, value] : *form)
    require(name.find('\0') == name.npos && value.find('\0') == value.npos &&
            name.size() + value.size() <= text.size());
}

void fuzz_time(std::string_view text) {
  const auto time = store::parse_rfc3339(text);
  if (time) require(store::parse_rfc3339(store::to_rfc3339(*time)) == time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const size_t there : {size_t{0}, size_t{1}, size_t{1000}, SIZE_MAX})
    fuzz_range(text, there);
  fuzz_form(text);
  const auto path = http::percent_decode(text, false);
  require(!path || path->find('\0') == path->npos);
  fuzz_time(text);
  return 0;
}
