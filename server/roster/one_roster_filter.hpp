// The filter of a OneRoster REST request: name='Anna' AND dateLastModified>'2026-09-01' (OneRoster 1.2
// REST, 3.4.3). Pure. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/error.hpp"

namespace thranio::roster {

struct FilterTerm {
  std::string field;
  std::string relation;  // = != > >= < <= ~ (holds)
  std::string value;
};

struct OneRosterFilter {
  static constexpr size_t kMostTerms = 8;
  std::vector<FilterTerm> terms;
  bool any = false;  // OR; else AND
};

// '' filters nothing. A quote inside a value is written twice. Error: invalid-field (filter).
Result<OneRosterFilter> parse_filter(std::string_view text);

}  // namespace thranio::roster
