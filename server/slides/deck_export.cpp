#include "server/slides/deck_export.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include <cairo-pdf.h>

namespace thranio::slides {
namespace {

constexpr double kPageWidth = 842;  // points: A4 across; a page's height follows from its proportions
constexpr double kTurn = 6.283185307179586;
constexpr double kHeadAngle = 0.45;  // of an arrow, as the pages draw it (client-web/src/slides/ink.ts)
constexpr double kHeadLength = 4;
constexpr double kLettersPerWidth = 5;
constexpr double kHighlighterInk = 0.35;
constexpr double kLineHeight = 1.25;

using Surface = std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)>;
using Context = std::unique_ptr<cairo_t, void (*)(cairo_t*)>;

cairo_status_t take(void* closure, const unsigned char* bytes, unsigned length) {
  auto& pdf = *static_cast<std::string*>(closure);
  if (pdf.size() + length > kMostExport) return CAIRO_STATUS_WRITE_ERROR;
  pdf.append(reinterpret_cast<const char*>(bytes), length);
  return CAIRO_STATUS_SUCCESS;
}

void paint_picture(cairo_t* cairo, picture::Page& picture, double width, double height) {
  const Surface image(cairo_image_surface_create_for_data(
                          reinterpret_cast<unsigned char*>(picture.pixels.data()), CAIRO_FORMAT_RGB24,
                          picture.width, picture.height, picture.width * 4),
                      cairo_surface_destroy);
  cairo_save(cairo);
  cairo_scale(cairo, width / picture.width, height / picture.height);
  cairo_set_source_surface(cairo, image.get(), 0, 0);
  cairo_paint(cairo);
  cairo_restore(cairo);
  cairo_surface_finish(image.get());  // the pixels go before the PDF is done
}

// One page's coordinates.
struct Sheet {
  cairo_t* cairo;
  double width, height;

  double x(const Point& p) const { return p.x * width / kPageUnits; }
  double y(const Point& p) const { return p.y * height / kPageUnits; }

  void draw(const Stroke& stroke) const {
    if (stroke.points.empty()) return;
    const uint32_t colour = colour_of(stroke.colour);
    const bool marks = stroke.tool == Tool::kHighlighter;
    cairo_set_source_rgba(cairo, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0,
                          (colour & 0xff) / 255.0, marks ? kHighlighterInk : 1);
    const double thick = std::max(0.5, stroke.width * width / kPageUnits);
    cairo_set_line_width(cairo, thick);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_new_path(cairo);
    const Point &from = stroke.points.front(), &to = stroke.points.back();
    switch (stroke.tool) {
      case Tool::kText:
        return write(stroke.text, from, thick * kLettersPerWidth);
      case Tool::kRectangle:
        cairo_rectangle(cairo, std::min(x(from), x(to)), std::min(y(from), y(to)), std::abs(x(to) - x(from)),
                        std::abs(y(to) - y(from)));
        break;
      case Tool::kEllipse:
        ellipse(from, to);
        break;
      case Tool::kArrow:
        head(from, to, thick * kHeadLength);
        line(stroke.points);
        break;
      default:
        line(stroke.points);
    }
    cairo_stroke(cairo);
  }

 private:
  void line(const std::vector<Point>& points) const {
    cairo_move_to(cairo, x(points.front()), y(points.front()));
    for (const auto& point : points)
      cairo_line_to(cairo, x(point), y(point));
  }

  void head(const Point& from, const Point& to, double size) const {
    const double angle = std::atan2(y(to) - y(from), x(to) - x(from));
    for (const double side : {-kHeadAngle, kHeadAngle}) {
      cairo_move_to(cairo, x(to) - size * std::cos(angle + side), y(to) - size * std::sin(angle + side));
      cairo_line_to(cairo, x(to), y(to));
    }
  }

  void ellipse(const Point& from, const Point& to) const {
    const double wide = std::abs(x(to) - x(from)) / 2, high = std::abs(y(to) - y(from)) / 2;
    if (wide <= 0 || high <= 0) return line({from, to});
    cairo_save(cairo);
    cairo_translate(cairo, (x(from) + x(to)) / 2, (y(from) + y(to)) / 2);
    cairo_scale(cairo, wide, high);
    cairo_arc(cairo, 0, 0, 1, 0, kTurn);
    cairo_restore(cairo);
  }

  void write(const std::string& text, const Point& at, double size) const {
    cairo_select_font_face(cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    cairo_set_font_size(cairo, size);
    double row = y(at) + size;
    for (size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      cairo_move_to(cairo, x(at), row);
      cairo_show_text(cairo, text.substr(begin, end - begin).c_str());
      row += size * kLineHeight;
      begin = end + 1;
    }
  }
};

}  // namespace

Result<std::string> export_pdf(const std::string& title, int pages,
                               const std::function<ExportPage(int)>& page) {
  std::string pdf;
  const Surface surface(cairo_pdf_surface_create_for_stream(take, &pdf, kPageWidth, kPageWidth),
                        cairo_surface_destroy);
  cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
  for (int i = 0; i < pages; ++i) {
    auto sheet = page(i);
    const double height =
        kPageWidth * static_cast<double>(sheet.size.height) / static_cast<double>(sheet.size.width);
    cairo_pdf_surface_set_size(surface.get(), kPageWidth, height);
    const Context cairo(cairo_create(surface.get()), cairo_destroy);
    if (sheet.picture) paint_picture(cairo.get(), *sheet.picture, kPageWidth, height);
    for (const auto& stroke : sheet.strokes)
      Sheet{cairo.get(), kPageWidth, height}.draw(*stroke);
    cairo_show_page(cairo.get());
    if (cairo_status(cairo.get()) == CAIRO_STATUS_WRITE_ERROR) break;
  }
  cairo_surface_finish(surface.get());
  const auto status = cairo_surface_status(surface.get());
  if (status == CAIRO_STATUS_WRITE_ERROR)
    return fail(ErrorKind::kTooLarge, "export-too-large", "The PDF would have more than 128 MB.");
  if (status != CAIRO_STATUS_SUCCESS) throw std::runtime_error(cairo_status_to_string(status));
  return pdf;
}

}  // namespace thranio::slides
