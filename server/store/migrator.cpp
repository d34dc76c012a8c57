#include "server/store/migrator.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soci/soci.h>

#include "server/embedded/embedded_files.hpp"

namespace thranio::store {
namespace {

// One statement after the other: SOCI prepares one at a time. A statement ends with a line that ends with
// ';'.
void run_statements(soci::session& session, std::string_view sql) {
  std::string statement;
  size_t line_start = 0;
  while (line_start < sql.size()) {
    const size_t end = std::min(sql.find('\n', line_start), sql.size());
    const std::string_view line = sql.substr(line_start, end - line_start);
    line_start = end + 1;
    if (line.starts_with("--")) continue;
    statement += std::string{line} + "\n";
    if (!line.ends_with(';')) continue;
    session << statement;
    statement.clear();
  }
}

void apply(soci::session& session, int number, std::string_view sql) {
  session << "BEGIN IMMEDIATE";
  try {
    if (schema_version(session) < number) {  // or another process came first
      run_statements(session, sql);
      session << "PRAGMA user_version = " + std::to_string(number);
    }
    session << "COMMIT";
  } catch (...) {
    session << "ROLLBACK";
    throw;
  }
}

std::vector<std::string_view> migrations() {
  std::vector<std::string_view> all;
  for (const auto& file : embedded::files())  // sorted by name
    if (file.name.starts_with("schema/migrations/")) all.push_back(file.content);
  return all;
}

}  // namespace

int schema_version(soci::session& session) {
  int version = 0;
  session << "PRAGMA user_version", soci::into(version);
  return version;
}

void migrate(soci::session& session, int up_to) {
  const auto all = migrations();
  const int newest = static_cast<int>(all.size());
  const int found = schema_version(session);
  if (found > newest)
    throw std::runtime_error("the database has schema " + std::to_string(found) + ", this program knows " +
                             std::to_string(newest) + ": start the newer program");
  for (int number = found + 1; number <= std::min(newest, up_to); ++number)
    apply(session, number, all[static_cast<size_t>(number - 1)]);
}

}  // namespace thranio::store
