// Requests that named themselves (Idempotency-Key) and how they were answered, for a day. Thread: db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pipelines/base/error.hpp"
#include "server/http/message.hpp"

namespace soci {
class session;
}

namespace thranio::api {

struct RequestName {
  std::string token_id;
  std::string key;          // "": the request has no name
  std::string fingerprint;  // method, path and body, hashed: the same key for something else is a mistake
  int64_t now_ms = 0;
};

// Error: invalid-field for a key that is empty or too long.
Result<RequestName> request_name(const http::Request& request, const std::string& token_id, int64_t now_ms);
// Error: idempotency-key-reused.
Result<std::optional<http::Response>> answer_before(soci::session& sql, const RequestName& name);
// Those that tell of `id` are not given again.
void forget_answers(soci::session& sql, const std::string& id);
void keep_answer(soci::session& sql, const RequestName& name, const http::Response& answer);

}  // namespace thranio::api
