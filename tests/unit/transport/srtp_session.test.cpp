#include "pipelines/transport/srtp_session.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/transport/libsrtp.hpp"

using namespace thranio;
using namespace thranio::test;
using namespace thranio::transport;

namespace {

using Bytes = std::vector<uint8_t>;

struct RtpPacket {
  Bytes bytes;
  size_t header_size;
};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  size_t below(size_t n) { return engine_() % n; }
  uint8_t byte() { return static_cast<uint8_t>(engine_()); }

  SrtpKey key(SrtpProfile profile) {
    SrtpKey key;
    for (auto& b : key.key)
      b = byte();
    const size_t salt = profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
    for (size_t i = 0; i < salt; ++i)
      key.salt[i] = byte();
    return key;
  }

  // Every shape of header: 0 to 15 CSRCs; no extension, one- or two-byte ones; padding; any payload down to
  // none.
  RtpPacket rtp(uint16_t sequence_number) {
    Bytes bytes{0x80, byte(), static_cast<uint8_t>(sequence_number >> 8),
                static_cast<uint8_t>(sequence_number)};
    for (int i = 0; i < 4; ++i)
      bytes.push_back(byte());
    bytes.insert(bytes.end(), {0xca, 0xfe, 0xba, 0xbe});
    const size_t sources = below(3) == 0 ? below(16) : 0;
    bytes[0] |= static_cast<uint8_t>(sources);
    for (size_t i = 0; i < 4 * sources; ++i)
      bytes.push_back(byte());
    if (const size_t kind = below(3); kind > 0) {
      const size_t words = below(8);
      bytes[0] |= 0x10;
      const Bytes profile = kind == 1 ? Bytes{0xbe, 0xde} : Bytes{0x10, 0x00};
      bytes.insert(bytes.end(), profile.begin(), profile.end());
      bytes.insert(bytes.end(), {0, static_cast<uint8_t>(words)});
      for (size_t i = 0; i < 4 * words; ++i)
        bytes.push_back(byte());
    }
    const size_t header_size = bytes.size();
    for (size_t left = below(1200); left > 0; --left)
      bytes.push_back(byte());
    if (below(4) == 0) {
      bytes[0] |= 0x20;
      bytes.insert(bytes.end(), {0, 0, 0, 4});
    }
    return {bytes, header_size};
  }

  // A sender report of some length: what SRTCP sees is the first eight bytes and the rest.
  Bytes rtcp() {
    Bytes bytes{0x80, 200, 0, 0, 0xca, 0xfe, 0xba, 0xbe};
    const size_t words = below(60);
    bytes[3] = static_cast<uint8_t>(words + 1);
    for (size_t i = 0; i < 4 * words; ++i)
      bytes.push_back(byte());
    return bytes;
  }

 private:
  std::mt19937 engine_;
};

Bytes protect(SrtpSender& sender, const RtpPacket& packet, uint32_t roll_over_counter) {
  Bytes bytes = packet.bytes;
  bytes.resize(packet.bytes.size() + SrtpSender::kMaxRtpOverhead);
  bytes.resize(sender.protect_rtp(bytes.data(), packet.header_size, packet.bytes.size(), roll_over_counter));
  return bytes;
}

Bytes protect_rtcp(SrtpSender& sender, const Bytes& packet) {
  Bytes bytes = packet;
  bytes.resize(packet.size() + SrtpSender::kMaxRtcpOverhead);
  bytes.resize(sender.protect_rtcp(bytes.data(), packet.size()));
  return bytes;
}

Bytes plain(std::expected<std::span<uint8_t>, DropReason> unprotected) {
  return unprotected ? Bytes(unprotected->begin(), unprotected->end()) : Bytes{};
}

constexpr SrtpProfile kProfiles[] = {SrtpProfile::kAeadAes128Gcm, SrtpProfile::kAes128CmSha1_80};
constexpr CipherBackend kBackends[] = {CipherBackend::kOpenSsl, CipherBackend::kIpsecMb};

}  // namespace

TEST_CASE("libsrtp reads what we protect, byte for byte, over a roll-over of the sequence number",
          "[srtp][rfc3711][rfc7714]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  const auto backend = GENERATE(from_range(std::begin(kBackends), std::end(kBackends)));
  if (!SrtpSender::available(backend)) return;
  Random random{1};
  const SrtpKey key = random.key(profile);
  SrtpSender sender{profile, key, backend};
  LibSrtp oracle{profile, key, LibSrtp::Direction::kInbound};
  for (uint32_t extended = 65000; extended < 66500; ++extended) {
    const RtpPacket packet = random.rtp(static_cast<uint16_t>(extended));
    const Bytes sent = protect(sender, packet, extended >> 16);
    REQUIRE(oracle.unprotect_rtp(sent) == packet.bytes);
  }
  for (int i = 0; i < 500; ++i) {
    const Bytes packet = random.rtcp();
    REQUIRE(oracle.unprotect_rtcp(protect_rtcp(sender, packet)) == packet);
  }
}

TEST_CASE("all backends make the same bytes", "[srtp]") {
  if (!SrtpSender::available(CipherBackend::kIpsecMb)) return;
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  Random random{2};
  const SrtpKey key = random.key(profile);
  SrtpSender intel{profile, key, CipherBackend::kIpsecMb}, openssl{profile, key, CipherBackend::kOpenSsl};
  for (uint16_t i = 0; i < 500; ++i) {
    const RtpPacket packet = random.rtp(i);
    const auto roll_over_counter = static_cast<uint32_t>(random.below(UINT32_MAX));
    REQUIRE(protect(intel, packet, roll_over_counter) == protect(openssl, packet, roll_over_counter));
    const Bytes report = random.rtcp();
    REQUIRE(protect_rtcp(intel, report) == protect_rtcp(openssl, report));
  }
}

TEST_CASE("we read what libsrtp protects, byte for byte", "[srtp][rfc3711][rfc7714]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  const auto backend = GENERATE(from_range(std::begin(kBackends), std::end(kBackends)));
  if (!SrtpSender::available(backend)) return;
  Random random{3};
  const SrtpKey key = random.key(profile);
  LibSrtp oracle{profile, key, LibSrtp::Direction::kOutbound};
  SrtpReceiver receiver{profile, key, backend};
  for (uint32_t extended = 65000; extended < 66000; ++extended) {
    const RtpPacket packet = random.rtp(static_cast<uint16_t>(extended));
    Bytes sent = oracle.protect_rtp(packet.bytes);
    REQUIRE(plain(receiver.unprotect_rtp(sent)) == packet.bytes);
  }
  for (int i = 0; i < 500; ++i) {
    const Bytes packet = random.rtcp();
    Bytes sent = oracle.protect_rtcp(packet);
    REQUIRE(plain(receiver.unprotect_rtcp(sent)) == packet);
  }
}

TEST_CASE("a changed bit anywhere fails authentication", "[srtp]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  Random random{4};
  const SrtpKey key = random.key(profile);
  SrtpSender sender{profile, key};
  SrtpReceiver receiver{profile, key};
  const Bytes report = protect_rtcp(sender, random.rtcp());
  for (size_t i = 4; i < report.size(); ++i) {
    Bytes forged = report;
    forged[i] ^= 1;
    CHECK_FALSE(receiver.unprotect_rtcp(forged).has_value());
  }
  Bytes genuine = report;
  CHECK(receiver.unprotect_rtcp(genuine).has_value());
}

TEST_CASE("a replayed report is dropped, also when others came between", "[srtp][rfc3711]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  Random random{5};
  const SrtpKey key = random.key(profile);
  SrtpSender sender{profile, key};
  SrtpReceiver receiver{profile, key};
  std::vector<Bytes> reports;
  for (int i = 0; i < 10; ++i)
    reports.push_back(protect_rtcp(sender, random.rtcp()));
  for (const size_t i : {1, 0, 5, 3, 9}) {  // reordered, not replayed
    Bytes report = reports[i];
    CHECK(receiver.unprotect_rtcp(report).has_value());
  }
  for (const size_t i : {0, 1, 3, 5, 9}) {
    Bytes report = reports[i];
    CHECK(receiver.unprotect_rtcp(report).error() == DropReason::kSrtpReplay);
  }
}

TEST_CASE("a report 64 packets behind the newest is too old to be told from a replay", "[srtp][rfc3711]") {
  const SrtpProfile profile = SrtpProfile::kAeadAes128Gcm;
  Random random{9};
  const SrtpKey key = random.key(profile);
  SrtpSender sender{profile, key};
  SrtpReceiver receiver{profile, key};
  std::vector<Bytes> reports;
  for (int i = 0; i < 200; ++i)
    reports.push_back(protect_rtcp(sender, random.rtcp()));
  const auto arrives = [&](size_t i) {
    Bytes report = reports[i];
    return receiver.unprotect_rtcp(report).has_value();
  };
  CHECK(arrives(100));
  CHECK(arrives(37));
  CHECK_FALSE(arrives(36));
  CHECK(arrives(199));
  CHECK_FALSE(arrives(100));
  CHECK(arrives(136));
}

TEST_CASE("no SRTCP index serves two packets: after the last one nothing more is protected",
          "[srtp][rfc3711]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  const auto backend = GENERATE(from_range(std::begin(kBackends), std::end(kBackends)));
  if (!SrtpSender::available(backend)) return;
  Random random{6};
  const SrtpKey key = random.key(profile);
  const Bytes packet = random.rtcp();

  SrtpSender fresh{profile, key, backend};
  CHECK(protect_rtcp(fresh, packet) != protect_rtcp(fresh, packet));

  SrtpSender old{profile, key, backend, SrtpSender::kRtcpIndexEnd - 2};
  CHECK(protect_rtcp(old, packet) != protect_rtcp(old, packet));
  for (int i = 0; i < 3; ++i) {
    Bytes untouched = packet;
    untouched.resize(packet.size() + SrtpSender::kMaxRtcpOverhead);
    CHECK(old.protect_rtcp(untouched.data(), packet.size()) == 0);
    untouched.resize(packet.size());
    CHECK(untouched == packet);
  }
}

TEST_CASE("a peer may use 32 sources; the 33rd is dropped and the others go on", "[srtp]") {
  Random random{7};
  const SrtpKey key = random.key(SrtpProfile::kAeadAes128Gcm);
  SrtpSender sender{SrtpProfile::kAeadAes128Gcm, key};
  SrtpReceiver receiver{SrtpProfile::kAeadAes128Gcm, key};
  const auto from_source = [&](uint8_t source, uint16_t sequence_number) {
    RtpPacket packet = random.rtp(sequence_number);
    packet.bytes[11] = source;
    Bytes sent = protect(sender, packet, 0);
    return receiver.unprotect_rtp(sent);
  };
  for (uint8_t i = 0; i < SrtpReceiver::kMaxSsrcs; ++i)
    REQUIRE(from_source(i, 1).has_value());
  CHECK(from_source(99, 1).error() == DropReason::kUnknownSsrc);
  CHECK(from_source(0, 2).has_value());

  const auto report_from = [&](uint8_t source) {
    Bytes report = random.rtcp();
    report[7] = source;
    Bytes sent = protect_rtcp(sender, report);
    return receiver.unprotect_rtcp(sent);
  };
  for (uint8_t i = 0; i < SrtpReceiver::kMaxSsrcs; ++i)
    REQUIRE(report_from(i).has_value());
  CHECK(report_from(99).error() == DropReason::kUnknownSsrc);
  CHECK(report_from(0).has_value());
}

TEST_CASE("packets too short for their header are dropped, not read beyond", "[srtp]") {
  const auto profile = GENERATE(from_range(std::begin(kProfiles), std::end(kProfiles)));
  Random random{8};
  SrtpReceiver receiver{profile, random.key(profile)};
  for (size_t size = 0; size < 64; ++size) {
    Bytes rtp(size, 0x9f);  // fifteen CSRCs and an extension that are not there
    Bytes rtcp(size, 0x80);
    CHECK_FALSE(receiver.unprotect_rtp(rtp).has_value());
    CHECK_FALSE(receiver.unprotect_rtcp(rtcp).has_value());
  }
}
