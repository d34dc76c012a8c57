// The whole REST surface as one table: method, path pattern, handler. Patterns are literal segments and
// {names}. Unknown path: problem not-found; known path, other method: method-not-allowed with Allow; HEAD
// answers as GET without the body; OPTIONS answers with Allow. A handler's Error becomes problem+json here, a
// thrown exception becomes problem internal-error with a log line (style: errors, lanes 2 and 3). Way:
// connection → [router] → *_api. Owned by main. Thread: any (immutable once served).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "pipelines/base/error.hpp"
#include "server/http/message.hpp"

namespace thranio::http {

using Handler = std::function<boost::asio::awaitable<Result<Response>>(Request)>;

// The parameters of a path that fits the pattern, or nothing.
std::optional<std::map<std::string, std::string>> match_path(std::string_view pattern, std::string_view path);

struct Route {
  Method method;
  std::string pattern;  // "/api/v1/lessons/{id}/start"
  Handler handler;
  size_t max_body = 0;  // bytes that it takes; 0: what the listener is set to
};

class Router {
 public:
  void add(std::vector<Route> routes);
  // Answers every request, also the wrong ones. Never throws.
  boost::asio::awaitable<Response> handle(Request request) const;
  // How much body the route of this request takes, if it says so itself.
  std::optional<size_t> max_body(Method method, std::string_view path) const;

 private:
  struct Entry {
    std::unique_ptr<const Route> route;  // lies still: the segments are of its pattern
    std::vector<std::string_view> segments;
  };

  // Set at construction time, never changed once served.
  std::vector<Entry> entries_;
};

}  // namespace thranio::http
