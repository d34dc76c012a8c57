#include "pipelines/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <locale.h>
#include <wctype.h>

namespace thranio {
namespace {

constexpr char32_t kReplacement = 0xfffd;

struct Decoded {
  char32_t character;
  size_t bytes;
};

// The character at `at`, or the replacement for a byte that begins none (RFC 3629: no surrogates, nothing
// overlong).
Decoded decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return {kReplacement, 1};
  char32_t character = first & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return {kReplacement, 1};
    character = character << 6 | (byte(at + i) & 0x3f);
  }
  const char32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (character < least || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
    return {kReplacement, 1};
  return {character, length};
}

void append(std::string& out, char32_t c) {
  const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

struct Range {
  char32_t first, last;
};

template <size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c) {
  if (c >= ' ' && c < 0x7f) return false;  // what most of all text is made of stands in no such list
  const auto at = std::ranges::lower_bound(ranges, c, {}, &Range::last);
  return at != ranges.end() && at->first <= c;
}

// Controls, directional formatting, what is invisible and means nothing in a line of chat, noncharacters.
// U+200C to 200F stay: Persian, emoji and mixed lines need them.
constexpr std::array kDropped = std::to_array<Range>({
    {0x0000, 0x0009}, {0x000b, 0x001f},   {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180e, 0x180e},   {0x200b, 0x200b},   {0x202a, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
    {0xfffe, 0xffff}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}, {0xffffe, 0xfffff}, {0x10fffe, 0x10ffff},
});

// Marks that are set on the character before them (Mn and Me of the scripts in use; of others the blocks).
constexpr std::array kMarks = std::to_array<Range>({
    {0x0300, 0x036f},   {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x05bf, 0x05bf},   {0x05c1, 0x05c2},
    {0x05c4, 0x05c5},   {0x05c7, 0x05c7},   {0x0610, 0x061a},   {0x064b, 0x065f},   {0x0670, 0x0670},
    {0x06d6, 0x06dc},   {0x06df, 0x06e4},   {0x06e7, 0x06e8},   {0x06ea, 0x06ed},   {0x0711, 0x0711},
    {0x0730, 0x074a},   {0x07a6, 0x07b0},   {0x07eb, 0x07f3},   {0x0816, 0x082d},   {0x0859, 0x085b},
    {0x0898, 0x089f},   {0x08ca, 0x0902},   {0x093a, 0x093a},   {0x093c, 0x093c},   {0x0941, 0x0948},
    {0x094d, 0x094d},   {0x0951, 0x0957},   {0x0962, 0x0963},   {0x0981, 0x0981},   {0x09bc, 0x09bc},
    {0x09c1, 0x09c4},   {0x09cd, 0x09cd},   {0x09e2, 0x09e3},   {0x0a01, 0x0a02},   {0x0a3c, 0x0a51},
    {0x0a70, 0x0a71},   {0x0a81, 0x0a82},   {0x0abc, 0x0abc},   {0x0ac1, 0x0ac8},   {0x0acd, 0x0acd},
    {0x0b3c, 0x0b3f},   {0x0b41, 0x0b44},   {0x0b4d, 0x0b56},   {0x0bc0, 0x0bc0},   {0x0bcd, 0x0bcd},
    {0x0c3c, 0x0c40},   {0x0c46, 0x0c56},   {0x0cbc, 0x0cbc},   {0x0ccc, 0x0ccd},   {0x0d41, 0x0d44},
    {0x0d4d, 0x0d4d},   {0x0dca, 0x0dca},   {0x0dd2, 0x0dd6},   {0x0e31, 0x0e31},   {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e},   {0x0eb1, 0x0eb1},   {0x0eb4, 0x0ebc},   {0x0ec8, 0x0ece},   {0x0f18, 0x0f19},
    {0x0f35, 0x0f35},   {0x0f37, 0x0f37},   {0x0f39, 0x0f39},   {0x0f71, 0x0f7e},   {0x0f80, 0x0f84},
    {0x0f86, 0x0f87},   {0x0f8d, 0x0fbc},   {0x102d, 0x1030},   {0x1032, 0x1037},   {0x1039, 0x103a},
    {0x135d, 0x135f},   {0x1712, 0x1714},   {0x17b7, 0x17bd},   {0x17c6, 0x17c6},   {0x17c9, 0x17d3},
    {0x180b, 0x180d},   {0x1a17, 0x1a18},   {0x1a56, 0x1a7f},   {0x1ab0, 0x1ace},   {0x1b00, 0x1b03},
    {0x1b34, 0x1b3a},   {0x1b6b, 0x1b73},   {0x1c36, 0x1c37},   {0x1cd0, 0x1ce8},   {0x1dc0, 0x1dff},
    {0x20d0, 0x20f0},   {0x2cef, 0x2cf1},   {0x2de0, 0x2dff},   {0x302a, 0x302d},   {0x3099, 0x309a},
    {0xa66f, 0xa67d},   {0xa69e, 0xa69f},   {0xa6f0, 0xa6f1},   {0xa8e0, 0xa8f1},   {0xaab0, 0xaac1},
    {0xfb1e, 0xfb1e},   {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f},   {0x101fd, 0x101fd}, {0x10376, 0x1037a},
    {0x1d165, 0x1d169}, {0x1d16d, 0x1d172}, {0x1d17b, 0x1d182}, {0x1d185, 0x1d18b}, {0x1d242, 0x1d244},
    {0x1e000, 0x1e02a}, {0x1e8d0, 0x1e8d6}, {0x1e944, 0x1e94a},
});

static_assert(std::ranges::is_sorted(kDropped, {}, &Range::last) &&
              std::ranges::is_sorted(kMarks, {}, &Range::last));

bool is_space(char32_t c) {
  return c == ' ' || c == '\n' || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
         c == 0x205f || c == 0x3000;
}

// A line's end in any of its spellings is \n, a tab a space.
char32_t plain(char32_t c, Lines lines) {
  const bool ends = c == '\n' || c == 0x0b || c == 0x0c || c == 0x85 || c == 0x2028 || c == 0x2029;
  if (ends) return lines == Lines::kMany ? U'\n' : U' ';
  return c == '\t' || c == '\r' ? U' ' : c;
}

// What may stand in a word and is not compared: marks, joiners.
bool is_ignored(char32_t c) {
  return in(kMarks, c) || in(kDropped, c) || (c >= 0x200c && c <= 0x200f);
}

// Letters of all scripts, whatever the process's own locale is.
locale_t letters() {
  static const locale_t all = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return all;
}

struct Accented {
  std::u32string_view letters;
  char32_t bare;
};
constexpr std::array kAccented = std::to_array<Accented>({
    {U"àáâãäå", U'a'},
    {U"ç", U'c'},
    {U"èéêë", U'e'},
    {U"ìíîï", U'i'},
    {U"ñ", U'n'},
    {U"òóôõöø", U'o'},
    {U"ùúûü", U'u'},
    {U"ýÿ", U'y'},
    {U"ά", U'α'},
    {U"έ", U'ε'},
    {U"ή", U'η'},
    {U"ίϊΐ", U'ι'},
    {U"ό", U'ο'},
    {U"ύϋΰ", U'υ'},
    {U"ώ", U'ω'},
    {U"ς", U'σ'},
    {U"ё", U'е'},
    {U"أإآ", U'ا'},
});

// In lower case and without its accent, as far as accents come in one with their letter.
char32_t bare(char32_t c) {
  const auto lower = static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), letters()));
  for (const auto& [accented, plain_letter] : kAccented)
    if (accented.find(lower) != std::u32string_view::npos) return plain_letter;
  return lower;
}

}  // namespace

std::string clean_text(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  size_t keep = 0;  // up to here: trailing space is left out
  int marks = kMarksOnOne, ends = 0, joiners = 0;
  for (size_t at = 0; at < text.size();) {
    const auto [character, bytes] = decode(text, at);
    const bool return_of_two = character == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    at += bytes;
    if (return_of_two) continue;
    const char32_t c = plain(character, lines);
    if (in(kDropped, c)) continue;
    if (in(kMarks, c)) {
      if (++marks > kMarksOnOne) continue;  // a mark without a base is none
      append(out, c);
      keep = out.size();
      continue;
    }
    joiners = c >= 0x200c && c <= 0x200f ? joiners + 1 : 0;
    const bool unseen = is_space(c) || joiners > 0;
    if (joiners > 2 || (unseen && out.empty())) continue;
    if (c == '\n' && ++ends > 2) continue;
    if (joiners == 0) marks = is_space(c) ? kMarksOnOne : 0;
    append(out, c);
    if (unseen) continue;
    ends = 0;
    keep = out.size();
  }
  out.resize(keep);
  return out;
}

std::string folded(std::string_view text) {
  std::string out;
  bool space = false;
  for (size_t at = 0; at < text.size();) {
    const auto [character, bytes] = decode(text, at);
    at += bytes;
    const char32_t c = plain(character, Lines::kOne);
    if (is_space(c)) {
      space = !out.empty();
      continue;
    }
    if (is_ignored(c)) continue;
    if (std::exchange(space, false)) out += ' ';
    append(out, bare(c));
  }
  return out;
}

std::string mask_words(std::string_view text, const WordList& words) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at, characters = 0;
    while (end < text.size()) {
      const auto [c, bytes] = decode(text, end);
      if (!is_ignored(c) && !iswalnum_l(static_cast<wint_t>(c), letters())) break;
      end += bytes;
      characters += !is_ignored(c);
    }
    if (end == at) {  // between two words
      end += decode(text, at).bytes;
      out += text.substr(at, end - at);
    } else {
      const auto word = text.substr(at, end - at);
      out += words.contains(folded(word)) ? std::string(std::max<size_t>(characters, 1), '*')
                                          : std::string(word);
    }
    at = end;
  }
  return out;
}

size_t length_of(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

}  // namespace thranio
