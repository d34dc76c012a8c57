// The rungs of the ladder: what a student's line carries of the lesson. Each holds what those below it hold.
// Thread: any (values).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thranio {

enum class Rung : uint8_t {
  kVoiceLowest,    // voice at 8 kbit/s; strokes and captions
  kVoiceLow,       // voice at 12 kbit/s; slides and faces as pictures
  kVoice,          // voice as the teacher sends it; pictures
  kSmallPictures,  // the smallest moving picture
  kScreen,         // what is shared moves, or the camera if nothing is
  kAll,
};
constexpr size_t kRungCount = 6;

constexpr std::string_view name_of(Rung rung) {
  constexpr std::string_view kNames[kRungCount] = {"voice-lowest",   "voice-low", "voice",
                                                   "small-pictures", "screen",    "all"};
  return kNames[static_cast<size_t>(rung)];
}

}  // namespace thranio
