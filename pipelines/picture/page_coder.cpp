#include "pipelines/picture/page_coder.hpp"

#include <algorithm>
#include <memory>

#include <avif/avif.h>
#include <webp/decode.h>

#include "pipelines/picture/still_maker.hpp"

namespace thranio::picture {
namespace {

constexpr int kQuantizer = 32;  // letters of 12 points stay clean at 640 pixels
constexpr float kQuality = 72;
constexpr int kLargestDrawn = 640;  // pixels wide
constexpr int kThriftySpeed = 7, kQuickSpeed = 9;

struct Colour {
  uint32_t red = 0, green = 0, blue = 0;
};

Colour colour_of(uint32_t pixel) {
  return {pixel >> 16 & 0xff, pixel >> 8 & 0xff, pixel & 0xff};
}

// BT.601 in its limited range, the colours of four pixels as one.
struct Yuv {
  int width, height;  // even
  std::vector<uint8_t> y, u, v;
};

uint8_t luma(const Colour& c) {
  return static_cast<uint8_t>((16829 * c.red + 33039 * c.green + 6416 * c.blue + (16 << 16) + 32768) >> 16);
}

Yuv yuv_of(const Page& page) {
  Yuv yuv{(page.width + 1) & ~1, (page.height + 1) & ~1, {}, {}, {}};
  const auto at = [&](int x, int y) {
    const auto row = static_cast<size_t>(std::min(y, page.height - 1));
    return colour_of(page.pixels[row * static_cast<size_t>(page.width) +
                                 static_cast<size_t>(std::min(x, page.width - 1))]);
  };
  yuv.y.reserve(static_cast<size_t>(yuv.width) * static_cast<size_t>(yuv.height));
  for (int y = 0; y < yuv.height; ++y)
    for (int x = 0; x < yuv.width; ++x)
      yuv.y.push_back(luma(at(x, y)));
  for (int y = 0; y < yuv.height; y += 2)
    for (int x = 0; x < yuv.width; x += 2) {
      int red = 0, green = 0, blue = 0;
      for (const auto& c : {at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)}) {
        red += static_cast<int>(c.red);
        green += static_cast<int>(c.green);
        blue += static_cast<int>(c.blue);
      }
      constexpr int kHalf = (128 << 18) + (1 << 17);
      yuv.u.push_back(static_cast<uint8_t>((-9714 * red - 19070 * green + 28784 * blue + kHalf) >> 18));
      yuv.v.push_back(static_cast<uint8_t>((28784 * red - 24103 * green - 4681 * blue + kHalf) >> 18));
    }
  return yuv;
}

Page page_of(int width, int height) {
  return {width, height,
          std::vector<uint32_t>(static_cast<size_t>(width) * static_cast<size_t>(height), 0xffffffff)};
}

bool fits(uint32_t width, uint32_t height, size_t most) {
  return width > 0 && height > 0 && static_cast<uint64_t>(width) * height <= most;
}

std::optional<Page> decode_avif(std::span<const uint8_t> bytes, size_t most) {
  const std::unique_ptr<avifDecoder, void (*)(avifDecoder*)> decoder(avifDecoderCreate(), avifDecoderDestroy);
  decoder->maxThreads = 1;
  decoder->imageSizeLimit = static_cast<uint32_t>(most);
  if (avifDecoderSetIOMemory(decoder.get(), bytes.data(), bytes.size()) != AVIF_RESULT_OK ||
      avifDecoderParse(decoder.get()) != AVIF_RESULT_OK ||
      avifDecoderNextImage(decoder.get()) != AVIF_RESULT_OK ||
      !fits(decoder->image->width, decoder->image->height, most))
    return std::nullopt;
  Page page = page_of(static_cast<int>(decoder->image->width), static_cast<int>(decoder->image->height));
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, decoder->image);
  rgb.format = AVIF_RGB_FORMAT_BGRA;
  rgb.depth = 8;
  rgb.pixels = reinterpret_cast<uint8_t*>(page.pixels.data());
  rgb.rowBytes = decoder->image->width * 4;
  if (avifImageYUVToRGB(decoder->image, &rgb) != AVIF_RESULT_OK) return std::nullopt;
  return page;
}

std::optional<Page> decode_webp(std::span<const uint8_t> bytes, size_t most) {
  int width = 0, height = 0;
  if (!WebPGetInfo(bytes.data(), bytes.size(), &width, &height) ||
      !fits(static_cast<uint32_t>(width), static_cast<uint32_t>(height), most))
    return std::nullopt;
  Page page = page_of(width, height);
  if (!WebPDecodeBGRAInto(bytes.data(), bytes.size(), reinterpret_cast<uint8_t*>(page.pixels.data()),
                          page.pixels.size() * 4, width * 4))
    return std::nullopt;
  return page;
}

}  // namespace

// Every pixel is the mean of the area that it covers.
Page smaller(const Page& page, int width) {
  if (width >= page.width) return page;
  const int height = std::max(
      1, static_cast<int>((static_cast<int64_t>(page.height) * width + page.width / 2) / page.width));
  Page small = page_of(width, height);
  // Columns first; sums in 1/256 of a pixel.
  const auto shrink = [](const std::vector<Colour>& from, int have, int want, std::vector<Colour>& to) {
    const int64_t step = static_cast<int64_t>(have) * 256 / want;
    for (int i = 0; i < want; ++i) {
      const int64_t begin = i * step, end = i == want - 1 ? static_cast<int64_t>(have) * 256 : begin + step;
      uint64_t red = 0, green = 0, blue = 0;
      for (int64_t at = begin; at < end;) {
        const int64_t next = std::min(end, (at / 256 + 1) * 256);
        const auto part = static_cast<uint64_t>(next - at);
        const Colour& c = from[static_cast<size_t>(at / 256)];
        red += part * c.red;
        green += part * c.green;
        blue += part * c.blue;
        at = next;
      }
      const auto all = static_cast<uint64_t>(end - begin);
      to[static_cast<size_t>(i)] = {static_cast<uint32_t>((red + all / 2) / all),
                                    static_cast<uint32_t>((green + all / 2) / all),
                                    static_cast<uint32_t>((blue + all / 2) / all)};
    }
  };
  const auto columns = static_cast<size_t>(width), rows = static_cast<size_t>(page.height);
  std::vector<Colour> row(static_cast<size_t>(page.width)), narrow(columns), between(columns * rows);
  for (size_t y = 0; y < rows; ++y) {
    for (size_t x = 0; x < row.size(); ++x)
      row[x] = colour_of(page.pixels[y * row.size() + x]);
    shrink(row, page.width, width, narrow);
    std::ranges::copy(narrow, between.begin() + static_cast<std::ptrdiff_t>(y * columns));
  }
  std::vector<Colour> column(rows), low(static_cast<size_t>(height));
  for (size_t x = 0; x < columns; ++x) {
    for (size_t y = 0; y < rows; ++y)
      column[y] = between[y * columns + x];
    shrink(column, page.height, height, low);
    for (size_t y = 0; y < low.size(); ++y)
      small.pixels[y * columns + x] = 0xff000000U | low[y].red << 16 | low[y].green << 8 | low[y].blue;
  }
  return small;
}

CodedPage code_page(const Page& page) {
  const Yuv yuv = yuv_of(page);
  Frame frame;
  frame.width = yuv.width;
  frame.height = yuv.height;
  frame.plane[0] = yuv.y.data();
  frame.plane[1] = yuv.u.data();
  frame.plane[2] = yuv.v.data();
  frame.stride[0] = yuv.width;
  frame.stride[1] = frame.stride[2] = yuv.width / 2;
  // What thin lines take is worth its time: half the bytes at 640 pixels. The larger ones would take seconds,
  // a deck of hundreds of pages a quarter of an hour.
  const bool large = page.width > kLargestDrawn;
  auto coded = code_still(frame, {kQuantizer, kQuality, large ? Content::kNatural : Content::kDrawn,
                                  large ? kQuickSpeed : kThriftySpeed});
  return {coded.coding, yuv.width, yuv.height, std::move(coded.bytes)};
}

std::optional<Page> decode_page(PictureCoding coding, std::span<const uint8_t> bytes, size_t most) {
  return coding == PictureCoding::kAvif ? decode_avif(bytes, most) : decode_webp(bytes, most);
}

}  // namespace thranio::picture
