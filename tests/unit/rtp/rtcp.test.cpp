#include "pipelines/rtp/rtcp.hpp"

#include <array>
#include <optional>

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::rtp;

namespace {

struct Estimate : RtcpVisitor {
  void receiver_estimate(uint64_t bits_per_second) override { bits = bits_per_second; }
  std::optional<uint64_t> bits;
};

std::array<uint8_t, 20> remb(uint8_t exponent_and_mantissa, uint8_t middle, uint8_t low) {
  return {0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, exponent_and_mantissa, middle, low};
}

}  // namespace

TEST_CASE("a receiver's own estimate is read", "[rtcp]") {
  Estimate seen;
  CHECK(parse_rtcp(remb(2 << 2 | 1, 0x02, 0x03), seen) == DropReason::kNone);
  CHECK(seen.bits == (0x10203u << 2));
}

TEST_CASE("an estimate beyond all numbers, or of another sort, is passed over", "[rtcp]") {
  Estimate seen;
  CHECK(parse_rtcp(remb(63 << 2, 0xff, 0xff), seen) == DropReason::kNone);
  auto other = remb(2 << 2, 0, 1);
  other[12] = 'X';
  CHECK(parse_rtcp(other, seen) == DropReason::kNone);
  CHECK_FALSE(seen.bits);
}
