// The files of a OneRoster ZIP, read in pieces: RFC 4180 rows with the line that each began on, never a whole
// file in memory. libzip unpacks, libcsv parses. Way: archive bytes → [CsvArchive] → one_roster_import.
// Thread: db. Bounds: 64 entries, 2 GiB unpacked (a ZIP that claims little and holds much is refused on the
// way), 64 KiB a field.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"

namespace thranio::roster {

struct CsvRow {
  int64_t line = 0;  // 1: the header
  std::vector<std::string> cells;
};

class CsvArchive {
 public:
  // The bytes outlive the archive. Error: invalid-archive.
  static Result<CsvArchive> open(const std::string& bytes);
  CsvArchive(CsvArchive&&) noexcept;
  ~CsvArchive();

  bool contains(const std::string& file) const;
  std::vector<std::string> files() const;
  uint64_t unpacked_size() const;

  // Each row, the header first; `take` says false to stop. Error: invalid-archive, naming file and line.
  Result<void> read(const std::string& file, const std::function<bool(CsvRow&)>& take) const;

 private:
  struct State;
  explicit CsvArchive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Writes such an archive into memory.
class CsvArchiveWriter {
 public:
  CsvArchiveWriter();
  ~CsvArchiveWriter();
  void begin(const std::string& file, const std::vector<std::string>& header);
  void add(const std::vector<std::string>& cells);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::roster
