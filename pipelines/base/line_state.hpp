// How one student's line stands, as the server measures it: for her page, her teacher's, and the pictures'
// pace. Thread: any (values).
#pragma once

#include <chrono>
#include <cstdint>

#include "pipelines/base/rung.hpp"

namespace thranio {

struct LineState {
  Rung rung = Rung::kAll;
  int64_t bits_per_second = 0;  // what the line carries, of IP packets
  int64_t spare = 0;            // of these, what the media of her rung leaves
  double loss = 0;              // of the last seconds' packets, 0 to 1
  std::chrono::milliseconds queue{};
};

}  // namespace thranio
