// A small blocking HTTP/1.1 client for loopback: the demo's teacher, and the tests. One request a connection,
// plain HTTP, whole bodies, kTimeout. Thread: any; never io.
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace thranio::http {

struct FetchedResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

constexpr auto kFetchTimeout = std::chrono::seconds(10);

// url: "http://127.0.0.1:8443/path?query". Throws std::runtime_error when no answer comes.
FetchedResponse fetch(const std::string& method, const std::string& url, const std::string& bearer,
                      const std::string& content_type, const std::string& body,
                      const std::map<std::string, std::string>& more_headers = {});

}  // namespace thranio::http
