#include "server/http/problem.hpp"

#include <nlohmann/json.hpp>

namespace thranio::http {

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kUnauthenticated:
      return 401;
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kMethodNotAllowed:
      return 405;
    case ErrorKind::kNotAcceptable:
      return 406;
    case ErrorKind::kTimeout:
      return 408;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kGone:
      return 410;
    case ErrorKind::kStale:
      return 412;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kUnsupportedMediaType:
      return 415;
    case ErrorKind::kPreconditionRequired:
      return 428;
    case ErrorKind::kTooMany:
      return 429;
    case ErrorKind::kHeadersTooLarge:
      return 431;
    case ErrorKind::kInternal:
      return 500;
    case ErrorKind::kUnavailable:
      return 503;
  }
  return 500;
}

std::string problem_type(const std::string& code) {
  return "/problems/" + code;
}

std::string problem_title(const std::string& code) {
  std::string title = code;
  for (char& c : title)
    if (c == '-') c = ' ';
  if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

Response problem(const Error& error, const std::string& instance) {
  nlohmann::ordered_json body{{"type", problem_type(error.code)},
                              {"title", problem_title(error.code)},
                              {"status", status_of(error.kind)},
                              {"detail", error.detail},
                              {"instance", instance}};
  if (!error.field.empty()) body["field"] = error.field;
  for (const auto& [name, value] : error.extra)
    body[name] = value;
  for (const auto& [name, value] : error.extra_json)
    body[name] = nlohmann::ordered_json::parse(value);
  Response response;
  response.status = status_of(error.kind);
  response.set("Content-Type", "application/problem+json");
  response.set("Cache-Control", "no-store");
  if (error.kind == ErrorKind::kUnauthenticated) response.set("WWW-Authenticate", "Bearer realm=\"thranio\"");
  // What a stranger sent may stand in the detail: bytes that are no UTF-8 are replaced, not thrown at.
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace thranio::http
