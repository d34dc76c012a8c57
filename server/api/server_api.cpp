#include "server/api/routes.hpp"
#include "server/embedded/embedded_files.hpp"

namespace thranio::api {
namespace {

Answer text(int status, std::string type, std::string body) {
  http::Response response;
  response.status = status;
  response.set("Content-Type", std::move(type));
  response.set("Cache-Control", "no-store");
  response.body = std::move(body);
  co_return response;
}

}  // namespace

std::vector<http::Route> server_routes(std::function<std::string()> metrics, std::function<bool()> ready) {
  using http::Method;
  return {
      {Method::kGet, "/healthz", [](http::Request) { return text(200, "text/plain", "ok\n"); }},
      {Method::kGet, "/readyz",
       [ready](http::Request) {
         const bool yes = ready();
         return text(yes ? 200 : 503, "text/plain", yes ? "ready\n" : "stopping\n");
       }},
      {Method::kGet, "/metrics",
       [metrics](http::Request) { return text(200, "text/plain; version=0.0.4", metrics()); }},
      {Method::kGet, "/api/v1/openapi.yaml",
       [](http::Request) {
         return text(200, "application/yaml",
                     std::string{embedded::find("schema/openapi.yaml").value_or("")});
       }},
  };
}

}  // namespace thranio::api
