#include "server/slides/outline.hpp"

#include <catch2/catch.hpp>

#include "server/slides/converter.hpp"

using namespace thranio::slides;

namespace {

Ran said(const std::string& output, Ran::End end = Ran::End::kDone, const std::string& complaint = "") {
  return {end, output, complaint};
}

}  // namespace

TEST_CASE("pages are as large as fits, turned as they are shown", "[slides][converter]") {
  const auto outline =
      outline_of(said("Title: Waves\nPages:          3\nPage    1 size:  960 x 540 pts\nPage    1 rot:   0\n"
                      "Page    2 size:  595 x 842 pts (A4)\nPage    2 rot:   0\nPage    3 size:  842 x 595 "
                      "pts\nPage    3 rot:   90\n"));
  CHECK(outline.fault.empty());
  REQUIRE(outline.pages.size() == 3);
  CHECK((outline.pages[0].width == 1920 && outline.pages[0].height == 1080));
  CHECK((outline.pages[1].width == 1810 && outline.pages[1].height == 2560));
  CHECK((outline.pages[2].width == 1810 && outline.pages[2].height == 2560));
}

TEST_CASE("a page of any measures has pixels within the bounds", "[slides][converter]") {
  for (const std::string size : {"14400 x 14400", "0 x 0", "-5 x 3", "1 x 14400", "14400 x 1", "nan x inf",
                                 "1e308 x 1", "5e-324 x 5e-324", "1e-300 x 1e300", "x", ""}) {
    INFO(size);
    const auto outline = outline_of(said("Pages: 1\nPage    1 size: " + size + " pts\n"));
    REQUIRE(outline.pages.size() == 1);
    const auto& page = outline.pages.front();
    CHECK((page.width >= 16 && page.width <= kWidths.back()));
    CHECK((page.height >= 16 && page.height <= kMostHeight));
  }
}

TEST_CASE("why a document is none", "[slides][converter]") {
  CHECK(outline_of(said("Pages: 0\n")).fault == "slides-empty");
  CHECK(outline_of(said("Pages: 301\n")).fault == "slides-too-many-pages");
  CHECK(outline_of(said("Pages: 99999999999999999999\n")).fault == "slides-too-many-pages");
  CHECK(outline_of(said("Title: no number\n")).fault == "slides-unreadable");
  CHECK(outline_of(said("", Ran::End::kFailed, "Command Line Error: Incorrect password")).fault ==
        "slides-encrypted");
  CHECK(outline_of(said("", Ran::End::kFailed, "Syntax Error")).fault == "slides-unreadable");
  CHECK(outline_of(said("", Ran::End::kTooLong)).fault == "slides-too-heavy");
}

TEST_CASE("a file is looked at before a program sees it", "[slides][converter]") {
  CHECK(looks_like("pdf", "%PDF-1.7\n"));
  CHECK(looks_like("pdf", "garbage first\n%PDF-1.4"));
  CHECK_FALSE(looks_like("pdf", std::string(2000, ' ') + "%PDF-1.4"));
  CHECK_FALSE(looks_like("pdf", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"));
  CHECK(looks_like("pptx", "PK\x03\x04"));
  CHECK_FALSE(looks_like("odp", "%PDF-1.4"));
}
