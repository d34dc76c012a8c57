// What the class looks at beside faces: the page that is shown (of a deck of slides, or a white one), the
// part of it that is shown large, and what is drawn on each page. A fold of the class's events, as
// class_state; strokes are shared between the copies of a state.
// Way: class_state → [Board] → class_rules (what may come next), class_desk (what a late joiner is told),
// export. Thread: any (a value).
// Bounds: kMostStrokes a page, kMostInk bytes and kMostWhitePages in all: beyond that nothing is drawn.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/base/ids.hpp"
#include "server/slides/stroke.hpp"

namespace thranio::lesson {

constexpr size_t kMostStrokes = 10'000;  // on a page
constexpr size_t kMostInk = 16UL << 20;  // bytes of all strokes of a lesson
constexpr int kMostWhitePages = 50;
constexpr int64_t kWhiteWidth = 1600, kWhiteHeight = 900;
inline const std::string kWhiteDeck = "board";  // the white pages' name among the decks

struct PageRef {
  std::string deck;  // '': none
  int page = 0;      // from 1
  auto operator<=>(const PageRef&) const = default;
};

// A part of the page, in slides::kPageUnits.
struct PageView {
  int x = 0, y = 0, width = slides::kPageUnits, height = slides::kPageUnits;
  bool operator==(const PageView&) const = default;
};

struct Shown {
  PageRef page;
  int pages = 0;                  // of its deck
  int64_t width = 0, height = 0;  // its proportions
  PageView view;
  bool operator==(const Shown&) const = default;
};

struct Ink {
  int64_t id = 0;  // the seq of its event
  ParticipantId by;
  std::shared_ptr<const slides::Stroke> stroke;
};

struct Board {
  Shown shown;
  int white_pages = 0;
  std::map<PageRef, std::deque<Ink>> ink;  // in the order of drawing
  size_t ink_bytes = 0;

  const std::deque<Ink>& ink_on(const PageRef& page) const;
  // The last that somebody drew on it.
  const Ink* last_of(const PageRef& page, const ParticipantId& who) const;
};

void show(Board& board, const Shown& shown);
void draw(Board& board, const PageRef& page, Ink ink);
void take_back(Board& board, const PageRef& page, int64_t id);
void clear_page(Board& board, const PageRef& page);

}  // namespace thranio::lesson
