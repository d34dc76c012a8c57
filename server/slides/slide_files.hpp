// Where slides lie on the disk, below the data folder: slides/pages/ab/<SHA-256> holds a page's picture,
// named by what it holds, so that the same page of two decks is one file; slides/incoming/<deck> an uploaded
// file until it is converted; slides/work/<deck> what a converter is busy with. A file is whole and on the
// disk (fsync, then renamed) before anybody is told its name.
// Way: api, workshop → [SlideFiles] → disk. Owned by main. Thread: any (no state; the names do not collide).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pipelines/base/error.hpp"

namespace thranio::slides {

class SlideFiles {
 public:
  // Throws std::filesystem::filesystem_error where folders cannot be made.
  explicit SlideFiles(const std::string& data_folder);

  // Error: store-unavailable (the disk is full, or takes no writes).
  Result<std::string> keep_page(std::span<const uint8_t> bytes) const;  // → its hash
  std::optional<std::string> read_page(const std::string& hash) const;
  Result<void> keep_incoming(const std::string& deck, std::string_view bytes) const;
  std::filesystem::path incoming(const std::string& deck) const { return incoming_ / deck; }
  void drop_incoming(const std::string& deck) const;

  // An empty folder for a converter, gone with the value.
  class Work {
   public:
    explicit Work(std::filesystem::path folder);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    const std::filesystem::path& folder() const { return folder_; }

   private:
    const std::filesystem::path folder_;
  };
  Work work(const std::string& deck) const { return Work(work_ / deck); }

  // What a killed server left behind: work folders, uploads that no deck waits for, half-written files.
  void clear_leftovers(const std::function<bool(const std::string& deck)>& waits) const;
  // Removes pages that nobody uses; how many. Not while pages are being kept.
  size_t sweep(const std::function<bool(const std::string& hash)>& used) const;

 private:
  const std::filesystem::path pages_, incoming_, work_;
};

}  // namespace thranio::slides
