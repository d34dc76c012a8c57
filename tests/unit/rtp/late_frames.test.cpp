#include "pipelines/rtp/late_frames.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::rtp;
using namespace std::chrono_literals;

namespace {

struct Picture : MediaPacket {
  explicit Picture(uint32_t frame) {
    codec = CodecId::kVp8;
    timestamp = frame * 3000;
  }
  Picture& key() {
    starts_key_frame = true;
    return *this;
  }
  Picture& lone() {
    discardable = true;
    return *this;
  }
};

}  // namespace

TEST_CASE("a worker that keeps up leaves nothing out", "[rtp][late]") {
  LateFrames late;
  CHECK(late.takes(Picture(1).key(), 0ms));
  CHECK(late.takes(Picture(2).lone(), 140ms));
  CHECK(late.takes(Picture(3), 500ms));  // others need it, and the worker may catch up
}

TEST_CASE("frames that no other needs go first, and always whole", "[rtp][late]") {
  LateFrames late;
  CHECK(late.takes(Picture(1).lone(), 100ms));
  CHECK(late.takes(Picture(1).lone(), 200ms));  // begun on time: goes out whole
  CHECK_FALSE(late.takes(Picture(2).lone(), 200ms));
  CHECK_FALSE(late.takes(Picture(2).lone(), 0ms));  // its beginning is gone
  CHECK(late.takes(Picture(3), 200ms));
  CHECK_FALSE(late.waits_for_key_frame());
}

TEST_CASE("far behind, the picture stands until a key frame comes on time", "[rtp][late]") {
  LateFrames late;
  CHECK_FALSE(late.takes(Picture(1), 1000ms));
  CHECK(late.waits_for_key_frame());
  CHECK_FALSE(late.takes(Picture(2), 0ms));
  CHECK_FALSE(late.takes(Picture(3).key(), 400ms));  // would begin late again
  CHECK_FALSE(late.takes(Picture(4), 0ms));
  CHECK(late.takes(Picture(5).key(), 0ms));
  CHECK_FALSE(late.waits_for_key_frame());
  CHECK(late.takes(Picture(6), 0ms));
}

TEST_CASE("voice is never left out", "[rtp][late]") {
  LateFrames late;
  MediaPacket voice;
  CHECK_FALSE(late.takes(Picture(1), 5s));
  CHECK(late.takes(voice, 5s));
}
