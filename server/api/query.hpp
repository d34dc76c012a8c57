// What a request asks for beside its body, read strictly: a version (If-Match), how many of a list and from
// where on, yes and no. Way: router → [query] → *_api. Thread: any (pure).
// Spec: RFC 9110 section 13.1.1 (If-Match; a strong ETag of ours is a version in quotes).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pipelines/base/error.hpp"
#include "server/http/message.hpp"

namespace thranio::api {

std::string etag_of(int64_t version);  // 7 → "7", in quotes
// The version that a change is made from. Errors: version-required, invalid-version.
Result<int64_t> wanted_version(const http::Request& request);

// ?name=; a whole number within both ends. Error: invalid-field.
Result<int> number_in(const http::Request& request, const char* name, int least, int most, int otherwise);
// ?limit=, how many of a list. Error: invalid-field.
Result<int> wanted_limit(const http::Request& request, int most = 200, int otherwise = 50);
// ?cursor= of a list that is in order of a number: the number of the last row of the page before; nothing on
// the first page. Error: invalid-field.
Result<std::optional<int64_t>> wanted_place(const http::Request& request);
// ?name=true or false. Error: invalid-field.
Result<bool> flag(const http::Request& request, const char* name);

}  // namespace thranio::api
