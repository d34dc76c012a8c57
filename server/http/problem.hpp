// Error → application/problem+json (RFC 9457). The only file that knows which refusal is which status code.
// Way: handler's Error → [problem] → Response. Thread: any.
#pragma once

#include <string>

#include "pipelines/base/error.hpp"
#include "server/http/message.hpp"

namespace thranio::http {

int status_of(ErrorKind kind);

// "/problems/<code>": a reference that stays the same wherever a school hosts its server.
std::string problem_type(const std::string& code);
// "lesson-not-live" → "Lesson not live".
std::string problem_title(const std::string& code);

// instance: the path that was asked for.
Response problem(const Error& error, const std::string& instance);

}  // namespace thranio::http
