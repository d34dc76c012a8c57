// Real files, good and hostile, through the real programs.
#include "server/slides/converter.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "pipelines/picture/page_coder.hpp"
#include "tests/support/pdf_maker.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using namespace thranio::slides;
using test::make_pdf;
using test::words;
namespace fs = std::filesystem;

namespace {

struct Desk {
  test::TempFolder folder;
  SlideFiles files{folder.path()};
  struct Kept {
    PageSize size;
    std::string text;
    std::vector<PagePicture> pictures;
  };
  std::map<int, Kept> kept;
  int counted = 0;
  int most = kMostPages;  // pages until the deck is deleted

  Converted run(const std::string& file, const std::string& format = "pdf") {
    REQUIRE(files.keep_incoming("deck_1", file));
    Sink sink;
    sink.counted = [&](int pages) {
      counted = pages;
      return true;
    };
    sink.wanted = [&](int page) { return !kept.contains(page); };
    sink.page = [&](int page, const PageSize& size, const std::string& text,
                    const std::vector<PagePicture>& pictures) {
      kept[page] = {size, text, pictures};
      return static_cast<int>(kept.size()) < most;
    };
    auto converted = convert("deck_1", format, files, sink, {});
    CHECK(fs::is_empty(fs::path(folder.path()) / "slides" / "work"));
    return converted;
  }
  std::string reason(const std::string& file) {
    const auto converted = run(file);
    CHECK(converted.end == Converted::End::kFailed);
    return converted.reason;
  }
};

}  // namespace

TEST_CASE_METHOD(Desk, "a deck becomes pictures at three widths, with its words", "[slides][poppler]") {
  REQUIRE(run(make_pdf({words("Waves"), words("Light")})).end == Converted::End::kReady);
  CHECK(counted == 2);
  REQUIRE(kept.size() == 2);
  CHECK(kept[1].text.find("Waves") != std::string::npos);
  CHECK(kept[2].text.find("Light") != std::string::npos);
  CHECK((kept[1].size.width == 1920 && kept[1].size.height == 1080));
  REQUIRE(kept[1].pictures.size() == 3);
  for (const auto& picture : kept[1].pictures) {
    const auto bytes = files.read_page(picture.hash);
    REQUIRE(bytes);
    CHECK(static_cast<int64_t>(bytes->size()) == picture.bytes);
    const auto page =
        picture::decode_page(picture.coding == "avif" ? PictureCoding::kAvif : PictureCoding::kWebp,
                             {reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size()}, kMostPixels);
    REQUIRE(page);
    CHECK(page->width == picture.width);
    const uint32_t corner = page->pixels.front();  // 0.9 0.95 1
    CHECK(std::abs(static_cast<int>(corner >> 16 & 0xff) - 230) < 8);
    CHECK(std::abs(static_cast<int>(corner & 0xff) - 255) < 8);
  }
  CHECK(kept[1].pictures.front().bytes < 12'000);  // three seconds of 32 kbit/s
}

TEST_CASE_METHOD(Desk, "an office suite's slides become pictures behind the same walls, with their words",
                 "[slides][office]") {
  if (!office_is_here()) {
    std::puts("SKIPPED: an office suite's slides: there is no /usr/bin/soffice (libreoffice-impress)");
    return;
  }
  // The suite itself makes the files, outside the walls, of a flat one.
  const test::TempFolder maker;
  std::ofstream(maker.path() + "/deck.fodp") << R"(<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2"
 office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation>
<draw:page draw:name="1"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm"><draw:text-box>
<text:p>Waves</text:p></draw:text-box></draw:frame></draw:page>
<draw:page draw:name="2"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm"><draw:text-box>
<text:p>Light</text:p></draw:text-box></draw:frame></draw:page>
</office:presentation></office:body></office:document>)";
  const auto make = [&](const std::string& format, const std::string& from) {
    const std::string command = "cd " + maker.path() + " && HOME=" + maker.path() +
                                " soffice --headless --convert-to " + format + " " + from +
                                " >/dev/null 2>&1";
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream file(maker.path() + "/deck." + format, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto odp = make("odp", "deck.fodp");
  for (const std::string format : {"odp", "pptx"}) {
    INFO(format);
    kept.clear();
    REQUIRE(run(format == "odp" ? odp : make("pptx", "deck.odp"), format).end == Converted::End::kReady);
    REQUIRE(kept.size() == 2);
    CHECK(kept[1].text.find("Waves") != std::string::npos);
    CHECK(kept[2].text.find("Light") != std::string::npos);
  }
}

TEST_CASE_METHOD(Desk, "what is there already is not drawn again", "[slides][poppler]") {
  const auto file = make_pdf({words("one"), words("two"), words("three")});
  most = 1;
  CHECK(run(file).end == Converted::End::kStopped);
  REQUIRE(kept.size() == 1);
  kept[1].text = "as it was";
  most = kMostPages;
  CHECK(run(file).end == Converted::End::kReady);
  CHECK(kept.size() == 3);
  CHECK(kept[1].text == "as it was");
}

// All two hundred take a minute and a half; a server that was killed near their end has three to go.
TEST_CASE_METHOD(Desk, "a deck of two hundred pages is counted whole, and drawn to its last page",
                 "[slides][poppler]") {
  std::vector<test::PdfPage> pages;
  for (int page = 1; page <= 200; ++page)
    pages.push_back(words("Page " + std::to_string(page)));
  for (int page = 1; page <= 197; ++page)
    kept[page] = {};
  CHECK(run(make_pdf(pages)).end == Converted::End::kReady);
  CHECK(counted == 200);
  REQUIRE(kept.size() == 200);
  for (const int page : {198, 199, 200}) {
    INFO(page);
    CHECK(kept[page].text.find("Page " + std::to_string(page)) != std::string::npos);
    CHECK(kept[page].pictures.size() == 3);
  }
}

TEST_CASE_METHOD(Desk, "broken, foreign and locked files are told by their reason",
                 "[slides][poppler][bad]") {
  CHECK(reason("") == "slides-unreadable");
  CHECK(reason("%PDF-1.4\nthat is all") == "slides-unreadable");
  CHECK(reason("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>") ==
        "slides-unreadable");
  const auto whole = make_pdf({words("Waves")});
  CHECK(reason(make_pdf({})) == "slides-empty");
  CHECK(reason(make_pdf(std::vector<test::PdfPage>(301))) == "slides-too-many-pages");
  std::string locked = whole;
  locked.replace(locked.find("/Root"), 0,
                 "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + std::string(64, 'a') + "> /U <" +
                     std::string(64, 'b') + "> >> /ID [<00> <00>] ");
  CHECK(reason(locked) == "slides-encrypted");
  // Cut in the middle: poppler mends what can be mended; whatever comes of it is one of both.
  for (size_t at = 40; at < whole.size(); at += 97) {
    kept.clear();
    const auto cut = run(whole.substr(0, at));
    CHECK(cut.end != Converted::End::kStopped);
  }
}

TEST_CASE_METHOD(Desk, "pages without measure are drawn within bounds", "[slides][poppler][bad]") {
  const auto converted =
      run(make_pdf({{14400, 14400, "", 0}, {1, 14400, "", 0}, {0, 0, "", 0}, {960, 540, "", 90}}));
  CHECK(converted.end == Converted::End::kReady);
  for (const auto& [number, page] : kept) {
    INFO(number);
    CHECK((page.size.width <= kWidths.back() && page.size.height <= kMostHeight));
  }
  CHECK(kept[4].size.height > kept[4].size.width);
}

TEST_CASE_METHOD(Desk, "a bomb is ended by its limits, and the deck says so", "[slides][poppler][bad]") {
  CHECK(reason(test::pdf_bomb()) == "slides-too-heavy");
}

TEST_CASE_METHOD(Desk, "a file that its folder holds no more fails, and nothing else does", "[slides][bad]") {
  REQUIRE(files.keep_incoming("deck_2", "x"));
  files.drop_incoming("deck_2");
  Sink none;
  CHECK(convert("deck_2", "pdf", files, none, {}).reason == "slides-unreadable");
  if (!office_is_here()) CHECK(run("PK\x03\x04", "pptx").reason == "format-not-supported");
}

TEST_CASE("files: leftovers go at the start, pages that nobody uses are swept", "[slides][files]") {
  const test::TempFolder folder;
  const SlideFiles files(folder.path());
  const std::vector<uint8_t> one{1, 2, 3}, two{4, 5, 6};
  const auto first = files.keep_page(one), again = files.keep_page(one), second = files.keep_page(two);
  REQUIRE((first && again && second));
  CHECK(*first == *again);
  CHECK(files.read_page(*first) == "\x01\x02\x03");
  CHECK_FALSE(files.read_page("../../thranio.db"));
  CHECK_FALSE(files.read_page(std::string(64, 'f')));
  CHECK(files.sweep([&](const std::string& hash) { return hash == *second; }) == 1);
  CHECK_FALSE(files.read_page(*first));
  CHECK(files.read_page(*second));

  const fs::path slides = fs::path(folder.path()) / "slides";
  fs::create_directory(slides / "work" / "deck_9");
  std::ofstream(slides / "work" / "deck_9" / "page.png") << "half";
  std::ofstream(slides / "incoming" / "deck_8.half") << "half";
  REQUIRE(files.keep_incoming("deck_7", "%PDF"));
  files.clear_leftovers([](const std::string& deck) { return deck == "deck_7"; });
  CHECK(fs::is_empty(slides / "work"));
  CHECK(fs::exists(slides / "incoming" / "deck_7"));
  CHECK_FALSE(fs::exists(slides / "incoming" / "deck_8.half"));
}
