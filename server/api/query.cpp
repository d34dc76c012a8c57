#include "server/api/query.hpp"

#include <charconv>

#include "server/store/cursor.hpp"

namespace thranio::api {
namespace {

// "\"7\"" → 7, in no other spelling.
std::optional<int64_t> version_of(std::string_view etag) {
  int64_t version = 0;
  if (etag.size() < 3) return std::nullopt;
  const auto [end, error] = std::from_chars(etag.data() + 1, etag.data() + etag.size() - 1, version);
  if (error != std::errc{} || etag_of(version) != etag) return std::nullopt;
  return version;
}

}  // namespace

std::string etag_of(int64_t version) {
  return "\"" + std::to_string(version) + "\"";
}

Result<int64_t> wanted_version(const http::Request& request) {
  const auto header = request.header("if-match");
  if (!header)
    return fail(ErrorKind::kPreconditionRequired, "version-required",
                "Send the ETag of the last answer as If-Match.", "If-Match");
  if (const auto version = version_of(*header)) return *version;
  return fail(ErrorKind::kInvalid, "invalid-version", "If-Match is no ETag of this server.", "If-Match");
}

Result<int> number_in(const http::Request& request, const char* name, int least, int most, int otherwise) {
  const auto given = request.query_parameter(name);
  if (!given) return otherwise;
  int value = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error == std::errc{} && end == given->data() + given->size() && value >= least && value <= most)
    return value;
  return fail(
      ErrorKind::kInvalid, "invalid-field",
      std::string(name) + " is a number from " + std::to_string(least) + " to " + std::to_string(most) + ".",
      name);
}

Result<int> wanted_limit(const http::Request& request, int most, int otherwise) {
  return number_in(request, "limit", 1, most, otherwise);
}

Result<std::optional<int64_t>> wanted_place(const http::Request& request) {
  const auto cursor = request.query_parameter("cursor");
  if (!cursor || cursor->empty()) return std::nullopt;
  const auto place = store::read_cursor(std::string{*cursor});
  if (!place) return std::unexpected(place.error());
  if (const auto* number = std::get_if<int64_t>(&place->first)) return *number;
  return fail(ErrorKind::kInvalid, "invalid-field", "cursor is of another list.", "cursor");
}

Result<bool> flag(const http::Request& request, const char* name) {
  const auto given = request.query_parameter(name);
  if (!given || *given == "false") return false;
  if (*given == "true") return true;
  return fail(ErrorKind::kInvalid, "invalid-field", std::string(name) + " is true or false.", name);
}

}  // namespace thranio::api
