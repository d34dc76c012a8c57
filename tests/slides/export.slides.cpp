// The PDF that is written, read by the programs that others read it with.
#include <fstream>

#include <catch2/catch.hpp>

#include "server/slides/deck_export.hpp"
#include "server/slides/page_image.hpp"
#include "server/slides/sandbox.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using namespace thranio::slides;

namespace {

std::shared_ptr<const Stroke> stroke(Tool tool, std::vector<Point> points, const std::string& text = {}) {
  return std::make_shared<const Stroke>(Stroke{tool, 1, 20, std::move(points), text});
}

// The first page, 960 wide, as poppler draws it.
picture::Page drawn(const std::string& pdf) {
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/a.pdf") << pdf;
  const auto ran = run_walled({"/usr/bin/pdftocairo", "-png", "-singlefile", "-scale-to-x", "960",
                               "-scale-to-y", "540", "a.pdf", "a"},
                              folder.path(), {}, {});
  REQUIRE(ran);
  INFO(ran->complaint);
  REQUIRE(ran->end == Ran::End::kDone);
  std::ifstream file(folder.path() + "/a.png", std::ios::binary);
  const auto page = read_png(std::string(std::istreambuf_iterator<char>(file), {}), kMostPixels);
  REQUIRE(page);
  return *page;
}

uint32_t at(const picture::Page& page, double x, double y) {
  const auto column = static_cast<size_t>(x * page.width), row = static_cast<size_t>(y * page.height);
  return page.pixels[row * static_cast<size_t>(page.width) + column] & 0xffffff;
}

}  // namespace

TEST_CASE("strokes lie where they were drawn, over the page's picture", "[slides][export]") {
  picture::Page blue{64, 36, std::vector<uint32_t>(64 * 36, 0xff8090ff)};
  const auto pdf = export_pdf("Waves", 1, [&](int) {
    return ExportPage{{1920, 1080},
                      blue,
                      {stroke(Tool::kPen, {{400, 2048}, {3600, 2048}}),
                       stroke(Tool::kRectangle, {{400, 400}, {1200, 1200}}),
                       stroke(Tool::kEllipse, {{2000, 400}, {2800, 1200}}),
                       stroke(Tool::kArrow, {{400, 3600}, {3600, 3600}}),
                       stroke(Tool::kText, {{1000, 2400}}, "H\nI"), stroke(Tool::kPen, {{2048, 3000}})}};
  });
  REQUIRE(pdf);
  CHECK(pdf->starts_with("%PDF-"));
  const auto page = drawn(*pdf);
  CHECK(at(page, 0.9, 0.9) == 0x8090ff);
  CHECK(at(page, 0.5, 2048 / 4095.0) == 0xb3261e);           // the pen's line
  CHECK(at(page, 400 / 4095.0, 800 / 4095.0) == 0xb3261e);   // the rectangle's left side
  CHECK(at(page, 800 / 4095.0, 800 / 4095.0) == 0x8090ff);   // and nothing in it
  CHECK(at(page, 2400 / 4095.0, 400 / 4095.0) == 0xb3261e);  // the ellipse's top
  CHECK(at(page, 0.3, 3600 / 4095.0) == 0xb3261e);
  CHECK(at(page, 2048 / 4095.0, 3000 / 4095.0) == 0xb3261e);  // a dot
}

TEST_CASE("white pages have their strokes, and each page its own size", "[slides][export]") {
  const auto pdf = export_pdf("board", 2, [](int i) {
    return ExportPage{{1600, i == 0 ? 900 : 3200}, {}, {stroke(Tool::kLine, {{0, 0}, {4095, 4095}})}};
  });
  REQUIRE(pdf);
  const test::TempFolder folder;
  std::ofstream(folder.path() + "/a.pdf") << *pdf;
  const auto told = run_walled({"/usr/bin/pdfinfo", "-l", "2", "a.pdf"}, folder.path(), {}, {});
  REQUIRE(told);
  INFO(told->output);
  CHECK(told->output.find("Title:           board") != std::string::npos);
  CHECK(told->output.find("Page    1 size:  842 x 473.625 pts") != std::string::npos);
  CHECK(told->output.find("Page    2 size:  842 x 1684 pts") != std::string::npos);
  CHECK(at(drawn(*pdf), 0.5, 0.5) == 0xb3261e);
}

TEST_CASE("ten thousand strokes fit on a page", "[slides][export]") {
  const auto pdf = export_pdf("full", 1, [](int) {
    ExportPage page{{1600, 900}, {}, {}};
    for (int i = 0; i < 10'000; ++i)
      page.strokes.push_back(stroke(Tool::kPen, {{static_cast<int16_t>(i % 4000), 0}, {0, 4000}}));
    return page;
  });
  REQUIRE(pdf);
  CHECK(pdf->size() < 1'000'000);
}
