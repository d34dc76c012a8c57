// The stage: the fixed slots of a WHEP session (design.md section 1). Which track stands in which slot is the
// lesson's decision; it changes without renegotiation, the rewriter keeps each student's stream continuous.
// Thread: any (values).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "pipelines/base/ids.hpp"

namespace thranio::rtp {

enum class Slot : uint8_t {
  kVoice0,  // the teacher
  kVoice1,  // a student who speaks
  kVoice2,  // the sound of what is shared, else another student
  kCamera,
  kScreen,
  kFloor,
  kMain,  // a player with a single picture: the screen if shared, else the camera
};

constexpr size_t kStageSlots = 6;  // kMain is a view of the others
using StageTracks = std::array<std::optional<TrackId>, kStageSlots>;

constexpr bool is_voice(Slot slot) {
  return slot <= Slot::kVoice2;
}

inline std::optional<TrackId> track_in(const StageTracks& stage, Slot slot) {
  if (slot != Slot::kMain) return stage[static_cast<size_t>(slot)];
  const auto screen = stage[static_cast<size_t>(Slot::kScreen)];
  return screen ? screen : stage[static_cast<size_t>(Slot::kCamera)];
}

}  // namespace thranio::rtp
