// What is drawn on a page: a stroke in 4096ths of the page's width and height, whatever pixels it is shown
// in. Points are told as one list: the first as it is, each further one as its way from the last.
// Way: browser → signaling → lesson/board → store, students; export draws them. Thread: any (values, pure).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thranio::slides {

constexpr int kPageUnits = 4095;      // the page's right and lower edge
constexpr size_t kMostPoints = 512;   // of a stroke; a page cuts longer ones
constexpr size_t kLongestNote = 200;  // characters of a text
constexpr int kColours = 6;           // black, red, blue, green, orange, white
constexpr int kThickest = 64;         // 4096ths of the page's width

enum class Tool : uint8_t { kPen, kHighlighter, kText, kLine, kArrow, kRectangle, kEllipse, kCount };
const char* to_text(Tool tool);
std::optional<Tool> tool_of(std::string_view text);

struct Point {
  int16_t x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Stroke {
  Tool tool = Tool::kPen;
  uint8_t colour = 0;
  uint8_t width = 8;
  std::vector<Point> points;  // pen, highlighter: its way; text: where it begins; others: two corners
  std::string text = {};      // kText
  bool operator==(const Stroke&) const = default;
};

// Nothing for what is no list of points within the page, or too long.
std::optional<std::vector<Point>> points_of(std::span<const int> told);
std::vector<int> told_points(const std::vector<Point>& points);

// What it takes in memory, about.
size_t weight_of(const Stroke& stroke);

// The colour as 0xRRGGBB.
uint32_t colour_of(uint8_t colour);

}  // namespace thranio::slides
