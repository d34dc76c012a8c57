#include "server/slides/stroke.hpp"

#include <algorithm>
#include <array>

namespace thranio::slides {
namespace {
constexpr std::array<const char*, static_cast<size_t>(Tool::kCount)> kTools{
    "pen", "highlighter", "text", "line", "arrow", "rectangle", "ellipse"};
constexpr std::array<uint32_t, kColours> kPalette{0x1d232b, 0xb3261e, 0x0b5cad, 0x1a7a3c, 0xc25700, 0xffffff};
}  // namespace

const char* to_text(Tool tool) {
  return kTools[static_cast<size_t>(tool)];
}

std::optional<Tool> tool_of(std::string_view text) {
  for (size_t i = 0; i < kTools.size(); ++i)
    if (text == kTools[i]) return static_cast<Tool>(i);
  return std::nullopt;
}

std::optional<std::vector<Point>> points_of(std::span<const int> told) {
  if (told.empty() || told.size() % 2 != 0 || told.size() / 2 > kMostPoints) return std::nullopt;
  std::vector<Point> points;
  points.reserve(told.size() / 2);
  int x = 0, y = 0;
  for (size_t i = 0; i < told.size(); i += 2) {
    for (const int step : told.subspan(i, 2))
      if (step < -kPageUnits || step > kPageUnits) return std::nullopt;
    x += told[i];
    y += told[i + 1];
    if (x < 0 || y < 0 || x > kPageUnits || y > kPageUnits) return std::nullopt;
    points.push_back({static_cast<int16_t>(x), static_cast<int16_t>(y)});
  }
  return points;
}

std::vector<int> told_points(const std::vector<Point>& points) {
  std::vector<int> told;
  told.reserve(points.size() * 2);
  Point last;
  for (const auto& point : points) {
    told.push_back(point.x - last.x);
    told.push_back(point.y - last.y);
    last = point;
  }
  return told;
}

size_t weight_of(const Stroke& stroke) {
  return sizeof(Stroke) + stroke.points.size() * sizeof(Point) + stroke.text.size();
}

uint32_t colour_of(uint8_t colour) {
  return kPalette[std::min<size_t>(colour, kPalette.size() - 1)];
}

}  // namespace thranio::slides
