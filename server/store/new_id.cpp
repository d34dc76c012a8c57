#include "server/store/new_id.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>

#include <openssl/rand.h>

namespace thranio::store {

namespace {

using Random = std::array<uint8_t, 16>;

// 64 ids' worth at a time: an import makes half a million ids, and OpenSSL locks for each call.
Random take_random() {
  thread_local std::array<Random, 64> stock;
  thread_local size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(stock[0].data(), sizeof stock) != 1)
      throw std::runtime_error("the system gives no random bytes");
    left = stock.size();
  }
  return stock[--left];
}

}  // namespace

std::string new_id(std::string_view prefix) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  const auto random = take_random();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto millis =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  std::string id{prefix};
  id += '_';
  for (int shift = 45; shift >= 0; shift -= 5)
    id += kDigits[millis >> shift & 31];
  for (const uint8_t byte : random)
    id += kDigits[byte & 31];
  return id;
}

}  // namespace thranio::store
