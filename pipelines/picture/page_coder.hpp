// A page of a document as pictures: made smaller, coded as AVIF or WebP, and read back. Sharper and slower
// than still_maker's: a page is coded once and looked at for long.
// Way: slides/converter → [page_coder] → page files; export reads them back. Thread: any (pure).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipelines/base/picture.hpp"

namespace thranio::picture {

// 0xffRRGGBB, row by row; opaque.
struct Page {
  int width = 0, height = 0;
  std::vector<uint32_t> pixels;
};

// As wide as asked, in its own proportions; never larger than it is.
Page smaller(const Page& page, int width);

struct CodedPage {
  PictureCoding coding = PictureCoding::kAvif;
  int width = 0, height = 0;
  std::vector<uint8_t> bytes;
};
// The smaller of both codings. Throws std::runtime_error if neither coder takes it.
CodedPage code_page(const Page& page);

// Nothing if the bytes are no picture of at most `most` pixels.
std::optional<Page> decode_page(PictureCoding coding, std::span<const uint8_t> bytes, size_t most);

}  // namespace thranio::picture
