// Any text on the class's WebSocket: a refusal that names its field, or a message within the schema's bounds.
// fuzz-sources: server/signaling/messages.cpp server/store/times.cpp
// fuzz-sources: server/auth/principal.cpp server/schedule/lesson_record.cpp
#include <string_view>

#include "server/signaling/messages.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto message = signaling::decode({reinterpret_cast<const char*>(data), size});
  if (!message) {
    require(!message.error().code.empty() && !message.error().detail.empty());
    // The refusal goes back over the same socket, whatever bytes it speaks of.
    require(!signaling::encode(lesson::Refused{message.error()}).empty());
    return 0;
  }
  if (const auto* hello = std::get_if<signaling::Hello>(&*message)) {
    require(!hello->token.empty() && hello->token.size() <= 256);
    require(hello->name.size() <= 4 * 64 && hello->guest_key.size() <= 4 * 64);
  }
  return 0;
}
