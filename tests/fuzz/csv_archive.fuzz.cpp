// A ZIP that claims to be a roster: its rows come out, or a refusal. The same bytes are tried as cells of a
// good ZIP, too, where they get further.

// fuzz-sources: server/roster/csv_file.cpp
#include <algorithm>
#include <cstdint>
#include <string>

#include "server/roster/csv_file.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

namespace {

void read_all(const std::string& zip) {
  const auto archive = roster::CsvArchive::open(zip);
  if (!archive) return;
  for (const auto& file : archive->files()) {
    int64_t last = 0;
    (void)archive->read(file, [&](roster::CsvRow& row) {
      require(row.line > last);
      last = row.line;
      return true;
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_all(text);
  roster::CsvArchiveWriter writer;
  writer.begin("users.csv", {"sourcedId", "name"});
  for (size_t at = 0; at < text.size(); at += 16)
    writer.add({text.substr(at, 8), text.substr(std::min(at + 8, text.size()), 8)});
  read_all(writer.finish());
  return 0;
}
