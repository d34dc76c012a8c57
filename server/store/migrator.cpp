#include "server/store/migrator.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

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

}  // namespace

void migrate(soci::session& session) {
  int version = 0;
  session << "PRAGMA user_version", soci::into(version);
  int number = 0;
  for (const auto& file : embedded::files()) {  // sorted by name
    if (!file.name.starts_with("schema/migrations/")) continue;
    if (++number <= version) continue;
    soci::transaction transaction(session);
    run_statements(session, file.content);
    session << "PRAGMA user_version = " + std::to_string(number);
    transaction.commit();
  }
  if (version > number)
    throw std::runtime_error("the database has schema " + std::to_string(version) + ", this program knows " +
                             std::to_string(number));
}

}  // namespace thranio::store
