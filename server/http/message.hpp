// A request and a response as values: what handlers see of HTTP (RFC 9110). Beast stays inside listener.cpp
// and connection.cpp, so that the handlers compile fast and are tested without a socket. Way: connection →
// [Request] → router → handler → [Response] → connection. Thread: any (values).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thranio::http {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
std::string_view to_string(Method method);

struct Request {
  Method method = Method::kGet;
  std::string path;  // percent-decoded, no query: "/api/v1/lessons/l_42"
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string remote_address;  // without the port
  std::string origin;          // scheme and authority as the client sees us: "https://school.example:8443"
  std::map<std::string, std::string> path_parameters;  // filled by the router: {"id", "l_42"}

  std::optional<std::string_view> header(std::string_view lower_case_name) const;
  std::optional<std::string_view> query_parameter(std::string_view name) const;
  const std::string& path_parameter(const std::string& name) const { return path_parameters.at(name); }
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::string_view>
      static_body;      // bytes that live as long as the process (embedded files); body is empty then
  bool beside = false;  // it is loaded while a lesson's media flow: on a long line it gives way to them

  void set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

// RFC 3986 section 2.1. Nothing for what is no encoding, or holds a zero byte.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
// "a=1&b=2", decoded, in order: a query, or a body of application/x-www-form-urlencoded.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

}  // namespace thranio::http
