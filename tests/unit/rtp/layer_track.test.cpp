#include "pipelines/rtp/layer_track.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::rtp;

namespace {

// Frames of two packets in the order 0, 2, 1, 2 of temporal layers, as browsers send L1T3.
struct Source {
  std::vector<MediaPacketPtr> frame(bool key = false) {
    static constexpr uint8_t kLayers[] = {0, 2, 1, 2};
    const uint8_t layer = kLayers[frames++ % 4];
    if (layer == 0) ++index;
    std::vector<MediaPacketPtr> packets;
    for (const bool first : {true, false}) {
      auto packet = std::make_shared<MediaPacket>();
      packet->codec = CodecId::kVp8;
      packet->sequence = sequence++;
      packet->timestamp = frames * 3600;
      packet->starts_frame = first;
      packet->starts_key_frame = first && key;
      packet->marker = !first;
      packet->temporal_layer = layer;
      packet->tl0_picture_index_offset = 4;
      packet->payload = {0x90, 0xe0, 0x80, 1, index, static_cast<uint8_t>(layer << 6), 1};
      packets.push_back(packet);
    }
    return packets;
  }
  uint32_t frames = 0;
  uint8_t index = 254;
  int64_t sequence = 100;
};

// VP9 in three spatial layers of two packets each; but for key frames no layer refers to another (K-SVC).
struct Scalable {
  std::vector<MediaPacketPtr> picture(bool key = false, uint8_t layers = 3) {
    std::vector<MediaPacketPtr> packets;
    ++pictures;
    for (uint8_t layer = 0; layer < layers; ++layer)
      for (const bool first : {true, false}) {
        auto packet = std::make_shared<MediaPacket>();
        packet->codec = CodecId::kVp9;
        packet->sequence = sequence++;
        packet->timestamp = pictures * 3600;
        packet->starts_frame = first;
        packet->ends_frame = !first;
        packet->starts_key_frame = key && first && layer == 0;
        packet->marker = !first && layer + 1 == layers;
        packet->spatial_layer = layer;
        packet->temporal_layer = pictures % 2 == 0 ? 1 : 0;
        packet->own_layer_alone = !key || independent;
        packet->picture_id_offset = 1;
        packet->payload = {0x80, static_cast<uint8_t>(0x80 | pictures >> 8), static_cast<uint8_t>(pictures),
                           layer};
        packets.push_back(packet);
      }
    return packets;
  }
  bool independent = false;  // key frames, too
  uint32_t pictures = 0;
  int64_t sequence = 65'530;
};

struct Taker {
  explicit Taker(LayerLimit limit = {LayerLimit::kAll, 0}) : base(limit) {}
  void add(const std::vector<MediaPacketPtr>& packets) {
    for (const auto& packet : packets)
      base.add(packet, now, out);
  }
  // The numbers that were given, as holes and repetitions would show.
  std::vector<int64_t> steps() const {
    std::vector<int64_t> all;
    for (size_t i = 1; i < out.size(); ++i)
      all.push_back(out[i]->sequence - out[i - 1]->sequence);
    return all;
  }
  // One letter a packet: its layer, a capital where a picture ends.
  std::string told() const {
    std::string text;
    for (const auto& packet : out)
      text += static_cast<char>((packet->marker ? 'A' : 'a') + packet->spatial_layer);
    return text;
  }
  LayerTrack base;
  TimePoint now{1h};
  std::vector<MediaPacketPtr> out;
};

}  // namespace

TEST_CASE("the base layer alone passes, numbered without holes", "[layer-track]") {
  Source source;
  Taker taker;
  for (int i = 0; i < 12; ++i)
    taker.add(source.frame(i == 0));
  REQUIRE(taker.out.size() == 6);
  CHECK(taker.steps() == std::vector<int64_t>(5, 1));
  for (const auto& packet : taker.out)
    CHECK(packet->temporal_layer == 0);
}

TEST_CASE("what comes late takes its place", "[layer-track]") {
  Source source;
  Taker taker;
  taker.add(source.frame(true));
  for (int i = 0; i < 3; ++i)
    taker.add(source.frame());
  auto base = source.frame();
  taker.add({base[1]});
  taker.add(source.frame());
  CHECK(taker.out.size() == 2);
  taker.add({base[0]});
  REQUIRE(taker.out.size() == 4);
  CHECK(taker.out[2]->starts_frame);
  CHECK(taker.steps() == std::vector<int64_t>(3, 1));
}

TEST_CASE("a loss in another layer leaves no hole, one in the base does", "[layer-track]") {
  const bool in_base = GENERATE(false, true);
  Source source;
  Taker taker;
  taker.add(source.frame(true));
  taker.add(source.frame());
  taker.add(source.frame());
  auto gone = source.frame();
  if (in_base) {
    taker.add(gone);
    gone = source.frame();
    taker.add({gone[0]});
  }
  taker.add(source.frame());
  taker.now += LayerTrack::kPatience;
  for (int i = 0; i < 8; ++i)
    taker.add(source.frame());
  std::vector<int64_t> wanted(taker.out.size() - 1, 1);
  // Its first packet came, its second never did: the number after it is left out.
  if (in_base) wanted[2] = 2;
  CHECK(taker.steps() == wanted);
}

TEST_CASE("a key frame does not wait for what came before it", "[layer-track]") {
  Source source;
  Taker taker;
  taker.add(source.frame(true));
  source.frame();
  source.frames = 0;
  taker.add(source.frame(true));
  REQUIRE(taker.out.size() == 4);
  CHECK(taker.out[2]->starts_key_frame);
}

TEST_CASE("the lowest spatial layer ends its pictures where it ends", "[layer-track][svc]") {
  Scalable source;
  Taker taker({0, LayerLimit::kAll});
  for (int i = 0; i < 4; ++i)
    taker.add(source.picture(i == 0));
  CHECK(taker.told() == "aAaAaAaA");
  CHECK(taker.steps() == std::vector<int64_t>(7, 1));
  CHECK(taker.out[0]->starts_key_frame);
  CHECK_FALSE(taker.out[1]->starts_key_frame);
  CHECK(taker.out[0]->payload.data() != nullptr);
}

TEST_CASE("its base temporal layer is every other picture of it", "[layer-track][svc]") {
  Scalable source;
  Taker taker({0, 0});
  for (int i = 0; i < 4; ++i)
    taker.add(source.picture(i == 0));
  CHECK(taker.told() == "aAaA");
  CHECK(taker.steps() == std::vector<int64_t>(3, 1));
}

TEST_CASE("a lower layer that no higher one refers to is left out", "[layer-track][svc]") {
  Scalable source;
  Taker taker({1, LayerLimit::kAll});
  taker.add(source.picture(true));  // the key frame's layers lean on each other
  taker.add(source.picture());
  taker.add(source.picture());
  CHECK(taker.told() == "aabBbBbB");
  CHECK(taker.steps() == std::vector<int64_t>(7, 1));
  SECTION("but goes on where the higher one does not come") {
    taker.add(source.picture(false, 1));
    CHECK(taker.told() == "aabBbBbBaA");
    taker.add(source.picture());
    CHECK(taker.told() == "aabBbBbBaAbB");
  }
}

TEST_CASE("what was held of a picture's end goes with the marker when a layer above ours follows",
          "[layer-track][svc]") {
  Scalable source;
  Taker taker({1, LayerLimit::kAll});
  auto picture = source.picture(true);
  // The second layer was not coded this time.
  picture.erase(picture.begin() + 2, picture.begin() + 4);
  std::vector<MediaPacketPtr> renumbered;
  for (const auto& packet : picture) {
    auto copy = std::make_shared<MediaPacket>(*packet);
    copy->sequence = 500 + static_cast<int64_t>(renumbered.size());
    renumbered.push_back(copy);
  }
  taker.add(renumbered);
  CHECK(taker.told() == "aA");
}

TEST_CASE("independent layers begin with their own key frame", "[layer-track][svc]") {
  Scalable source;
  source.independent = true;
  Taker taker({1, LayerLimit::kAll});
  taker.add(source.picture(true));
  taker.add(source.picture());
  CHECK(taker.told() == "bBbB");
  CHECK(taker.out[0]->starts_key_frame);
  CHECK_FALSE(taker.out[2]->starts_key_frame);
}

TEST_CASE("the packets of layers share their payload with those of the whole", "[layer-track][svc]") {
  Scalable source;
  Taker taker({0, LayerLimit::kAll});
  const auto picture = source.picture(true);
  taker.add(picture);
  REQUIRE(taker.out.size() == 2);
  CHECK(taker.out[1]->payload.data() == picture[1]->payload.data());
}

TEST_CASE("a loss above our layers leaves no hole, one among them does", "[layer-track][svc]") {
  const size_t lost = GENERATE(0u, 1u, 2u, 4u, 5u);
  CAPTURE(lost);
  Scalable source;
  Taker taker({0, LayerLimit::kAll});
  taker.add(source.picture(true));
  auto picture = source.picture();
  picture.erase(picture.begin() + static_cast<std::ptrdiff_t>(lost));
  taker.add(picture);
  taker.add(source.picture());
  taker.now += LayerTrack::kPatience;
  taker.add(source.picture());
  taker.add(source.picture());
  const auto steps = taker.steps();
  const bool hole = std::count(steps.begin(), steps.end(), 2) == 1;
  CHECK(hole == (lost < 2));
  CHECK(std::count(steps.begin(), steps.end(), 1) + (hole ? 1 : 0) == static_cast<long>(steps.size()));
}

TEST_CASE("packets of layers that come late take their place", "[layer-track][svc]") {
  Scalable source;
  Taker taker({1, LayerLimit::kAll});
  taker.add(source.picture(true));
  auto picture = source.picture();
  std::swap(picture[2], picture[5]);
  taker.add(picture);
  taker.add(source.picture());
  CHECK(taker.told() == "aabBbBbB");
}

TEST_CASE("a frame without an end is not held for ever", "[layer-track][svc]") {
  Taker taker({1, LayerLimit::kAll});
  std::vector<MediaPacketPtr> endless;
  for (int64_t i = 0; i < 1000; ++i) {
    auto packet = std::make_shared<MediaPacket>();
    packet->codec = CodecId::kVp9;
    packet->sequence = i;
    packet->timestamp = 1;
    packet->own_layer_alone = true;
    packet->payload = {0x01, 0x02};
    endless.push_back(packet);
  }
  taker.add(endless);
  CHECK(taker.out.size() + LayerTrack::kMostHeld >= endless.size());
}
