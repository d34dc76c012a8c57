// Serves the built client from inside the binary: "/", "/join/..." and every other page path get index.html,
// hashed assets get themselves and may be kept for ever. Assets that the page does not begin with give way to
// the voice. Precompressed copies (.br, .gz) are preferred where
// accepted. Way: connection → [static_files]. Owned by main. Thread: any (immutable).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/http/message.hpp"

namespace thranio::http {

class StaticFiles {
 public:
  struct File {
    std::string path;  // "/assets/main-4f2a.js"
    std::string_view content;
  };
  explicit StaticFiles(std::vector<File> files);

  // True for GET and HEAD of anything but what programs ask for (/api/, /calendars/ ...).
  bool serves(const Request& request) const;
  Response respond(const Request& request) const;

 private:
  std::unordered_map<std::string, std::string_view> files_;
  std::string_view page_;  // index.html
};

}  // namespace thranio::http
