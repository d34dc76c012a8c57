// Tells an estimate what a real line told (pipelines/rtp/line_tape.hpp).
#pragma once

#include <functional>
#include <istream>

#include "pipelines/rtp/line_estimate.hpp"

namespace thranio::test {

// Tells an estimate the tape, as if it began at `begin`; after each feedback `heard` is told when it came.
// False: a line of it cannot be read.
bool play_line_tape(std::istream& tape, rtp::LineEstimate& estimate, TimePoint begin,
                    const std::function<void(TimePoint)>& heard);

}  // namespace thranio::test
