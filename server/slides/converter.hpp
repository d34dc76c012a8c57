// A file → its pages: poppler's programs (and an office suite's, if there is one) behind walls, each page
// drawn once and coded at three widths. Pages that are there already are not drawn again, so that a
// conversion goes on where a killed server left it.
// Way: workshop → [convert] → sandbox → pdfinfo, pdftocairo, pdftotext → picture/page_coder → SlideFiles.
// Thread: the workshop's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/slides/deck.hpp"
#include "server/slides/sandbox.hpp"
#include "server/slides/slide_files.hpp"

namespace thranio::slides {

// What a conversion tells while it runs. False ends it: the deck is gone, or cannot be kept.
struct Sink {
  std::function<bool(int pages)> counted;
  std::function<bool(int page)> wanted;  // not there yet
  std::function<bool(int page, const PageSize&, const std::string& text, const std::vector<PagePicture>&)>
      page;
};

struct Converted {
  enum class End : uint8_t { kReady, kFailed, kStopped };
  End end = End::kReady;
  std::string reason;  // kFailed: a code (deck.hpp)
};

Converted convert(const std::string& deck, const std::string& format, const SlideFiles& files,
                  const Sink& sink, Stop stop);

// The beginning of the file is one of the format's.
bool looks_like(const std::string& format, std::string_view bytes);
bool office_is_here();

}  // namespace thranio::slides
