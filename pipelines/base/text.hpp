// What people write and what they are called, made fit to be shown among other people's words: no control
// characters, no way to turn the direction of what follows, no towers of marks. It stays text: nothing is
// escaped here, and pages show it as text. Pure. Way: browser → signaling → [text] → class_rules; REST,
// imports → store/table → [text] → the database. Thread: any.
// Spec: Unicode 15 (General_Category of marks; UAX #9 explicit directional formatting).
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace thranio {

// Marks on one base character. Polytonic Greek, taken apart, has three (breathing, accent, iota), pointed
// Hebrew with its cantillation four; towers of marks ("zalgo") have dozens.
constexpr int kMarksOnOne = 4;

enum class Lines : uint8_t { kOne, kMany };

// Valid UTF-8, trimmed; of several lines no more than one is empty between two others. What was nothing but
// such characters is ''.
std::string clean_text(std::string_view text, Lines lines);

// As it is compared: in lower case, without accents, one space where there are several.
std::string folded(std::string_view text);

// Words, folded.
using WordList = std::set<std::string, std::less<>>;
// Each word of the text that is in the list, in any case, with or without accents, becomes asterisks.
std::string mask_words(std::string_view text, const WordList& words);

// In characters (code points), of valid UTF-8.
size_t length_of(std::string_view text);

}  // namespace thranio
