#include "pipelines/transport/first_byte.hpp"

#include <array>

#include <catch2/catch.hpp>

using namespace thranio::transport;

namespace {

DatagramKind kind(uint8_t first, uint8_t second) {
  const std::array<uint8_t, 2> datagram{first, second};
  return kind_of(datagram);
}

}  // namespace

TEST_CASE("the first byte tells STUN, DTLS and RTP apart at the borders of RFC 7983",
          "[transport][rfc7983]") {
  const auto [first, expected] = GENERATE(table<int, DatagramKind>({{0, DatagramKind::kStun},
                                                                    {3, DatagramKind::kStun},
                                                                    {4, DatagramKind::kUnknown},
                                                                    {19, DatagramKind::kUnknown},
                                                                    {20, DatagramKind::kDtls},
                                                                    {63, DatagramKind::kDtls},
                                                                    {64, DatagramKind::kUnknown},
                                                                    {127, DatagramKind::kUnknown},
                                                                    {128, DatagramKind::kRtp},
                                                                    {191, DatagramKind::kRtp},
                                                                    {192, DatagramKind::kUnknown},
                                                                    {255, DatagramKind::kUnknown}}));
  CHECK(kind(static_cast<uint8_t>(first), 111) == expected);
}

TEST_CASE("the second byte tells RTCP from RTP, also with the marker bit set", "[transport][rfc5761]") {
  CHECK(kind(0x80, 200) == DatagramKind::kRtcp);  // sender report
  CHECK(kind(0x81, 206) == DatagramKind::kRtcp);  // PLI
  CHECK(kind(0x80, 192) == DatagramKind::kRtcp);
  CHECK(kind(0x80, 223) == DatagramKind::kRtcp);
  CHECK(kind(0x80, 191) == DatagramKind::kRtp);
  CHECK(kind(0x80, 0x80 | 111) == DatagramKind::kRtp);  // payload type 111 with the marker
  CHECK(kind(0x90, 96) == DatagramKind::kRtp);
}

TEST_CASE("less than two bytes are nothing", "[transport]") {
  CHECK(kind_of({}) == DatagramKind::kUnknown);
  const std::array<uint8_t, 1> one{0x80};
  CHECK(kind_of(one) == DatagramKind::kUnknown);
}
