#include "server/slides/slide_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "pipelines/base/log.hpp"

namespace thranio::slides {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHalf = ".half";

std::string sha256(std::span<const uint8_t> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

bool is_hash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(size));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return false;
  const bool done = fsync(handle) == 0;
  close(handle);
  return done;
}

Result<void> write_whole(const fs::path& path, std::string_view bytes) {
  const fs::path half = path.string() + std::string{kHalf};
  const int file = open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = file >= 0 && write_all(file, bytes) && fsync(file) == 0;
  const int cause = errno;
  if (file >= 0) close(file);
  if (written && rename(half.c_str(), path.c_str()) == 0 && sync_folder(path.parent_path())) return {};
  log::error("slides: a file cannot be written",
             {{"file", path.string()}, {"cause", std::strerror(written ? errno : cause)}});
  std::error_code ignored;
  fs::remove(half, ignored);
  return fail(ErrorKind::kUnavailable, "store-unavailable", "The server's disk takes no writes.");
}

}  // namespace

SlideFiles::SlideFiles(const std::string& data_folder)
    : pages_(fs::path(data_folder) / "slides" / "pages"),
      incoming_(fs::path(data_folder) / "slides" / "incoming"),
      work_(fs::path(data_folder) / "slides" / "work") {
  for (const auto& folder : {pages_, incoming_, work_})
    fs::create_directories(folder);
  fs::permissions(pages_.parent_path(), fs::perms::owner_all);
}

Result<std::string> SlideFiles::keep_page(std::span<const uint8_t> bytes) const {
  std::string hash = sha256(bytes);
  const fs::path folder = pages_ / hash.substr(0, 2);
  std::error_code fault;
  if (fs::exists(folder / hash, fault)) return hash;
  if (fs::create_directory(folder, fault)) sync_folder(pages_);
  auto written = write_whole(folder / hash, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!written) return std::unexpected(written.error());
  return hash;
}

std::optional<std::string> SlideFiles::read_page(const std::string& hash) const {
  if (!is_hash(hash)) return std::nullopt;
  std::ifstream file(pages_ / hash.substr(0, 2) / hash, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<void> SlideFiles::keep_incoming(const std::string& deck, std::string_view bytes) const {
  return write_whole(incoming_ / deck, bytes);
}

void SlideFiles::drop_incoming(const std::string& deck) const {
  std::error_code ignored;
  fs::remove(incoming_ / deck, ignored);
}

SlideFiles::Work::Work(fs::path folder) : folder_(std::move(folder)) {
  fs::remove_all(folder_);
  fs::create_directory(folder_);
}

SlideFiles::Work::~Work() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void SlideFiles::clear_leftovers(const std::function<bool(const std::string&)>& waits) const {
  std::error_code fault;
  for (const auto& entry : fs::directory_iterator(work_))
    fs::remove_all(entry.path(), fault);
  for (const auto& entry : fs::directory_iterator(incoming_))
    if (!waits(entry.path().filename().string())) fs::remove(entry.path(), fault);
}

size_t SlideFiles::sweep(const std::function<bool(const std::string&)>& used) const {
  size_t removed = 0;
  std::error_code fault;
  for (const auto& folder : fs::directory_iterator(pages_)) {
    if (!folder.is_directory()) continue;
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (!used(entry.path().filename().string()) && fs::remove(entry.path(), fault)) ++removed;
  }
  return removed;
}

}  // namespace thranio::slides
