#include "pipelines/rtp/packet_history.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::rtp;
using namespace std::chrono_literals;

namespace {

MediaPacketPtr packet(int64_t sequence, bool key = false, uint32_t timestamp = 0) {
  auto p = std::make_shared<MediaPacket>();
  p->timestamp = timestamp;
  p->codec = CodecId::kVp8;
  p->sequence = sequence;
  p->starts_key_frame = key;
  return p;
}

const TimePoint kNow{};

}  // namespace

TEST_CASE("a packet that was inserted is found again, its neighbours are not", "[rtp][history]") {
  PacketHistory history;
  CHECK(history.insert(packet(100), kNow) == DropReason::kNone);
  CHECK(history.find(100)->sequence == 100);
  CHECK(history.find(101) == nullptr);
  CHECK(history.find(100 + PacketHistory::kCapacity) == nullptr);
}

TEST_CASE("the same packet twice is a duplicate, a late one is news", "[rtp][history]") {
  PacketHistory history;
  CHECK(history.insert(packet(10), kNow) == DropReason::kNone);
  CHECK(history.insert(packet(12), kNow) == DropReason::kNone);
  CHECK(history.insert(packet(10), kNow) == DropReason::kDuplicate);
  CHECK(history.insert(packet(11), kNow) == DropReason::kNone);
}

TEST_CASE("what is behind the ring is too old, so that no index is sent twice", "[rtp][history]") {
  PacketHistory history;
  history.insert(packet(0), kNow);
  history.insert(packet(PacketHistory::kCapacity), kNow);
  CHECK(history.insert(packet(0), kNow) == DropReason::kTooOld);
  CHECK(history.find(0) == nullptr);
  CHECK(history.insert(packet(1), kNow) == DropReason::kNone);
}

TEST_CASE("a late joiner starts at the newest key frame while it is fresh", "[rtp][history]") {
  PacketHistory history;
  CHECK_FALSE(history.key_frame_start(kNow, 1s));
  history.insert(packet(5, true), kNow);
  history.insert(packet(6), kNow);
  CHECK(history.key_frame_start(kNow + 1s, 1s) == 5);
  CHECK_FALSE(history.key_frame_start(kNow + 1001ms, 1s));
  history.insert(packet(9, true, 3000), kNow + 2s);
  CHECK(history.key_frame_start(kNow + 2s, 1s) == 9);
}

TEST_CASE("a key frame that left the ring starts nobody", "[rtp][history]") {
  PacketHistory history;
  history.insert(packet(0, true), kNow);
  for (size_t i = 1; i <= PacketHistory::kCapacity; ++i)
    history.insert(packet(static_cast<int64_t>(i)), kNow);
  CHECK_FALSE(history.key_frame_start(kNow, 1s));
}

TEST_CASE("a key frame begins at its parameter sets, not at the picture after them", "[rtp][history][h264]") {
  PacketHistory history;
  history.insert(packet(5, true, 90), kNow);
  history.insert(packet(6, true, 90), kNow);
  CHECK(history.key_frame_start(kNow, 1s) == 5);
}
