// The answer a caller must act on: a stable code and a sentence for people (style: errors, lane 2).
// http/problem turns it into RFC 9457 problem+json; the WebSocket's error message carries the same code.
// Every code is listed in schema/problems.md; text may change, codes never do. Faults are thrown instead
// (lane 3). Thread: any (value).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace thranio {

// What sort of refusal it is; http/problem alone knows which status code that means.
enum class ErrorKind : uint8_t {
  kInvalid,          // the request is malformed or a field is at fault
  kUnauthenticated,  // no token, or one we do not know
  kForbidden,        // known, but not allowed
  kNotFound,
  kMethodNotAllowed,
  kConflict,              // the state does not allow it now
  kStale,                 // If-Match names an older version
  kPreconditionRequired,  // a change without If-Match
  kGone,
  kTooLarge,
  kHeadersTooLarge,
  kUnsupportedMediaType,
  kNotAcceptable,
  kTooMany,      // rate or count limit
  kTimeout,      // the client was too slow
  kUnavailable,  // try again later
  kInternal,
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;    // "lesson-not-live": the last part of the problem type
  std::string detail;  // a sentence for people, in English; the client translates by code
  std::string field;   // JSON pointer to the field at fault, or empty
  std::vector<std::pair<std::string, std::string>>
      extra;  // extension members, e.g. {"take_over", "/api/v1/..."}
  std::vector<std::pair<std::string, std::string>> extra_json =
      {};  // the same, written as JSON: lists and objects
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string code, std::string detail,
                                   std::string field = {}) {
  return std::unexpected(Error{kind, std::move(code), std::move(detail), std::move(field), {}, {}});
}

}  // namespace thranio
