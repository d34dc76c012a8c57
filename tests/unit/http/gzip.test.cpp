#include "server/http/gzip.hpp"

#include <catch2/catch.hpp>

using namespace thranio::http;

TEST_CASE("what was packed comes out as it was, and smaller on its way", "[http]") {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "a=rtcp-fb:" + std::to_string(i) + " transport-cc\r\n";
  const auto packed = gzip(text);
  CHECK(packed.size() < text.size() / 5);
  CHECK(gunzip(packed, text.size()) == text);
  CHECK(gunzip(gzip(""), 10) == "");
}

TEST_CASE("what is no gzip, is cut short, goes on, or would be too long is refused", "[http]") {
  const std::string text(100'000, 'a');  // a bomb in small: 130 bytes
  const auto packed = gzip(text);
  CHECK_FALSE(gunzip(packed, text.size() - 1));
  CHECK_FALSE(gunzip("plain text", 1000));
  CHECK_FALSE(gunzip("", 1000));
  CHECK_FALSE(gunzip(packed.substr(0, packed.size() / 2), text.size()));
  CHECK_FALSE(gunzip(packed + "more", text.size()));
}
