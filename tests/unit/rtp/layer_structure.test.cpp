#include "pipelines/rtp/layer_structure.hpp"

#include <catch2/catch.hpp>

using namespace thranio::rtp;

namespace {

LayerStructure layers(std::initializer_list<uint16_t> heights, uint8_t temporal = 3, uint8_t most = 0) {
  LayerStructure structure;
  structure.spatial = static_cast<uint8_t>(heights.size());
  structure.most = most == 0 ? structure.spatial : most;
  structure.temporal = temporal;
  std::copy(heights.begin(), heights.end(), structure.heights.begin());
  return structure;
}

constexpr LayerLimit upto(uint8_t spatial) {
  return {spatial, LayerLimit::kAll};
}

}  // namespace

TEST_CASE("layers serve the rungs of their size", "[layers]") {
  SECTION("our page's camera") {
    const auto rungs = rung_layers(layers({135, 270, 540}));
    CHECK(rungs.slow == LayerLimit{0, 0});
    CHECK(rungs.small == upto(0));
    CHECK(rungs.middle == upto(1));
  }
  SECTION("a lecture hall's: its smallest is of middle size") {
    const auto rungs = rung_layers(layers({270, 540, 1080}));
    CHECK_FALSE(rungs.slow);
    CHECK_FALSE(rungs.small);
    CHECK(rungs.middle == upto(0));
  }
  SECTION("of two of one size the larger") {
    const auto rungs = rung_layers(layers({90, 180, 360}));
    CHECK(rungs.slow == LayerLimit{1, 0});
    CHECK(rungs.small == upto(1));
    CHECK_FALSE(rungs.middle);
  }
  SECTION("without temporal layers none is slow") {
    CHECK_FALSE(rung_layers(layers({135, 270, 540}, 1)).slow);
  }
  SECTION("sizes that are not told go by their order") {
    const auto rungs = rung_layers(layers({0, 0, 0}));
    CHECK(rungs.small == upto(0));
    CHECK(rungs.middle == upto(1));
  }
  SECTION("a single layer is the whole, whatever its size") {
    const auto rungs = rung_layers(layers({144}));
    CHECK_FALSE(rungs.small);
    CHECK_FALSE(rungs.slow);
  }
  SECTION("but where upper ones rest it goes on to serve its rung") {
    const auto rungs = rung_layers(layers({135}, 3, 3));
    CHECK(rungs.small == upto(0));
    CHECK(rungs.slow == LayerLimit{0, 0});
    CHECK_FALSE(rungs.middle);
  }
}

TEST_CASE("a decoder is given the lowest layer that is large enough", "[layers]") {
  CHECK(layer_of_height(layers({135, 270, 540}), 144) == 0);
  CHECK(layer_of_height(layers({135, 270, 540}), 360) == 1);
  CHECK(layer_of_height(layers({135, 270, 540}), 540) == 2);
  CHECK(layer_of_height(layers({135, 270, 540}), 1080) == 2);
  CHECK(layer_of_height(layers({0, 0}), 144) == 1);
  CHECK(layer_of_height(LayerStructure{}, 144) == 0);
}
