#include "server/api/csv.hpp"

#include <string_view>

namespace thranio::api {
namespace {

// What may begin a formula (OWASP, CSV injection).
bool begins_formula(const std::string& cell) {
  return !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
}

void add_cell(std::string& row, const std::string& cell) {
  const bool formula = begins_formula(cell);
  if (!formula && cell.find_first_of(",\"\r\n") == std::string::npos) {
    row += cell;
    return;
  }
  row += formula ? "\"'" : "\"";
  for (const char c : cell)
    row += c == '"' ? std::string("\"\"") : std::string(1, c);
  row += '"';
}

}  // namespace

Result<Format> wanted_format(const http::Request& request) {
  const auto given = request.query_parameter("format");
  if (!given || *given == "json") return Format::kJson;
  if (*given == "csv") return Format::kCsv;
  return fail(ErrorKind::kInvalid, "invalid-field", "format is json or csv.", "format");
}

Csv::Csv(const std::vector<std::string>& header) : text_("\xef\xbb\xbf") {
  add(header);
}

void Csv::add(const std::vector<std::string>& cells) {
  for (bool first = true; const auto& cell : cells) {
    if (!first) text_ += ',';
    first = false;
    add_cell(text_, cell);
  }
  text_ += "\r\n";
}

http::Response csv_response(const std::string& name, std::string text) {
  http::Response response;
  response.set("Content-Type", "text/csv; charset=utf-8");
  response.set("Cache-Control", "no-store");
  response.set("Content-Disposition", "attachment; filename=\"" + name + ".csv\"");
  response.body = std::move(text);
  return response;
}

}  // namespace thranio::api
