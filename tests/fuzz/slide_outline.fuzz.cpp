// What pdfinfo may say of a stranger's file: a fault, or pages of a bounded number and size.

// fuzz-sources: server/slides/outline.cpp
#include <cstdint>

#include "server/slides/outline.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio::slides;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Outline outline = outline_of({Ran::End::kDone, text, ""});
  require(outline.fault.empty() != outline.pages.empty());
  require(outline.pages.size() <= static_cast<size_t>(kMostPages));
  for (const auto& page : outline.pages) {
    require(page.width >= 16 && page.width <= kWidths.back());
    require(page.height >= 16 && page.height <= kMostHeight);
  }
  require(!outline_of({Ran::End::kFailed, text, text}).fault.empty());
  return 0;
}
