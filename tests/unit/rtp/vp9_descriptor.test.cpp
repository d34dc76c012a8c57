#include "pipelines/rtp/vp9_descriptor.hpp"

#include <catch2/catch.hpp>

#include "pipelines/rtp/track_parser.hpp"

using namespace thranio;
using namespace thranio::rtp;

namespace {

std::optional<Vp9Descriptor> parse(const std::vector<uint8_t>& payload) {
  return parse_vp9(payload);
}

// I, L, B, E and V: picture 300, TID 0, SID 0, TL0PICIDX 7; three layers with their sizes.
const std::vector<uint8_t> kKeyFrame{0xae, 0x81, 0x2c, 0x00, 0x07, 0x50, 0x00, 0xf0, 0x00, 0x87, 0x01,
                                     0xe0, 0x01, 0x0e, 0x03, 0xc0, 0x02, 0x1c, 0x82, 0x49, 0x83};

}  // namespace

TEST_CASE("a VP9 key frame tells its layers and their sizes", "[vp9][rfc9628]") {
  const auto d = parse(kKeyFrame);
  REQUIRE(d);
  CHECK(d->size == 18);
  CHECK(d->starts_key_frame);
  CHECK(d->starts_frame);
  CHECK(d->ends_frame);
  CHECK_FALSE(d->not_for_higher);
  CHECK(d->picture_id == 300);
  CHECK(d->picture_id_offset == 1);
  CHECK(d->tl0_picture_index_offset == 4);
  REQUIRE(d->structure);
  CHECK(d->structure->spatial == 3);
  CHECK(d->structure->heights[0] == 135);
  CHECK(d->structure->heights[1] == 270);
  CHECK(d->structure->heights[2] == 540);
}

TEST_CASE("what a VP9 packet is of stands in its layer indices", "[vp9][rfc9628]") {
  SECTION("non-flexible: TL0PICIDX follows") {
    const auto d = parse({0xe9, 0x81, 0x2c, 0x52, 0x09, 0xaa});  // I, P, L, B, Z; TID 2, U, SID 1
    REQUIRE(d);
    CHECK(d->temporal_layer == 2);
    CHECK(d->spatial_layer == 1);
    CHECK(d->inter_picture);
    CHECK(d->not_for_higher);
    CHECK_FALSE(d->starts_key_frame);
    CHECK(d->tl0_picture_index_offset == 4);
    CHECK(d->size == 5);
  }
  SECTION("flexible: the references follow instead") {
    const auto d = parse({0xf8, 0x85, 0x01, 0x20, 0x03, 0x05, 0x06, 0xaa});  // P_DIFF 1, 2 and 3
    REQUIRE(d);
    CHECK(d->tl0_picture_index_offset == 0);
    CHECK(d->temporal_layer == 1);
    CHECK(d->size == 7);
  }
  SECTION("a picture id of seven bits is passed on as it is") {
    const auto d = parse({0x88, 0x05, 0xaa});
    REQUIRE(d);
    CHECK(d->picture_id == 5);
    CHECK(d->picture_id_offset == 0);
  }
  SECTION("an upper layer of a key picture is no place to begin") {
    const auto d = parse({0x2c, 0x03, 0x07, 0xaa});  // L, B, E; SID 1, D; P is 0
    REQUIRE(d);
    CHECK_FALSE(d->starts_key_frame);
  }
  SECTION("a group of pictures is passed over, and tells of temporal layers") {
    // V: one layer, G; two pictures: T0 with one reference, T2 with two.
    const auto d = parse({0x0a, 0x08, 0x02, 0x04, 0x01, 0x48, 0x01, 0x02, 0xaa});
    REQUIRE(d);
    REQUIRE(d->structure);
    CHECK(d->structure->temporal == 3);
    CHECK(d->size == 8);
  }
}

TEST_CASE("a VP9 descriptor that does not fit its payload is refused", "[vp9][rfc9628]") {
  for (size_t size = 0; size < 18; ++size)
    CHECK_FALSE(parse({kKeyFrame.begin(), kKeyFrame.begin() + static_cast<std::ptrdiff_t>(size)}));
  CHECK_FALSE(parse({0xf0, 0x85, 0x00, 0x03, 0x03, 0x03, 0x03, 0xaa}));  // a fourth reference
  CHECK_FALSE(parse({0x0a, 0x08, 0xff, 0x0c, 0x01}));                    // a group that ends early
}

TEST_CASE("a track knows its layers from key frames, and those that rest", "[vp9][track-parser]") {
  TrackParser parser(CodecId::kVp9);
  uint16_t number = 0;
  const auto send = [&](const std::vector<uint8_t>& payload) {
    std::vector<uint8_t> packet(kRtpHeaderSize);
    packet[0] = 0x80;
    packet[3] = static_cast<uint8_t>(++number);
    packet.insert(packet.end(), payload.begin(), payload.end());
    return parser.parse(packet);
  };
  REQUIRE(send({0xe8, 0x81, 0x2c, 0x40, 0x07, 0xaa}));
  CHECK_FALSE(parser.layers());  // nothing is known before a key frame
  REQUIRE(send(kKeyFrame));
  REQUIRE(parser.layers());
  CHECK(parser.layers()->spatial == 3);
  CHECK(parser.layers()->temporal == 1);
  const auto media = send({0xe9, 0x81, 0x2d, 0x52, 0x09, 0xaa});
  REQUIRE(media);
  CHECK((*media)->spatial_layer == 1);
  CHECK((*media)->own_layer_alone);
  CHECK(parser.layers()->temporal == 3);
  REQUIRE(send({0x0e, 0x10, 0x00, 0xf0, 0x00, 0x87, 0xaa}));  // a key frame of one layer
  CHECK(parser.layers()->spatial == 1);
  CHECK(parser.layers()->most == 3);
  CHECK(parser.layers()->temporal == 3);
  CHECK_FALSE(send({0xf0}));
}
