// What stands in a request beside its body: a Range lies within what there is or is refused, no name or value
// of a form holds a zero byte; a time, a version and a cursor are written as they are read, and a number is
// within its bounds.

// fuzz-sources: server/http/byte_range.cpp server/http/message.cpp server/store/times.cpp
// fuzz-sources: server/api/query.cpp server/store/cursor.cpp
#include <cstdint>
#include <string_view>

#include "server/api/query.hpp"
#include "server/http/byte_range.hpp"
#include "server/http/message.hpp"
#include "server/store/cursor.hpp"
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

// A header or a parameter that is no such thing is refused by its name, with the code that clients know.
template <typename T>
void refused_or(const Result<T>& read, std::string_view code, std::string_view field, bool good) {
  if (read)
    require(good);
  else
    require(read.error().code == code && read.error().field == field && !read.error().detail.empty());
}

void fuzz_version(std::string_view header) {
  http::Request request;
  request.headers.emplace_back("if-match", header);
  const auto version = api::wanted_version(request);
  refused_or(version, "invalid-version", "If-Match", version && api::etag_of(*version) == header);
}

void fuzz_list(std::string_view text) {
  http::Request request;
  for (const char* name : {"limit", "offset", "cursor", "dry_run"})
    request.query.emplace_back(name, text);
  const auto limit = api::wanted_limit(request);
  refused_or(limit, "invalid-field", "limit", limit && *limit >= 1 && *limit <= 200);
  const auto offset = api::number_in(request, "offset", 0, INT32_MAX, 0);
  refused_or(offset, "invalid-field", "offset", offset && *offset >= 0);
  const auto place = api::wanted_place(request);
  refused_or(place, "invalid-field", "cursor", place && place->has_value() == !text.empty());
  const auto yes = api::flag(request, "dry_run");
  refused_or(yes, "invalid-field", "dry_run", text == "true" || text == "false");
  const auto cursor = store::read_cursor(std::string(text));
  refused_or(cursor, "invalid-field", "cursor",
             cursor && store::cursor_of(cursor->first, cursor->second) == text);
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
  fuzz_version(text);
  fuzz_list(text);
  return 0;
}
