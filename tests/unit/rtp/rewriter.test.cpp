#include "pipelines/rtp/rewriter.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::rtp;
using namespace std::chrono_literals;

namespace {

const TimePoint t0{};

// VP8 descriptor with a 15-bit picture id and TL0PICIDX: X=1, I=1, L=1.
MediaPacket vp8(int64_t sequence, uint32_t timestamp, uint16_t picture, uint8_t tl0) {
  MediaPacket p;
  p.codec = CodecId::kVp8;
  p.sequence = sequence;
  p.timestamp = timestamp;
  p.picture_id_offset = 2;
  p.tl0_picture_index_offset = 4;
  p.payload = {0x90, 0xc0, static_cast<uint8_t>(0x80 | picture >> 8), static_cast<uint8_t>(picture),
               tl0,  0x00};
  return p;
}

uint16_t rewritten_picture(const Rewriter& r, const MediaPacket& p) {
  std::vector<uint8_t> payload(p.payload.begin(), p.payload.end());
  r.rewrite_payload(p, payload.data());
  return static_cast<uint16_t>((payload[2] & 0x7f) << 8 | payload[3]);
}

uint8_t rewritten_tl0(const Rewriter& r, const MediaPacket& p) {
  std::vector<uint8_t> payload(p.payload.begin(), p.payload.end());
  r.rewrite_payload(p, payload.data());
  return payload[4];
}

}  // namespace

TEST_CASE("a student's stream starts at its own number and keeps the source's time and pictures",
          "[rtp][rewriter]") {
  Rewriter r{1000};
  const auto first = vp8(70'000, 5000, 17, 3);
  r.switch_to(first, t0);
  CHECK(r.sequence(first) == 1000);
  CHECK(r.timestamp(first) == 5000);
  CHECK(rewritten_picture(r, first) == 17);
  CHECK(rewritten_tl0(r, first) == 3);
  CHECK(r.sequence(vp8(70'005, 0, 0, 0)) == 1005);  // a gap of the source stays a gap
}

TEST_CASE("a switch continues number, time and picture where the last source ended", "[rtp][rewriter]") {
  Rewriter r{1};
  const auto before = vp8(10, 90'000, 0x7fff, 255);
  r.switch_to(before, t0);
  r.sent(before, *r.sequence(before), t0);
  const auto after = vp8(5000, 7, 200, 9);
  r.switch_to(after, t0 + 100ms);
  CHECK(r.sequence(after) == 2);
  CHECK(r.timestamp(after) == 90'000 + 9000);
  CHECK(rewritten_picture(r, after) == 0);  // 15 bits wrap
  CHECK(rewritten_tl0(r, after) == 0);
  CHECK(rewritten_picture(r, vp8(5001, 0, 201, 9)) == 1);
}

TEST_CASE("time moves on by a frame at least, even when the switch comes at once", "[rtp][rewriter]") {
  Rewriter r{1};
  const auto before = vp8(10, 90'000, 1, 1);
  r.switch_to(before, t0);
  r.sent(before, *r.sequence(before), t0);
  const auto after = vp8(20, 1, 1, 1);
  r.switch_to(after, t0);
  CHECK(r.timestamp(after) == 93'000);
}

TEST_CASE("packets from before the switch are not sent", "[rtp][rewriter]") {
  Rewriter r{1};
  r.switch_to(vp8(10, 0, 0, 0), t0);
  CHECK_FALSE(r.sequence(vp8(9, 0, 0, 0)));
  r.detach();
  CHECK_FALSE(r.sequence(vp8(11, 0, 0, 0)));
}

TEST_CASE("a NACK finds its source packet across the 16-bit wrap, and only in the present source",
          "[rtp][rewriter]") {
  Rewriter r{65'530};
  const auto first = vp8(100, 0, 0, 0);
  r.switch_to(first, t0);
  for (int64_t i = 100; i < 120; ++i) {
    const auto p = vp8(i, 0, 0, 0);
    r.sent(p, *r.sequence(p), t0);
  }
  CHECK(r.last_sequence() == 65'549);
  CHECK(r.source_sequence(65'530) == 100);
  CHECK(r.source_sequence(13) == 119);  // 65549 mod 65536
  CHECK_FALSE(r.source_sequence(65'529));
  r.switch_to(vp8(9000, 0, 0, 0), t0 + 1s);
  CHECK_FALSE(r.source_sequence(13));
}

TEST_CASE("no student number is ever given to two packets, whatever the order, the losses and the switches",
          "[rtp][rewriter][srtp-index]") {
  Rewriter r{30'000};
  std::set<int64_t> used;
  uint32_t seed = 1;
  const auto random = [&seed](uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
  };
  for (int source = 0; source < 50; ++source) {
    std::set<int64_t> seen;
    int64_t newest = random(100'000);
    r.switch_to(vp8(newest, 0, 0, 0), t0);
    for (int i = 0; i < 200; ++i) {
      const int64_t sequence = newest + static_cast<int64_t>(random(12)) - 6;  // reordering around the newest
      newest = std::max(newest, sequence);
      if (!seen.insert(sequence).second) continue;  // the history drops duplicates
      const auto p = vp8(sequence, 0, 0, 0);
      if (const auto out = r.sequence(p)) {
        CHECK(used.insert(*out).second);
        r.sent(p, *out, t0);
      }
    }
  }
}
