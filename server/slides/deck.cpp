#include "server/slides/deck.hpp"

#include <map>

namespace thranio::slides {
namespace {
constexpr std::array kStates{"converting", "ready", "failed"};
}

const char* to_text(DeckState state) {
  return kStates[static_cast<size_t>(state)];
}

DeckState deck_state_of(std::string_view text) {
  for (size_t i = 0; i < kStates.size(); ++i)
    if (text == kStates[i]) return static_cast<DeckState>(i);
  return DeckState::kFailed;
}

std::string sentence_of(const std::string& code) {
  static const std::map<std::string, std::string> kSentences{
      {"slides-unreadable", "The file is broken, or is not what it says it is."},
      {"slides-encrypted", "The file is protected by a password: save it without one."},
      {"slides-empty", "The file has no pages."},
      {"slides-too-many-pages", "The file has more than 300 pages: split it."},
      {"slides-too-heavy", "A page takes more memory or time to draw than the server gives it."},
      {"format-not-supported", "The server has no office suite to convert it: save it as PDF."},
      {"internal-error", "The server could not convert it; its log names the cause."}};
  const auto at = kSentences.find(code);
  return at == kSentences.end() ? std::string{} : at->second;
}

}  // namespace thranio::slides
