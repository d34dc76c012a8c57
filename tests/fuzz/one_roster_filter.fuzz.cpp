// A filter out of a query: refused, or terms that are whole.

// fuzz-sources: server/roster/one_roster_filter.cpp
#include "server/roster/one_roster_filter.hpp"

#include <cstdint>
#include <string_view>

#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto filter = thranio::roster::parse_filter({reinterpret_cast<const char*>(data), size});
  if (!filter) return 0;
  require(filter->terms.size() <= thranio::roster::OneRosterFilter::kMostTerms);
  for (const auto& term : filter->terms)
    require(!term.field.empty() && !term.relation.empty() && term.value.size() <= size);
  return 0;
}
