#include "server/http/router.hpp"

#include <exception>
#include <map>
#include <optional>

#include "pipelines/base/log.hpp"
#include "server/http/problem.hpp"

namespace thranio::http {
namespace {

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(path.front() == '/' ? 1 : 0);
    const size_t end = path.find('/');
    parts.push_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end);
  }
  return parts;
}

std::optional<std::map<std::string, std::string>> match(const std::vector<std::string_view>& wanted,
                                                        const std::vector<std::string_view>& given) {
  if (wanted.size() != given.size()) return std::nullopt;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].starts_with('{') ? given[i].empty() : wanted[i] != given[i]) return std::nullopt;
  std::map<std::string, std::string> parameters;
  for (size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i].starts_with('{')) parameters.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
  return parameters;
}

// The client tells "gone" from "moved on" by the code; the log tells an admin who was refused and why.
void log_refusal(const Request& request, const Error& error) {
  log::info("request refused", {{"method", to_string(request.method)},
                                {"path", request.path},
                                {"from", request.remote_address},
                                {"status", status_of(error.kind)},
                                {"code", error.code},
                                {"cause", error.detail},
                                {"field", error.field}});
}

}  // namespace

std::optional<std::map<std::string, std::string>> match_path(std::string_view pattern,
                                                             std::string_view path) {
  return match(segments(pattern), segments(path));
}

void Router::add(std::vector<Route> routes) {
  for (auto& route : routes)
    entries_.push_back({std::make_unique<const Route>(std::move(route)), {}});
  for (auto& entry : entries_)
    entry.segments = segments(entry.route->pattern);
}

std::optional<size_t> Router::max_body(Method method, std::string_view path) const {
  const auto given = segments(path);
  for (const auto& [route, wanted] : entries_)
    if (route->max_body > 0 && route->method == method && match(wanted, given)) return route->max_body;
  return std::nullopt;
}

boost::asio::awaitable<Response> Router::handle(Request request) const {
  const Method wanted = request.method == Method::kHead ? Method::kGet : request.method;
  std::string allowed;
  const Route* found = nullptr;
  const std::string path = request.path;
  const auto given = segments(path);
  for (const auto& [route, segments] : entries_) {
    auto parameters = match(segments, given);
    if (!parameters) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string{to_string(route->method)};
    if (route->method != wanted || found) continue;
    found = route.get();
    request.path_parameters = std::move(*parameters);
  }
  if (!found && !allowed.empty() && request.method == Method::kOptions) {
    Response response;
    response.status = 204;
    response.set("Allow", allowed + ", OPTIONS");
    co_return response;
  }
  if (!found) {
    const Error error =
        allowed.empty() ? Error{ErrorKind::kNotFound, "not-found", "There is nothing at this path.", "", {}}
                        : Error{ErrorKind::kMethodNotAllowed,
                                "method-not-allowed",
                                "This path does not know that method; see Allow.",
                                "",
                                {}};
    log_refusal(request, error);
    Response response = problem(error, path);
    if (!allowed.empty()) response.set("Allow", allowed + ", OPTIONS");
    co_return response;
  }
  std::string fault;
  try {
    Request head;  // for the log: the handler takes the request away, and its body may be large
    head.method = request.method;
    head.path = request.path;
    head.remote_address = request.remote_address;
    auto result = co_await found->handler(std::move(request));
    if (result) co_return std::move(*result);
    log_refusal(head, result.error());
    co_return problem(result.error(), path);
  } catch (const std::exception& exception) {
    fault = exception.what();
  }
  log::error("request failed", {{"path", path}, {"cause", fault}});
  co_return problem(
      {ErrorKind::kInternal, "internal-error", "The server failed; its log names the cause.", "", {}}, path);
}

}  // namespace thranio::http
