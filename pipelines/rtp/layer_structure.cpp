#include "pipelines/rtp/layer_structure.hpp"

#include <algorithm>

namespace thranio::rtp {
namespace {

// Half as high again as the rungs' own 144 and 270 lines: an encoder halves what its camera has.
constexpr int kSmallest = 72, kHighestSmall = 216, kHighestMiddle = 405;

}  // namespace

RungLayers rung_layers(const LayerStructure& structure) {
  RungLayers rungs;
  // What is its highest layer is the whole, unless higher ones rest.
  for (uint8_t layer = 0; layer < structure.spatial && layer + 1 < structure.most; ++layer) {
    const int height = structure.heights[layer];
    const LayerLimit upto{layer, LayerLimit::kAll};
    if (height == 0)
      (layer == 0 ? rungs.small : rungs.middle) = upto;
    else if (height >= kSmallest && height <= kHighestSmall)
      rungs.small = upto;
    else if (height > kHighestSmall && height <= kHighestMiddle)
      rungs.middle = upto;
  }
  if (rungs.small && structure.temporal > 1) rungs.slow = LayerLimit{rungs.small->spatial, 0};
  return rungs;
}

uint8_t layer_of_height(const LayerStructure& structure, int height) {
  for (uint8_t layer = 0; layer + 1 < structure.spatial; ++layer)
    if (structure.heights[layer] * 4 >= height * 3) return layer;  // three quarters will do
  return static_cast<uint8_t>(std::max<int>(structure.spatial, 1) - 1);
}

}  // namespace thranio::rtp
