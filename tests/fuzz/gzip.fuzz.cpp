// A packed body: whatever comes, no more than the limit comes out.

// fuzz-sources: server/http/gzip.cpp
#include "server/http/gzip.hpp"

#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLimit = 4096;
  const std::string_view packed(reinterpret_cast<const char*>(data), size);
  const auto text = thranio::http::gunzip(packed, kLimit);
  require(!text || text->size() <= kLimit);
  const auto again = thranio::http::gunzip(thranio::http::gzip(packed), size);
  require(again == packed);
  return 0;
}
