// What pdfinfo says of a document: how many pages, and how large each will be drawn. The program has read a
// file that nobody trusts, so its words are not trusted either. Way: pdfinfo → [outline_of] → converter.
// Thread: any (pure).
#pragma once

#include <string>
#include <vector>

#include "server/slides/deck.hpp"
#include "server/slides/sandbox.hpp"

namespace thranio::slides {

// fault: why it is none, slides-unreadable, slides-encrypted, slides-empty, slides-too-many-pages or
// slides-too-heavy.
struct Outline {
  std::string fault;
  std::vector<PageSize> pages;  // in pixels, within kWidths' widest and kMostHeight
};
Outline outline_of(const Ran& pdfinfo);

}  // namespace thranio::slides
