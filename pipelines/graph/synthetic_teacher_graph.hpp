// The demo's teacher as a GStreamer pipeline: test picture with a clock, speech-like sound, and webrtcbin as
// the WHIP client, so that the demo takes the same way as a browser and the server meets a foreign client.
// Way: [synthetic teacher] → WHIP → peer transport → lesson, over the network like everybody else.
// Spec: RFC 9725 (WHIP: one offer, one answer; the server is ICE-lite and learns our address from checks).
// Owned by whoever asked for it. Threads: one of its own reads the bus and makes every call that may block;
// webrtcbin's threads only post to that bus.
// Not here: HTTP (PostOffer), coming back after a loss (the owner starts another).
#pragma once

#include <cstdint>
#include <memory>

#include "pipelines/lesson_pipeline.hpp"

namespace thranio::graph {

enum class TeacherVideo : uint8_t {
  kVp8,
  kH264,  // by openh264enc, where GStreamer has it: for tests of the pass-through
};

// What SyntheticTeacher::start does, with a choice of encoder.
std::unique_ptr<pipelines::SyntheticTeacher> start_synthetic_teacher(
    pipelines::SyntheticTeacher::PostOffer post_offer, TeacherVideo video);

}  // namespace thranio::graph
