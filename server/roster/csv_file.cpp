#include "server/roster/csv_file.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <csv.h>
#include <zip.h>

namespace thranio::roster {
namespace {

constexpr int64_t kMostEntries = 64;
constexpr uint64_t kMostBytes = 2ULL << 30;
constexpr size_t kLongestField = 64 * 1024;
constexpr size_t kPiece = 64 * 1024;

std::unexpected<Error> bad_archive(std::string sentence) {
  return fail(ErrorKind::kInvalid, "invalid-archive", std::move(sentence));
}

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

// One file's rows, as libcsv's callbacks put them together.
struct Rows {
  const std::function<bool(CsvRow&)>& take;
  CsvRow row;
  size_t fields = 0;
  int64_t next_line = 1;
  bool stopped = false, too_long = false;

  static void on_field(void* data, size_t size, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    if (rows.stopped) return;
    if (size > kLongestField) {
      rows.stopped = rows.too_long = true;
      return;
    }
    if (rows.fields == rows.row.cells.size()) rows.row.cells.emplace_back();
    auto& cell = rows.row.cells[rows.fields++];
    cell.assign(static_cast<const char*>(data), size);
    rows.next_line += std::ranges::count(cell, '\n');  // a quoted field may go over lines
  }
  static void on_row(int, void* self) {
    auto& rows = *static_cast<Rows*>(self);
    if (rows.stopped) return;
    rows.row.cells.resize(rows.fields);
    rows.fields = 0;
    const bool empty = rows.row.cells.empty() || (rows.row.cells.size() == 1 && rows.row.cells[0].empty());
    if (!empty && !rows.take(rows.row)) rows.stopped = true;
    rows.row.line = ++rows.next_line;
  }
};

}  // namespace

struct CsvArchive::State {
  zip_t* zip = nullptr;
  std::map<std::string, zip_uint64_t> entries;
  uint64_t size = 0;
  ~State() {
    if (zip) zip_discard(zip);
  }
};

CsvArchive::CsvArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvArchive::CsvArchive(CsvArchive&&) noexcept = default;
CsvArchive::~CsvArchive() = default;

Result<CsvArchive> CsvArchive::open(const std::string& bytes) {
  auto state = std::make_unique<State>();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source) state->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (!state->zip) {
    if (source) zip_source_free(source);
    return bad_archive("This is no ZIP file: " + std::string(zip_error_strerror(&error)) + ".");
  }
  const int64_t count = zip_get_num_entries(state->zip, 0);
  if (count > kMostEntries) return bad_archive("A OneRoster ZIP has fewer than 64 files.");
  for (int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    if (zip_stat_index(state->zip, static_cast<zip_uint64_t>(i), 0, &stat) != 0 || !stat.name) continue;
    state->entries[stat.name] = static_cast<zip_uint64_t>(i);
    state->size += stat.size;
  }
  if (state->size > kMostBytes) return bad_archive("Unpacked, this is more than 2 GiB.");
  return CsvArchive(std::move(state));
}

bool CsvArchive::contains(const std::string& file) const {
  return state_->entries.contains(file);
}

std::vector<std::string> CsvArchive::files() const {
  std::vector<std::string> names;
  names.reserve(state_->entries.size());
  for (const auto& [name, index] : state_->entries)
    names.push_back(name);
  return names;
}

uint64_t CsvArchive::unpacked_size() const {
  return state_->size;
}

Result<void> CsvArchive::read(const std::string& file, const std::function<bool(CsvRow&)>& take) const {
  const auto at = state_->entries.find(file);
  if (at == state_->entries.end()) return bad_archive(file + " is not in the ZIP.");
  const std::unique_ptr<zip_file_t, CloseEntry> entry(zip_fopen_index(state_->zip, at->second, 0));
  if (!entry) return bad_archive(file + ": " + zip_strerror(state_->zip) + ".");
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::runtime_error("libcsv does not start");
  const std::unique_ptr<csv_parser, decltype(&csv_free)> freed(&parser, csv_free);
  Rows rows{take, {}};
  rows.row.line = 1;
  const auto broken = [&]() -> Result<void> {
    return bad_archive(file + ", line " + std::to_string(rows.row.line) + ": " +
                       (rows.too_long ? "a field is longer than 64 KiB."
                                      : csv_strerror(csv_error(&parser)) + std::string(".")));
  };
  std::vector<char> piece(kPiece);
  uint64_t total = 0;
  for (bool first = true; !rows.stopped; first = false) {
    const auto size = zip_fread(entry.get(), piece.data(), piece.size());
    if (size < 0) return bad_archive(file + " is damaged.");
    if (size == 0) break;
    total += static_cast<uint64_t>(size);
    if (total > kMostBytes) return bad_archive(file + " is larger than the ZIP says.");
    const char* begin = piece.data();
    auto length = static_cast<size_t>(size);
    if (first && std::string_view(begin, length).starts_with("\xef\xbb\xbf")) {  // a byte order mark
      begin += 3;
      length -= 3;
    }
    if (csv_parse(&parser, begin, length, Rows::on_field, Rows::on_row, &rows) != length) return broken();
  }
  if (!rows.stopped && csv_fini(&parser, Rows::on_field, Rows::on_row, &rows) != 0) return broken();
  if (rows.too_long) return broken();
  return {};
}

struct CsvArchiveWriter::State {
  std::map<std::string, std::string> files;
  std::string* current = nullptr;
};

CsvArchiveWriter::CsvArchiveWriter() : state_(std::make_unique<State>()) {}
CsvArchiveWriter::~CsvArchiveWriter() = default;

void CsvArchiveWriter::begin(const std::string& file, const std::vector<std::string>& header) {
  state_->current = &state_->files[file];
  add(header);
}

void CsvArchiveWriter::add(const std::vector<std::string>& cells) {
  auto& out = *state_->current;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      out += cells[i];
      continue;
    }
    out += '"';
    for (const char c : cells[i])
      out += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += '"';
  }
  out += "\r\n";
}

std::string CsvArchiveWriter::finish() {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* zip = target ? zip_open_from_source(target, ZIP_TRUNCATE, &error) : nullptr;
  if (!zip) throw std::runtime_error("libzip does not start");
  zip_source_keep(target);
  for (const auto& [name, content] : state_->files) {
    zip_source_t* source = zip_source_buffer(zip, content.data(), content.size(), 0);
    if (!source || zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8) < 0)
      throw std::runtime_error("libzip takes no file");
  }
  if (zip_close(zip) != 0) throw std::runtime_error("libzip does not write");
  std::string bytes;
  zip_stat_t stat;
  zip_source_stat(target, &stat);
  bytes.resize(stat.size);
  zip_source_open(target);
  const auto size = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  if (size != static_cast<zip_int64_t>(bytes.size())) throw std::runtime_error("libzip lost bytes");
  return bytes;
}

}  // namespace thranio::roster
