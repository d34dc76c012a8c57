// What a drawing program may leave in its folder as a PNG: no picture, or one as large as its pixels.

// fuzz-sources: server/slides/page_image.cpp
#include <cstdint>

#include "server/slides/page_image.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMostPixels = 10'000;
  const auto page =
      thranio::slides::read_png(std::string(reinterpret_cast<const char*>(data), size), kMostPixels);
  if (!page) return 0;
  require(page->width > 0 && page->height > 0);
  require(page->pixels.size() == static_cast<size_t>(page->width) * static_cast<size_t>(page->height));
  require(page->pixels.size() <= kMostPixels);
  return 0;
}
