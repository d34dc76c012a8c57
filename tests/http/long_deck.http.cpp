// A long deck on the real server: every page in its place; and one that is too long.
#include <chrono>
#include <cmath>
#include <set>
#include <thread>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pipelines/picture/page_coder.hpp"
#include "tests/support/class_browser.hpp"
#include "tests/support/slides_client.hpp"

using namespace thranio;
using nlohmann::json;
using std::chrono::steady_clock;
using test::Browser;
using test::RestClient;

namespace {

constexpr int kPages = 40;

// Of a grey that is the page's number, with words that are, too. Low: sanitizers count every pixel.
test::PdfPage numbered(int page) {
  const std::string grey = std::to_string(static_cast<double>(page) / kPages);
  return {
      960, 54,
      grey + " g 0 0 960 54 re f 1 0 0 rg BT /F1 24 Tf 80 16 Td (Page " + std::to_string(page) + ") Tj ET",
      0};
}

std::string deck_of(int pages) {
  std::vector<test::PdfPage> all;
  for (int page = 1; page <= pages; ++page)
    all.push_back(numbered(page));
  return test::make_pdf(all);
}

int grey_of(const http::FetchedResponse& answer) {
  const auto coding =
      answer.headers.at("content-type") == "image/avif" ? PictureCoding::kAvif : PictureCoding::kWebp;
  const auto page = picture::decode_page(
      coding, {reinterpret_cast<const uint8_t*>(answer.body.data()), answer.body.size()}, 640 * 640);
  REQUIRE(page);
  return static_cast<int>(page->pixels.front() & 0xff);
}

}  // namespace

TEST_CASE_METHOD(test::LiveLesson, "forty pages are drawn in their order, and a late joiner hears of one",
                 "[http][slides][long]") {
  const RestClient teaches(server.origin(), teacher), learns(server.origin(), student);
  const auto began = steady_clock::now();
  const auto deck = test::upload(teaches, id, deck_of(kPages));
  const std::string path = "/lessons/" + id + "/slides/" + deck;
  json told;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // as test::converted asks
    told = json::parse(learns.get(path).body);
  } while (told["state"] == "converting" && steady_clock::now() - began < std::chrono::minutes(10));
  REQUIRE(told["state"] == "ready");

  CHECK(told["pages"] == kPages);
  CHECK(told["sizes"].size() == kPages);
  std::set<std::string> pictures;
  for (int page = 1; page <= kPages; ++page) {
    INFO(page);
    const std::string at = path + "/pages/" + std::to_string(page);
    CHECK(json::parse(learns.get(at + "/text").body)["text"] == "Page " + std::to_string(page));
    const auto picture = learns.get(at + "?width=640");
    REQUIRE(picture.status == 200);
    pictures.insert(picture.headers.at("etag"));
    CHECK(std::abs(grey_of(picture) - 255 * page / kPages) <= 4);
  }
  CHECK(pictures.size() == kPages);

  // Whoever comes late hears of the page that is shown, not of all that are not.
  Browser teaching(*this), before_slides(*this), late(*this);
  const auto without = before_slides.enter(student).dump().size();
  teaching.enter(teacher);
  REQUIRE(teaching.wish({{"kind", "show_page"}, {"deck", deck}, {"page", kPages}}) == "ok");
  const auto welcome = late.enter(student);
  CHECK(welcome["class"]["shown"]["page"] == kPages);
  CHECK(welcome.dump().size() < without + 400);
}

TEST_CASE_METHOD(test::LiveLesson, "a deck is shown as far as it is drawn, and the rest when it comes",
                 "[http][slides][long]") {
  const RestClient teaches(server.origin(), teacher);
  Browser teaching(*this), looking(*this);
  teaching.enter(teacher);
  looking.enter(student);
  const auto deck = test::upload(teaches, id, deck_of(kPages));
  const auto show = [&](int page) {
    return teaching.wish({{"kind", "show_page"}, {"deck", deck}, {"page", page}});
  };
  json told;
  do
    told = teaching.hear("decks")["decks"][0];
  while (told["state"] == "converting" && told["done"] == 0);
  CHECK(told["done"] < kPages);
  CHECK(show(1) == "ok");
  const auto shown = looking.hear("page")["shown"];
  CHECK(shown["page"] == 1);
  CHECK(shown["pages"] == kPages);
  CHECK(teaches.get("/lessons/" + id + "/slides/" + deck + "/pages/1?width=640").status == 200);
  const auto last = show(kPages);
  told = json::parse(teaches.get("/lessons/" + id + "/slides/" + deck).body);
  if (told["state"] == "converting") CHECK(last == "slides-not-ready");
  while (told["state"] == "converting")
    told = teaching.hear("decks")["decks"][0];
  CHECK(told["state"] == "ready");
  CHECK(show(kPages) == "ok");
}

TEST_CASE_METHOD(test::LiveLesson, "three hundred and one pages are refused in words that say what to do",
                 "[http][slides][long][bad-input]") {
  const RestClient teaches(server.origin(), teacher);
  const auto deck = test::upload(teaches, id, deck_of(301));
  const auto told = test::converted(teaches, id, deck);
  CHECK(told["state"] == "failed");
  CHECK(told["reason"]["type"] == "/problems/slides-too-many-pages");
  CHECK(told["reason"]["detail"] == "The file has more than 300 pages: split it.");
  CHECK(told["done"] == 0);
  const std::string path = "/lessons/" + id + "/slides/" + deck;
  CHECK(test::code(teaches.get(path + "/pages/1")) == "404 not-found");
  Browser teaching(*this);
  teaching.enter(teacher);
  CHECK(teaching.wish({{"kind", "show_page"}, {"deck", deck}, {"page", 1}}) == "slides-not-ready");
}
