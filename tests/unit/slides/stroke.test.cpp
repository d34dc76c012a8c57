#include "server/slides/stroke.hpp"

#include <catch2/catch.hpp>

using namespace thranio::slides;

TEST_CASE("points are told as ways, and read back as they were", "[slides][stroke]") {
  const std::vector<Point> line{{0, 4095}, {4095, 0}, {10, 10}, {10, 10}};
  const auto told = told_points(line);
  CHECK(told == std::vector<int>{0, 4095, 4095, -4095, -4085, 10, 0, 0});
  CHECK(points_of(told) == line);
}

TEST_CASE("what leaves the page, or is no list of points, is no stroke", "[slides][stroke]") {
  CHECK_FALSE(points_of(std::vector<int>{}));
  CHECK_FALSE(points_of(std::vector<int>{1}));
  CHECK_FALSE(points_of(std::vector<int>{1, 2, 3}));
  CHECK_FALSE(points_of(std::vector<int>{-1, 0}));
  CHECK_FALSE(points_of(std::vector<int>{0, 4096}));
  CHECK_FALSE(points_of(std::vector<int>{4000, 0, 96, 0}));
  CHECK_FALSE(points_of(std::vector<int>{0, 0, 0, -1}));
  CHECK_FALSE(points_of(std::vector<int>{0, 0, 2147483647, -2147483647 - 1}));
  CHECK(points_of(std::vector<int>(kMostPoints * 2, 0)));
  CHECK_FALSE(points_of(std::vector<int>(kMostPoints * 2 + 2, 0)));
}

TEST_CASE("every tool has its word", "[slides][stroke]") {
  for (unsigned i = 0; i < static_cast<unsigned>(Tool::kCount); ++i)
    CHECK(tool_of(to_text(static_cast<Tool>(i))) == static_cast<Tool>(i));
  CHECK_FALSE(tool_of("chainsaw"));
}
