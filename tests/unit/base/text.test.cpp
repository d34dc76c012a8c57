#include "pipelines/base/text.hpp"

#include <catch2/catch.hpp>

using namespace thranio;

namespace {

std::string many(std::string_view text) {
  return clean_text(text, Lines::kMany);
}
std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

}  // namespace

TEST_CASE("what people write in any language stays as it is", "[base][text]") {
  const std::string text =
      GENERATE(as<std::string>{}, "Hello <b>world</b> & \"all\"", "Ἄνδρα μοι ἔννεπε, Μοῦσα",
               "ᾃ = α\u0314\u0300\u0345", "می\u200cخواهم", "שָׁל֖וֹם", "مُعَلِّمٌ", "ไม่ได้รับ", "नमस्ते दुनिया",
               "👩\u200d🏫 👍🏽 ❤\ufe0f", "x² + y² = 1", "two\nlines", "a\n\nb");
  CHECK(many(text) == text);
}

TEST_CASE("controls go, line ends become one kind, and space around goes", "[base][text]") {
  CHECK(many(std::string("a\0b\x07 c\x1b[31m", 11)) == "ab c[31m");
  CHECK(many("a\r\nb\rc\tb\u2028d") == "a\nb c b\nd");
  CHECK(many(" \n \u00a0 hello \n\n") == "hello");
  CHECK(many("a\n\n\n\n\nb") == "a\n\nb");
  CHECK(clean_text("Nikos\nthe Great", Lines::kOne) == "Nikos the Great");
}

TEST_CASE("nothing turns the direction of what follows, and nothing hides", "[base][text][bad-input]") {
  CHECK(many("abc\u202egnp.exe") == "abcgnp.exe");
  CHECK(many("\u2066a\u2067b\u2068c\u2069\u202a\u202b\u202c\u202d") == "abc");
  CHECK(many("pass\u200bword\ufeff\u2060\u00ad") == "password");
  CHECK(many("a\U000e0041\U000e0042") == "a");
  CHECK(many("\u200b\u2060\u3164 \u202e").empty());
  CHECK(many(repeated("\u200d", 40) + "a" + repeated("\u200e", 40)) == "a");
}

TEST_CASE("a tower of marks is cut down to what a letter can carry", "[base][text][bad-input]") {
  CHECK(many("Z" + repeated("\u0308", 60) + "a" + repeated("\u0489", 60)) ==
        "Z" + repeated("\u0308", kMarksOnOne) + "a" + repeated("\u0489", kMarksOnOne));
  CHECK(many(repeated("\u0308", 60)).empty());
  CHECK(many("a " + repeated("\u0308", 60) + "b") == "a b");
}

TEST_CASE("what is no UTF-8 becomes the sign for it, byte by byte", "[base][text][bad-input]") {
  const std::string sign = "\ufffd";
  CHECK(many("a\xff\xfe") == "a" + sign + sign);
  CHECK(many("\xc0\xaf") == sign + sign);                // overlong
  CHECK(many("\xed\xa0\x80") == repeated(sign, 3));      // a surrogate
  CHECK(many("\xf4\x90\x80\x80") == repeated(sign, 4));  // beyond U+10FFFF
  CHECK(many("\xe2\x82") == repeated(sign, 2));          // cut off
}

TEST_CASE("length is in characters", "[base][text]") {
  CHECK(length_of("") == 0);
  CHECK(length_of("αβγ") == 3);
  CHECK(length_of("👍") == 1);
}

TEST_CASE("names are compared without case, accents and spaces that nobody sees", "[base][text]") {
  const auto [one, other] = GENERATE(table<std::string, std::string>({
      {"Ada Beta", "  ADA \u00a0beta "},
      {"Νίκος Παππάς", "ΝΙΚΟΣ ΠΑΠΠΑΣ"},
      {"Νίκος", "νι\u0301κοσ"},
      {"José", "jose"},
      {"Ada", "A\u200bd\u200ca"},
  }));
  CHECK(folded(one) == folded(other));
  CHECK(folded("Ada") != folded("Ida"));
  CHECK(folded(" \n ") == "");
  CHECK(folded("\xff") == "\xef\xbf\xbd");
}

TEST_CASE("a word is masked as a whole, and all around it stays", "[base][text]") {
  const WordList words{"fool", "سيئ"};
  CHECK(mask_words("fool", words) == "****");
  CHECK(mask_words("fo\u0301ol, f\u200bool", words) == "****, ****");
  CHECK(mask_words("tomfoolery fool's <fool>", words) == "tomfoolery ****'s <****>");
  CHECK(mask_words("هذا سيئ", words) == "هذا ***");
  CHECK(mask_words("\xff fool", words) == "\xff ****");
  CHECK(mask_words("", words) == "");
  CHECK(mask_words("fool", {}) == "fool");
}
