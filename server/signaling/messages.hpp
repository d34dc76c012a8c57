// The WebSocket's words: text ↔ values, as schema/messages says. Decoding validates against the schema first.
// Way: ws_session ↔ [messages] ↔ lesson. No Boost, no SOCI: a fuzzer finds it ready. Thread: any (immutable).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "pipelines/base/error.hpp"
#include "server/lesson/event.hpp"

namespace thranio::signaling {

struct Hello {
  std::string token;
  std::string name;
  std::string guest_key;
  std::optional<int64_t> last_seq = {};
};
struct Media {
  lesson::Device microphone = lesson::Device::kNone;
  lesson::Device camera = lesson::Device::kNone;
};
struct Ping {
  uint32_t nonce = 0;
};
struct Limit {
  Rung highest = Rung::kAll;
};
struct Whep {
  std::optional<uint32_t> ref;
  PeerId session;
};
struct ClassWish {  // chat, hands, polls ...
  std::optional<uint32_t> ref;
  lesson::Wish wish;
};
using ClientMessage = std::variant<Hello, Media, Ping, Limit, Whep, ClassWish>;

// Errors: invalid-json, invalid-field (field: JSON pointer).
Result<ClientMessage> decode(std::string_view text);
// The number that a refused message carries, if it can be read.
std::optional<uint32_t> ref_in(std::string_view text);

std::string encode(const lesson::Event& event);

}  // namespace thranio::signaling
