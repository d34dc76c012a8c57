#include "pipelines/rtp/temporal_base.hpp"

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

struct Taker {
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
  TemporalBase base;
  TimePoint now{1h};
  std::vector<MediaPacketPtr> out;
};

}  // namespace

TEST_CASE("the base layer alone passes, numbered without holes", "[temporal-base]") {
  Source source;
  Taker taker;
  for (int i = 0; i < 12; ++i)
    taker.add(source.frame(i == 0));
  REQUIRE(taker.out.size() == 6);
  CHECK(taker.steps() == std::vector<int64_t>(5, 1));
  for (const auto& packet : taker.out)
    CHECK(packet->temporal_layer == 0);
}

TEST_CASE("what comes late takes its place", "[temporal-base]") {
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

TEST_CASE("a loss in another layer leaves no hole, one in the base does", "[temporal-base]") {
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
  taker.now += TemporalBase::kPatience;
  for (int i = 0; i < 8; ++i)
    taker.add(source.frame());
  std::vector<int64_t> wanted(taker.out.size() - 1, 1);
  // Its first packet came, its second never did: the number after it is left out.
  if (in_base) wanted[2] = 2;
  CHECK(taker.steps() == wanted);
}

TEST_CASE("a key frame does not wait for what came before it", "[temporal-base]") {
  Source source;
  Taker taker;
  taker.add(source.frame(true));
  source.frame();
  source.frames = 0;
  taker.add(source.frame(true));
  REQUIRE(taker.out.size() == 4);
  CHECK(taker.out[2]->starts_key_frame);
}
