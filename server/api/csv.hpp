// A table for a spreadsheet, as an answer: RFC 4180, with a byte order mark, since spreadsheets take UTF-8
// for something else without; a text that a spreadsheet would take for a formula is told to be a text. Way:
// attendance_json, class_record_api → [Csv] → the response, which nobody on the way keeps. Thread: any
// (pure).
#pragma once

#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "server/http/message.hpp"

namespace thranio::api {

enum class Format : uint8_t { kJson, kCsv };
// What ?format= asks for; JSON where it says nothing. Error: invalid-field.
Result<Format> wanted_format(const http::Request& request);

class Csv {
 public:
  explicit Csv(const std::vector<std::string>& header);
  void add(const std::vector<std::string>& cells);
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Saved as `name`.csv.
http::Response csv_response(const std::string& name, std::string text);

}  // namespace thranio::api
