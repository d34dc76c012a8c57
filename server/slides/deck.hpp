// The slides of a lesson as values: a deck is one uploaded file, its pages are pictures at three widths.
// Thread: any (values).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thranio::slides {

constexpr size_t kMostBytes = 50UL << 20;               // of an uploaded file
constexpr int kMostPages = 300;                         // of a deck
constexpr int kMostDecks = 40;                          // of a lesson
constexpr std::array<int, 3> kWidths{640, 1280, 1920};  // pixels of a page's pictures
constexpr int kMostHeight = 2560;                       // of a page that is higher than wide
constexpr size_t kMostPixels = size_t{1920} * kMostHeight;
constexpr size_t kTextKept = 4000;  // bytes of what is written on a page

enum class DeckState : uint8_t { kConverting, kReady, kFailed };
const char* to_text(DeckState state);
DeckState deck_state_of(std::string_view text);

// What a file is converted from: "pdf", or an office suite's "pptx", "odp", "ppt", "docx", "odt".
struct Format {
  const char* name;
  const char* media_type;
};
constexpr std::array<Format, 6> kFormats{
    {{"pdf", "application/pdf"},
     {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
     {"ppt", "application/vnd.ms-powerpoint"},
     {"odp", "application/vnd.oasis.opendocument.presentation"},
     {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
     {"odt", "application/vnd.oasis.opendocument.text"}}};

// Why a deck failed: a code of schema/problems.md and its sentence.
struct Fault {
  std::string code, sentence;
};
// The sentence of a code that a row holds.
std::string sentence_of(const std::string& code);

struct PageSize {
  int64_t width = 0, height = 0;  // pixels, as large as it is drawn at most
};

struct Deck {
  std::string id, lesson_id, title;
  std::string format = "pdf";
  DeckState state = DeckState::kConverting;
  std::string reason;  // kFailed: a code
  int64_t pages = 0;   // 0: not known yet
  int64_t done = 0;
  int64_t created_at = 0;
  std::vector<PageSize> sizes = {};  // of the pages, where they were asked for
};

// One page at one width, as a file.
struct PagePicture {
  int64_t width = 0;
  std::string coding;  // "avif" or "webp"
  std::string hash;
  int64_t bytes = 0;
};

}  // namespace thranio::slides
