// Which layers one scalable stream holds, as its sender tells it, and which of them serve which rung of the
// ladder. A rung is a size: what a student on a thin line is shown must not depend on how many layers some
// encoder cuts its picture into. What a layer costs is measured by whoever sends it on. Way: track_parser →
// [LayerStructure] → lesson's intake → layer_track. Spec: RFC 9628 section 4.2 (scalability
// structure). Thread: any (values). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace thranio::rtp {

struct LayerStructure {
  static constexpr size_t kMostSpatial = 8;

  uint8_t spatial = 1;                           // layers
  uint8_t temporal = 1;                          // layers seen so far
  uint8_t most = 1;                              // spatial layers that it has had: upper ones may rest
  std::array<uint16_t, kMostSpatial> heights{};  // pixels, the lesser side of each; 0: not told

  bool operator==(const LayerStructure&) const = default;
};

// What of a stream is sent on: layers up to these numbers.
struct LayerLimit {
  static constexpr uint8_t kAll = 0xff;
  uint8_t spatial = kAll;
  uint8_t temporal = kAll;

  bool operator==(const LayerLimit&) const = default;
};

// The layers that make the rungs below the whole; nothing: the stream has none of that size.
struct RungLayers {
  std::optional<LayerLimit> slow, small, middle;
};
RungLayers rung_layers(const LayerStructure& structure);

// The lowest spatial layer of about that height at least; the highest where none is, or none is told.
uint8_t layer_of_height(const LayerStructure& structure, int height);

}  // namespace thranio::rtp
