// The real server as a child process on a port of its own, and requests to it whose every answer is checked
// against schema/openapi.yaml. Way: test → [ServerProcess] → loopback → build/.../thranio. Owned by the test;
// killed with it. Thread: the test's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "server/api/schemas.hpp"
#include "server/http/client.hpp"

namespace thranio::test {

class ServerProcess {
 public:
  // more: options of `thranio serve`.
  explicit ServerProcess(std::string data_folder, const std::vector<std::string>& more = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  const std::string& origin() const { return origin_; }
  void kill_dash_nine();
  int terminate();  // SIGTERM; its exit code

 private:
  std::string data_;
  std::string origin_;
  pid_t child_ = -1;
};

// A token of the server's admin, issued beside whatever server runs on this folder.
std::string admin_token(const std::string& data_folder);
// `thranio token create --data DIR --role admin`: what it prints, without the line's end. A process more.
std::string printed_admin_token(const std::string& data_folder);

// Speaks REST with one token. Fails the test when an answer is not what the contract promises.
class RestClient {
 public:
  RestClient(std::string origin, std::string bearer);
  using Headers = std::map<std::string, std::string>;

  // path: "/schools", below /api/v1.
  http::FetchedResponse get(const std::string& path) const;
  http::FetchedResponse post(const std::string& path, const std::string& json) const;
  http::FetchedResponse patch(const std::string& path, const std::string& json, const Headers& headers) const;
  http::FetchedResponse erase(const std::string& path, const Headers& headers = {}) const;
  http::FetchedResponse ask(const std::string& method, const std::string& path, const std::string& type,
                            const std::string& body, const Headers& headers = {}) const;

 private:
  std::string origin_;
  std::string bearer_;
};

}  // namespace thranio::test
