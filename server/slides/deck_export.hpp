// Pages with what was drawn on them → one PDF: each page its picture with the strokes as vectors over it.
// What was uploaded is not in it, only what it looked like: nothing of a hostile file lives on. Way: api →
// [export_pdf] → cairo. Thread: any (pure; some tenths of a second a page).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/picture/page_coder.hpp"
#include "server/slides/deck.hpp"
#include "server/slides/stroke.hpp"

namespace thranio::slides {

constexpr size_t kMostExport = 128UL << 20;  // bytes

struct ExportPage {
  PageSize size;
  std::optional<picture::Page> picture;  // nothing: a white page
  std::vector<std::shared_ptr<const Stroke>> strokes;
};

// page(n), from 0, gives each of `pages` when it is needed: they are not all held at once. Error:
// export-too-large.
Result<std::string> export_pdf(const std::string& title, int pages,
                               const std::function<ExportPage(int)>& page);

}  // namespace thranio::slides
