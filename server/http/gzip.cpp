#include "server/http/gzip.hpp"

#include <stdexcept>

#include <zlib.h>

namespace thranio::http {
namespace {

constexpr int kGzip = 15 + 16;  // zlib's manual: the largest window, a gzip header

Bytef* bytes(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib reads it only
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = bytes(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::optional<std::string> gunzip(std::string_view packed, size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) throw std::bad_alloc();
  std::string text(limit + 1, '\0');
  stream.next_in = bytes(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = bytes(text);
  stream.avail_out = static_cast<uInt>(text.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0 && stream.total_out <= limit;
  text.resize(stream.total_out);
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return text;
}

}  // namespace thranio::http
