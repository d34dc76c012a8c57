#include "server/slides/page_image.hpp"

#include <cstring>
#include <memory>

#include <cairo.h>

namespace thranio::slides {
namespace {

uint32_t number_at(const std::string& bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i)
    number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  return number;
}

struct Reader {
  const std::string& bytes;
  size_t at = 0;
};

cairo_status_t read_some(void* closure, unsigned char* data, unsigned length) {
  auto& reader = *static_cast<Reader*>(closure);
  if (reader.bytes.size() - reader.at < length) return CAIRO_STATUS_READ_ERROR;
  std::memcpy(data, reader.bytes.data() + reader.at, length);
  reader.at += length;
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

std::optional<picture::Page> read_png(const std::string& bytes, size_t most) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
  if (bytes.size() < 33 || !bytes.starts_with(kSignature) || bytes.compare(12, 4, "IHDR") != 0)
    return std::nullopt;
  const uint64_t width = number_at(bytes, 16), height = number_at(bytes, 20);
  if (width == 0 || height == 0 || width > 32767 || height > 32767 || width * height > most)
    return std::nullopt;
  Reader reader{bytes};
  const std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface(
      cairo_image_surface_create_from_png_stream(read_some, &reader), cairo_surface_destroy);
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return std::nullopt;
  const auto format = cairo_image_surface_get_format(surface.get());
  if (format != CAIRO_FORMAT_ARGB32 && format != CAIRO_FORMAT_RGB24) return std::nullopt;
  picture::Page page;
  page.width = cairo_image_surface_get_width(surface.get());
  page.height = cairo_image_surface_get_height(surface.get());
  if (static_cast<uint64_t>(page.width) != width || static_cast<uint64_t>(page.height) != height)
    return std::nullopt;
  const auto stride = static_cast<size_t>(cairo_image_surface_get_stride(surface.get()));
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  page.pixels.resize(width * height);
  for (size_t y = 0; y < height; ++y)
    std::memcpy(page.pixels.data() + y * width, data + y * stride, width * 4);
  for (auto& pixel : page.pixels)
    pixel |= 0xff000000U;
  return page;
}

}  // namespace thranio::slides
