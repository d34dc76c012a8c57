// The rungs of the ladder: what a student's line carries of the lesson. Each holds what those below it hold.
// Thread: any (values).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace thranio {

enum class Rung : uint8_t {
  kVoiceLowest,     // voice at 8 kbit/s; pictures if there is room
  kVoiceLow,        // voice at 12 kbit/s; slides and faces as pictures
  kVoice,           // voice as the teacher sends it; pictures
  kSlowPictures,    // the camera's smallest layer, two or three frames a second (temporal layer 0)
  kSmallPictures,   // all of its smallest layer
  kScreen,          // what is shared moves; if nothing is, more of the camera
  kMiddlePictures,  // the camera's middle layer beside it
  kAll,
};
constexpr size_t kRungCount = 8;

constexpr std::string_view name_of(Rung rung) {
  constexpr std::string_view kNames[kRungCount] = {
      "voice-lowest",   "voice-low", "voice",           "slow-pictures",
      "small-pictures", "screen",    "middle-pictures", "all"};
  return kNames[static_cast<size_t>(rung)];
}

}  // namespace thranio
