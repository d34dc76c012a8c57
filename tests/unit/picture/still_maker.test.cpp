#include "pipelines/picture/still_maker.hpp"

#include <array>
#include <cmath>
#include <random>

#include <avif/avif.h>
#include <catch2/catch.hpp>
#include <webp/decode.h>

using namespace thranio;
using namespace thranio::picture;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{1000h};

// A slide with rows of "text": dark bars on white.
class Slide {
 public:
  Slide(int width, int height) : width_(width), height_(height) {
    const auto pixels = static_cast<size_t>(width) * static_cast<size_t>(height);
    luma_.assign(pixels, 235);
    chroma_.assign(pixels / 4, 128);
  }
  void bar(int x, int y, int width, int height, uint8_t luma = 40) {
    for (int line = y; line < y + height; ++line)
      for (int column = x; column < x + width; ++column)
        luma_[static_cast<size_t>(line * width_ + column)] = luma;
  }
  Frame frame() const {
    return {
        width_, height_, {luma_.data(), chroma_.data(), chroma_.data()}, {width_, width_ / 2, width_ / 2}};
  }
  uint8_t at(int x, int y) const { return luma_[static_cast<size_t>(y * width_ + x)]; }

 private:
  int width_, height_;
  std::vector<uint8_t> luma_, chroma_;
};

// A page of twenty letters that come again and again.
Slide lettered(unsigned seed) {
  Slide page(960, 540);
  std::mt19937 random{seed};
  const auto dice = [&](int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); };
  std::array<std::array<uint8_t, 12 * 16>, 20> letters{};
  for (auto& letter : letters)
    for (auto& dot : letter)
      dot = static_cast<uint8_t>(dice(3) == 0 ? 40 + dice(80) : 235);
  for (int line = 0; line < 20; ++line)
    for (int column = 0; column < 60; ++column) {
      const auto& letter = letters[static_cast<size_t>(dice(20))];
      for (int dot = 0; dot < 12 * 16; ++dot)
        page.bar(60 + column * 14 + dot % 12, 40 + line * 24 + dot / 12, 1, 1,
                 letter[static_cast<size_t>(dot)]);
    }
  return page;
}

// The luma that a browser would show.
std::vector<uint8_t> luma_of(const Picture& picture, int& width, int& height) {
  std::vector<uint8_t> luma;
  if (picture.coding == PictureCoding::kWebp) {
    int stride = 0, uv_stride = 0;
    uint8_t *u = nullptr, *v = nullptr;
    uint8_t* y = WebPDecodeYUV(picture.bytes.data(), picture.bytes.size(), &width, &height, &u, &v, &stride,
                               &uv_stride);
    REQUIRE(y);
    for (int line = 0; line < height; ++line)
      luma.insert(luma.end(), y + line * stride, y + line * stride + width);
    WebPFree(y);
    return luma;
  }
  avifDecoder* decoder = avifDecoderCreate();
  REQUIRE(avifDecoderSetIOMemory(decoder, picture.bytes.data(), picture.bytes.size()) == AVIF_RESULT_OK);
  REQUIRE(avifDecoderParse(decoder) == AVIF_RESULT_OK);
  REQUIRE(avifDecoderNextImage(decoder) == AVIF_RESULT_OK);
  width = static_cast<int>(decoder->image->width);
  height = static_cast<int>(decoder->image->height);
  for (int line = 0; line < height; ++line) {
    const uint8_t* row =
        decoder->image->yuvPlanes[0] + static_cast<size_t>(line) * decoder->image->yuvRowBytes[0];
    luma.insert(luma.end(), row, row + width);
  }
  avifDecoderDestroy(decoder);
  return luma;
}

}  // namespace

TEST_CASE("a slide is told whole at once, small, and as it looks", "[picture]") {
  Slide slide(960, 540);
  for (int row = 0; row < 8; ++row)
    slide.bar(80, 60 + row * 50, 500 + row * 20, 20);
  StillMaker maker(kSlides);
  const auto told = maker.look(slide.frame(), kStart);
  REQUIRE(told);
  CHECK(told->whole);
  CHECK(told->canvas_width == 960);
  CHECK(told->height == 540);
  CHECK(told->bytes.size() < 15'000);
  int width = 0, height = 0;
  const auto luma = luma_of(*told, width, height);
  REQUIRE(width == 960);
  REQUIRE(height == 540);
  double error = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      error += std::abs(luma[static_cast<size_t>(y * width + x)] - slide.at(x, y));
  CHECK(error / (960 * 540) < 6);
  // It stays: once more and better, laid over the first; then nothing.
  std::vector<Picture> more;
  for (int i = 1; i < 40; ++i)
    if (const auto next = maker.look(slide.frame(), kStart + i * 500ms)) more.push_back(*next);
  REQUIRE(more.size() == 1);
  CHECK_FALSE(more[0].whole);
  CHECK(more[0].width == 960);
  const auto fine = luma_of(more[0], width, height);
  double less = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      less += std::abs(fine[static_cast<size_t>(y * width + x)] - slide.at(x, y));
  CHECK(less <= error);
}

TEST_CASE("letters that come again cost less where drawings are expected, and look no worse", "[picture]") {
  const Slide page = lettered(5);
  const auto error_of = [&](const Picture& picture) {
    int width = 0, height = 0;
    const auto luma = luma_of(picture, width, height);
    double error = 0;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        error += std::abs(luma[static_cast<size_t>(y * width + x)] - page.at(x, y));
    return error;
  };
  const Picture natural = code_still(page.frame(), {46, 0, Content::kNatural});
  const Picture drawn = code_still(page.frame(), {46, 0, Content::kDrawn});
  REQUIRE(drawn.coding == PictureCoding::kAvif);
  CHECK(static_cast<double>(drawn.bytes.size()) < 0.7 * static_cast<double>(natural.bytes.size()));
  CHECK(error_of(drawn) <= 1.05 * error_of(natural));
}

TEST_CASE("where processors are busy a slide is coded quickly, and thoroughly again when they are not",
          "[picture]") {
  const auto bytes_of = [](StillMaker& maker, TimePoint now) {
    Slide page = lettered(7);
    maker.restart();
    return maker.look(page.frame(), now)->bytes.size();
  };
  StillMaker maker(kSlides);
  const size_t thorough = bytes_of(maker, kStart);
  maker.took(3s);
  const size_t quick = bytes_of(maker, kStart + 10s);
  CHECK(thorough < quick);
  maker.took(500ms);  // of the quick one: a thorough one would take long still
  CHECK(bytes_of(maker, kStart + 20s) == quick);
  maker.took(100ms);
  CHECK(bytes_of(maker, kStart + 30s) == thorough);
}

TEST_CASE("of a small change only its rectangle is told, once it stands still", "[picture]") {
  Slide slide(960, 540);
  slide.bar(80, 60, 500, 20);
  StillMaker maker(kSlides);
  const auto whole = maker.look(slide.frame(), kStart);
  REQUIRE(whole);
  slide.bar(200, 300, 120, 20);
  CHECK_FALSE(maker.look(slide.frame(), kStart + 1500ms));  // it has just changed
  CHECK_FALSE(maker.look(slide.frame(), kStart + 2s));      // it may still become sharper
  const auto told = maker.look(slide.frame(), kStart + 2500ms);
  REQUIRE(told);
  CHECK_FALSE(told->whole);
  CHECK(told->id == whole->id + 1);
  CHECK(told->x <= 200);
  CHECK(told->y <= 300);
  CHECK(told->x + told->width >= 320);
  CHECK(told->y + told->height >= 320);
  CHECK(told->width * told->height < 960 * 540 / 20);
  CHECK(told->bytes.size() < whole->bytes.size());
  maker.restart();
  CHECK(maker.look(slide.frame(), kStart + 3s)->whole);
}

TEST_CASE("a new slide is whole; one that never stands still is told every few seconds", "[picture]") {
  StillMaker maker(kSlides);
  REQUIRE(maker.look(Slide(960, 540).frame(), kStart));
  int told = 0;
  for (int i = 1; i <= 40; ++i) {  // twenty seconds, two looks each
    Slide moves(960, 540);
    moves.bar(0, 0, 960, 40 + i * 12, 90);
    if (const auto picture = maker.look(moves.frame(), kStart + i * 500ms)) {
      ++told;
      if (told == 1) CHECK_FALSE(picture->bytes.empty());
    }
  }
  CHECK(told == 5);
}

TEST_CASE("frames of another size, odd ones too, begin anew", "[picture]") {
  StillMaker maker(kFaces);
  REQUIRE(maker.look(Slide(320, 180).frame(), kStart));
  const auto other = maker.look(Slide(202, 114).frame(), kStart + 1s);
  REQUIRE(other);
  CHECK(other->whole);
  CHECK(other->canvas_width == 202);
}
