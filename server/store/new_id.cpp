#include "server/store/new_id.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

#include <openssl/rand.h>

namespace thranio::store {

std::string new_id(std::string_view prefix) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  uint8_t random[16];
  if (RAND_bytes(random, sizeof random) != 1) throw std::runtime_error("the system gives no random bytes");
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
