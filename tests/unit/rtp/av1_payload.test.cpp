#include "pipelines/rtp/av1_payload.hpp"

#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/rtp/layer_depay.hpp"
#include "pipelines/rtp/layer_track.hpp"
#include "pipelines/rtp/track_parser.hpp"
#include "tests/support/av1_packetizer.hpp"

using namespace thranio;
using namespace thranio::rtp;

namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint8_t kSequenceHeader = 1, kFrame = 6;

void add_obu(Bytes& unit, uint8_t type, size_t size, uint8_t temporal_layer) {
  unit.push_back(static_cast<uint8_t>(type << 3 | 0x06));  // extension, size
  unit.push_back(static_cast<uint8_t>(temporal_layer << 5));
  for (size_t rest = size; rest >= 0x80; rest >>= 7) {
    unit.push_back(static_cast<uint8_t>(rest | 0x80));
    if (rest >> 7 < 0x80) unit.push_back(static_cast<uint8_t>(rest >> 7));
  }
  if (size < 0x80) unit.push_back(static_cast<uint8_t>(size));
  for (size_t i = 0; i < size; ++i)
    unit.push_back(static_cast<uint8_t>(i * 7 + type));
}

// A delimiter, a sequence header if it is a key frame, a frame.
Bytes unit_of(bool key, size_t size, uint8_t temporal_layer = 0) {
  Bytes unit{0x12, 0x00};
  if (key) add_obu(unit, kSequenceHeader, 11, temporal_layer);
  add_obu(unit, kFrame, size, temporal_layer);
  return unit;
}

constexpr uint16_t kFirstNumber = 65'531;  // it wraps soon
constexpr size_t kMost = 200;

}  // namespace

TEST_CASE("an AV1 payload says whether a decoder may begin with it, and of which layer it is", "[av1]") {
  // W = 2: a sequence header, then the beginning of a frame of the third temporal layer.
  const auto key = parse_av1(Bytes{0x68, 2, 0x08, 0xaa, 0x34, 0x48, 0xbb, 0xcc});
  REQUIRE(key);
  CHECK(key->starts_key_frame);
  CHECK(key->goes_on);
  CHECK_FALSE(key->continues);
  CHECK(key->temporal_layer == 2);
  CHECK(key->spatial_layer == 1);
  // W = 0: each with its size; no extension, no layer.
  const auto plain = parse_av1(Bytes{0x00, 2, 0x30, 0xaa, 1, 0x30});
  REQUIRE(plain);
  CHECK_FALSE(plain->starts_key_frame);
  CHECK_FALSE(plain->temporal_layer);
  // What goes on begins with no header, whatever it looks like.
  const auto rest = parse_av1(Bytes{0x90, 0x34, 0x48, 0xbb});
  REQUIRE(rest);
  CHECK(rest->continues);
  CHECK_FALSE(rest->temporal_layer);
}

TEST_CASE("an AV1 payload whose elements do not fit is refused", "[av1][bad-input]") {
  for (const Bytes& bad :
       {Bytes{}, Bytes{0x10}, Bytes{0x00, 3, 1, 2}, Bytes{0x20, 5, 1}, Bytes{0x20, 1, 0x30},
        Bytes{0x30, 1, 0x30, 1, 0x30}, Bytes{0x00, 0, 1}, Bytes{0x00, 0x80},
        Bytes{0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_av1(bad));
    Av1Assembler assembler;
    CHECK_FALSE(assembler.add(bad));
    CHECK(assembler.take().empty());
  }
}

TEST_CASE("AV1's packets are put together to what the encoder made", "[av1]") {
  for (const size_t size : {size_t{1}, size_t{100}, size_t{197}, size_t{198}, size_t{3000}, size_t{16'000}}) {
    CAPTURE(size);
    const Bytes unit = unit_of(true, size);
    Av1Assembler assembler;
    for (const auto& payload : test::av1_payloads(unit, 200))
      REQUIRE(assembler.add(payload));
    const auto made = assembler.take();
    CHECK(Bytes(made.begin(), made.end()) == unit);
    CHECK(assembler.take().empty());
  }
}

TEST_CASE("an OBU that misses a piece makes no picture", "[av1]") {
  const auto payloads = test::av1_payloads(unit_of(false, 900), 200);
  REQUIRE(payloads.size() == 5);
  Av1Assembler assembler;
  REQUIRE(assembler.add(payloads[0]));
  CHECK(assembler.take().empty());  // it has no end yet
  CHECK_FALSE(assembler.add(payloads[1]));
  REQUIRE(assembler.add(payloads[0]));
  CHECK_FALSE(assembler.add(payloads[0]));
}

TEST_CASE("an AV1 stream's temporal layers are known in every packet, and its base is a track",
          "[av1][layers]") {
  test::Av1Sender sender(kFirstNumber);
  TrackParser parser(CodecId::kAv1);
  LayerTrack base({LayerLimit::kAll, 0});
  std::vector<MediaPacketPtr> out;
  size_t of_base = 0;
  for (int picture = 0; picture < 12; ++picture) {
    const uint8_t layer = picture % 4 == 0 ? 0 : picture % 2 == 0 ? 1 : 2;
    const auto packets = sender.packets(unit_of(picture == 0, 500, layer), kMost);
    for (size_t i = 0; i < packets.size(); ++i) {
      const auto media = parser.parse(packets[i]);
      REQUIRE(media);
      CHECK((*media)->temporal_layer == layer);
      CHECK((*media)->starts_frame == (i == 0));
      CHECK((*media)->ends_frame == (i + 1 == packets.size()));
      CHECK((*media)->starts_key_frame == (picture == 0 && i == 0));
      base.add(*media, TimePoint{}, out);
    }
    if (layer == 0) of_base += packets.size();
  }
  REQUIRE(parser.layers());
  CHECK(parser.layers()->spatial == 1);
  CHECK(parser.layers()->temporal == 3);
  REQUIRE(out.size() == of_base);
  for (size_t i = 0; i < out.size(); ++i) {
    CHECK(out[i]->sequence == static_cast<int64_t>(i));
    CHECK(out[i]->temporal_layer == 0);
  }
  CHECK(out.front()->starts_key_frame);
}

TEST_CASE("a decoder is given AV1's pictures whole, from a key frame on", "[av1][layers]") {
  test::Av1Sender sender(kFirstNumber);
  TimePoint now{};
  std::vector<Bytes> pictures;
  LayerDepay depay(CodecId::kAv1, 144, [&](std::span<const uint8_t> coded) {
    pictures.emplace_back(coded.begin(), coded.end());
  });
  const auto give = [&](const Bytes& unit, size_t lost) {
    const auto packets = sender.packets(unit, kMost);
    for (size_t i = 0; i < packets.size(); ++i)
      if (i != lost) depay.add(packets[i], now += std::chrono::milliseconds(100));
  };
  constexpr size_t kNone = 99;
  CHECK(depay.take_key_frame_wanted());
  give(unit_of(false, 300), kNone);
  CHECK(pictures.empty());
  const Bytes key = unit_of(true, 700), next = unit_of(false, 500);
  give(key, kNone);
  give(next, kNone);
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0] == key);
  CHECK(pictures[1] == next);
  give(unit_of(false, 500), 1);
  give(key, kNone);  // needs nothing of what was lost
  give(next, kNone);
  REQUIRE(pictures.size() == 4);
  CHECK(pictures[2] == key);
  CHECK(pictures[3] == next);
}
