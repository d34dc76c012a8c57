// Any text as an offer or an ICE fragment: a refusal or an answer, never a crash, and never an answer to an
// offer without ICE credentials or fingerprint.
#include <string_view>

#include "pipelines/sdp/negotiation.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  sdp::parse_fragment(text);
  const auto offer = sdp::parse_offer(text);
  if (!offer) {
    require(!offer.error().code.empty());
    return 0;
  }
  require(offer->ice.ufrag.size() >= 4 && offer->ice.password.size() >= 22);
  require(offer->fingerprint.value.size() == 32);
  sdp::AnswerSettings settings;
  settings.ice = {"ufrag", "password-of-24-characters"};
  settings.fingerprint = {"sha-256", std::vector<uint8_t>(32)};
  settings.candidates = {{"192.0.2.1", 8443}};
  if (const auto answer = sdp::answer_publish(*offer, settings)) {
    require(!answer->tracks.empty() && answer->tracks.size() <= 2);
    require(answer->text.find("a=setup:passive") != std::string::npos);
  }
  uint32_t ssrc = 1;
  if (const auto answer = sdp::answer_subscribe(*offer, settings, [&ssrc] { return ssrc++; }))
    require(!answer->slots.empty() && answer->slots.size() <= 6);
  return 0;
}
