#include "server/slides/outline.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

namespace thranio::slides {
namespace {

using End = Ran::End;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  text = trimmed(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  return number;
}

// "Page    3 size:  612 x 792 pts (letter)" and "Page    3 rot:   90".
struct PageLine {
  int page;
  std::string_view what, value;
};

std::optional<PageLine> page_line(std::string_view line) {
  if (!line.starts_with("Page ")) return std::nullopt;
  line = trimmed(line.substr(5));
  const auto space = line.find(' '), colon = line.find(':');
  if (space == line.npos || colon == line.npos || colon < space) return std::nullopt;
  const auto page = number_in(line.substr(0, space));
  if (!page || *page < 1 || *page > kMostPages) return std::nullopt;
  return PageLine{static_cast<int>(*page), trimmed(line.substr(space, colon - space)),
                  trimmed(line.substr(colon + 1))};
}

// As large as fits, even, whatever the page's own measures are.
PageSize pixels_of(double width, double height) {
  if (!(width > 0) || !(height > 0)) return {kWidths.back(), kWidths.back() * 3 / 4};
  // A page smaller than a hair would have a scale without bounds.
  constexpr double kHair = 1e-6;
  const double scale =
      std::min(kWidths.back() / std::max(width, kHair), kMostHeight / std::max(height, kHair));
  const auto even = [](double pixels) {
    return std::max<int64_t>(16, static_cast<int64_t>(std::lround(pixels / 2)) * 2);
  };
  return {even(width * scale), even(height * scale)};
}

}  // namespace

Outline outline_of(const Ran& pdfinfo) {
  if (pdfinfo.end == End::kTooLong || pdfinfo.end == End::kTooMuch) return {"slides-too-heavy", {}};
  // Asked for the first page of a document that has none, it says so.
  if (pdfinfo.complaint.find("last page (0)") != std::string::npos) return {"slides-empty", {}};
  if (pdfinfo.end != End::kDone)
    return {pdfinfo.complaint.find("assword") != std::string::npos ? "slides-encrypted" : "slides-unreadable",
            {}};
  struct Measure {
    double width = 0, height = 0;
    bool turned = false;
  };
  std::map<int, Measure> measures;
  std::optional<double> pages;
  std::string_view rest = pdfinfo.output;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with("Pages:")) pages = number_in(line.substr(6));
    const auto told = page_line(line);
    if (!told) continue;
    auto& measure = measures[told->page];
    if (told->what == "rot") measure.turned = told->value == "90" || told->value == "270";
    if (told->what != "size") continue;
    const auto by = told->value.find(" x ");
    if (by == told->value.npos) continue;
    measure.width = number_in(told->value.substr(0, by)).value_or(0);
    measure.height = number_in(told->value.substr(by + 3)).value_or(0);
  }
  if (!pages) return {"slides-unreadable", {}};
  if (*pages < 1) return {"slides-empty", {}};
  if (*pages > kMostPages) return {"slides-too-many-pages", {}};
  Outline outline;
  for (int page = 1; page <= static_cast<int>(*pages); ++page) {
    const auto& m = measures[page];
    outline.pages.push_back(m.turned ? pixels_of(m.height, m.width) : pixels_of(m.width, m.height));
  }
  return outline;
}

}  // namespace thranio::slides
