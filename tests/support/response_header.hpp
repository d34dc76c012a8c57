// A header of an answer that was made in this process.
#pragma once

#include <string>

#include "server/http/message.hpp"

namespace thranio::test {

// Empty if there is none.
inline std::string header(const http::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

}  // namespace thranio::test
