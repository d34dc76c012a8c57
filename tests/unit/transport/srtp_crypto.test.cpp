#include "pipelines/transport/srtp_crypto.hpp"

#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

using namespace thranio::transport;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  int digits = 0, value = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (++digits % 2 == 0) bytes.push_back(static_cast<uint8_t>(value)), value = 0;
  }
  return bytes;
}

template <size_t N>
std::array<uint8_t, N> array_of(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  std::array<uint8_t, N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

constexpr std::string_view kRfc7714Key = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kRfc7714Salt = "517569642070726f2071756f";

}  // namespace

TEST_CASE("AES counter mode gives the keystream of RFC 3711 B.2", "[srtp][rfc3711]") {
  OpenSslCounterMode cipher{array_of<16>("2B7E151628AED2A6ABF7158809CF4F3C")};
  const uint8_t ssrc[4] = {};
  Bytes text(48);
  cipher.apply(text, counter_iv(ssrc, 0, array_of<14>("F0F1F2F3F4F5F6F7F8F9FAFBFCFD")));
  CHECK(text == from_hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                         "41E95B3BB0A2E8DD477901E4FCA894C0"));
}

TEST_CASE("session keys are those of RFC 3711 B.3", "[srtp][rfc3711]") {
  const SrtpKey master{array_of<16>("E1F97A0D3E018BE0D64FA32C06DE4139"),
                       array_of<14>("0EC675AD498AFEEBB6960B3AABE6")};
  const SessionKeys keys = derive(master, SrtpStream::kRtp);
  CHECK(keys.cipher == array_of<16>("C61E7A93744F39EE10734AFE3FF7A087"));
  CHECK(keys.salt == array_of<14>("30CBBC08863D8C85D49DB34A9AE1"));
  CHECK(keys.authentication == array_of<20>("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST_CASE("AES-128-GCM seals an RTP packet as RFC 7714 section 16.1.1 does", "[srtp][rfc7714]") {
  Bytes packet = from_hex(
      "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973"
      "20646976 69736120 696e2070 61727465 73207472 6573");
  const GcmIv iv = gcm_rtp_iv(packet.data(), 0, array_of<14>(kRfc7714Salt));
  CHECK(iv == array_of<12>("51753c6580c2726f20718414"));

  OpenSslGcm cipher{array_of<16>(kRfc7714Key)};
  const size_t size = packet.size();
  packet.resize(size + kGcmTag);
  const std::span<uint8_t> all{packet};
  cipher.seal(all.subspan(12, size - 12), all.first(12), iv, &packet[size]);
  CHECK(packet == from_hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5"
                           "0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce"));

  CHECK(cipher.open(all.subspan(12, size - 12), all.first(12), iv, &packet[size]));
  packet[20] ^= 1;
  CHECK_FALSE(cipher.open(all.subspan(12, size - 12), all.first(12), iv, &packet[size]));
}

TEST_CASE("AES-128-GCM seals an RTCP packet as RFC 7714 section 17.1 does", "[srtp][rfc7714]") {
  constexpr uint32_t kIndex = 0x5d4;
  Bytes packet = from_hex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61"
      "deadbeef deadbeef deadbeef deadbeef deadbeef");
  const GcmIv iv = gcm_rtcp_iv(packet.data(), kIndex, array_of<14>(kRfc7714Salt));
  CHECK(iv == array_of<12>("517524055203726f207170bb"));
  const GcmAad aad = gcm_rtcp_aad(packet.data(), kIndex);
  CHECK(aad == array_of<12>("81c8000d4d617273800005d4"));

  OpenSslGcm cipher{array_of<16>(kRfc7714Key)};
  const size_t size = packet.size();
  packet.resize(size + kGcmTag);
  cipher.seal(std::span{packet}.subspan(8, size - 8), aad, iv, &packet[size]);
  CHECK(packet ==
        from_hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d"
                 "c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade"));
}

TEST_CASE("HMAC-SHA1 gives the tag of RFC 2202 case 1, also when the message comes in two parts", "[srtp]") {
  std::array<uint8_t, 20> key;
  key.fill(0x0b);
  const HmacSha1 hmac{key};
  const auto expected = array_of<10>("b617318655057264e28b");
  const Bytes message{'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
  CHECK(hmac.tag(message) == expected);
  CHECK(hmac.tag(std::span{message}.first(3), std::span{message}.subspan(3)) == expected);
}
