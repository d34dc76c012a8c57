#include "pipelines/transport/random.hpp"

#include <stdexcept>

#include <openssl/rand.h>

namespace thranio::transport {
namespace {

void fill(uint8_t* bytes, size_t size) {
  if (RAND_bytes(bytes, static_cast<int>(size)) != 1)
    throw std::runtime_error("the system gives no random bytes");
}

}  // namespace

std::string random_token(size_t length) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr uint8_t kEven = 248;  // 4 * 62: bytes from here on would favour the first letters
  std::string token;
  while (token.size() < length) {
    uint8_t bytes[64];
    fill(bytes, sizeof bytes);
    for (const uint8_t byte : bytes)
      if (byte < kEven && token.size() < length) token += kAlphabet[byte % 62];
  }
  return token;
}

uint32_t random_ssrc() {
  uint32_t value = 0;
  while (value < 2)
    fill(reinterpret_cast<uint8_t*>(&value), sizeof value);  // 0 and 1 have other meanings here
  return value;
}

}  // namespace thranio::transport
