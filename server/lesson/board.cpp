#include "server/lesson/board.hpp"

#include <algorithm>

namespace thranio::lesson {

const std::deque<Ink>& Board::ink_on(const PageRef& page) const {
  static const std::deque<Ink> kNone;
  const auto at = ink.find(page);
  return at == ink.end() ? kNone : at->second;
}

const Ink* Board::last_of(const PageRef& page, const ParticipantId& who) const {
  const auto& all = ink_on(page);
  const auto at = std::find_if(all.rbegin(), all.rend(), [&](const Ink& one) { return one.by == who; });
  return at == all.rend() ? nullptr : &*at;
}

void show(Board& board, const Shown& shown) {
  board.shown = shown;
  if (shown.page.deck == kWhiteDeck) board.white_pages = std::max(board.white_pages, shown.page.page);
}

void draw(Board& board, const PageRef& page, Ink ink) {
  board.ink_bytes += slides::weight_of(*ink.stroke);
  board.ink[page].push_back(std::move(ink));
}

void take_back(Board& board, const PageRef& page, int64_t id) {
  const auto at = board.ink.find(page);
  if (at == board.ink.end()) return;
  std::erase_if(at->second, [&](const Ink& one) {
    if (one.id != id) return false;
    board.ink_bytes -= slides::weight_of(*one.stroke);
    return true;
  });
}

void clear_page(Board& board, const PageRef& page) {
  for (const auto& one : board.ink_on(page))
    board.ink_bytes -= slides::weight_of(*one.stroke);
  board.ink.erase(page);
}

}  // namespace thranio::lesson
