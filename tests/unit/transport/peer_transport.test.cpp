#include "pipelines/transport/peer_transport.hpp"

#include <random>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "tests/unit/transport/browser.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::test;
using namespace thranio::transport;

namespace {

// A voice packet without extensions, with room for the tag.
Bytes rtp_packet(uint16_t sequence_number, size_t payload = 80) {
  Bytes packet{0x80,
               111,
               static_cast<uint8_t>(sequence_number >> 8),
               static_cast<uint8_t>(sequence_number),
               0,
               0,
               0,
               1,
               0xca,
               0xfe,
               0xba,
               0xbe};
  packet.resize(12 + payload, 0x5a);
  return packet;
}

Bytes protect(SrtpSender& sender, Bytes packet) {
  const size_t size = packet.size();
  packet.resize(size + SrtpSender::kMaxRtpOverhead);
  packet.resize(sender.protect_rtp(packet.data(), 12, size, 0));
  return packet;
}

// Every cipher suite; before media came in, and after, when OpenSSL's part is gone.
void connect_with_some_suite(Browser& browser) {
  const auto suite = GENERATE(as<const char*>{}, "ECDHE-ECDSA-AES128-GCM-SHA256",
                              "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305");
  const bool media_came = GENERATE(false, true);
  REQUIRE(SSL_set_cipher_list(browser.dtls.ssl(), suite) == 1);
  browser.connect();
  REQUIRE(browser.connected == 1);
  REQUIRE(SSL_get_cipher_name(browser.dtls.ssl()) == std::string{suite});
  if (!media_came) return;
  SrtpSender sender{browser.dtls.keys().profile, browser.dtls.keys().ours};
  Bytes packet = protect(sender, rtp_packet(1));
  REQUIRE(browser.server->unprotect_rtp(packet, browser.now).has_value());
}

}  // namespace

TEST_CASE("a browser that checks, nominates and shakes hands has media both ways", "[transport][rfc5764]") {
  const auto profiles = GENERATE(as<std::string>{}, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80",
                                 "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80");
  Browser browser{profiles};
  CHECK(browser.server->sender() == nullptr);
  browser.connect();

  REQUIRE(browser.connected == 1);
  REQUIRE(browser.dtls.connected());
  CHECK(browser.server->connected());
  CHECK(browser.closed.empty());
  CHECK(browser.remotes == std::vector{browser.address});
  CHECK(browser.dtls.peer_fingerprint() == server_certificate().fingerprint());

  const DtlsKeys keys = browser.dtls.keys();
  const bool gcm_offered = profiles.find("GCM") != profiles.npos;
  CHECK(keys.profile == (gcm_offered ? SrtpProfile::kAeadAes128Gcm : SrtpProfile::kAes128CmSha1_80));
  SrtpSender from_browser{keys.profile, keys.ours};
  SrtpReceiver at_browser{keys.profile, keys.theirs};
  const Bytes plain = rtp_packet(7);

  Bytes up = protect(from_browser, plain);
  const auto arrived = browser.server->unprotect_rtp(up, browser.now);
  REQUIRE(arrived.has_value());
  CHECK(Bytes(arrived->begin(), arrived->end()) == plain);

  Bytes down = protect(*browser.server->sender(), plain);
  const auto heard = at_browser.unprotect_rtp(down);
  REQUIRE(heard.has_value());
  CHECK(Bytes(heard->begin(), heard->end()) == plain);
}

TEST_CASE("SRTP before the handshake is dropped as such", "[transport]") {
  Browser browser;
  browser.check();
  Bytes packet = rtp_packet(1);
  CHECK(browser.server->unprotect_rtp(packet, browser.now).error() == DropReason::kBeforeHandshake);
  CHECK(browser.server->unprotect_rtcp(packet, browser.now).error() == DropReason::kBeforeHandshake);
}

TEST_CASE("a replayed or forged SRTP packet is dropped, and the next good one passes",
          "[transport][rfc3711]") {
  Browser browser;
  browser.connect();
  SrtpSender sender{browser.dtls.keys().profile, browser.dtls.keys().ours};
  const Bytes protected_packet = protect(sender, rtp_packet(1));

  Bytes first = protected_packet, again = protected_packet;
  CHECK(browser.server->unprotect_rtp(first, browser.now).has_value());
  CHECK(browser.server->unprotect_rtp(again, browser.now).error() == DropReason::kSrtpReplay);

  Bytes forged = protect(sender, rtp_packet(2));
  forged.back() ^= 1;
  CHECK(browser.server->unprotect_rtp(forged, browser.now).error() == DropReason::kSrtpAuthentication);
  Bytes good = protect(sender, rtp_packet(2));
  CHECK(browser.server->unprotect_rtp(good, browser.now).has_value());
}

TEST_CASE("the handshake survives the loss of any one datagram", "[transport][rfc6347]") {
  const int lost = GENERATE(range(0, 8));
  Browser browser;
  browser.check();
  browser.start_dtls();
  int sent = 0;
  const auto lose_one = [&](int) { return sent++ == lost; };
  browser.carry(lose_one);
  for (int tries = 0; tries < 6 && !(browser.dtls.connected() && browser.connected); ++tries) {
    browser.check();  // the browser's consent checks go on
    browser.serve_next_timer();
    browser.carry(lose_one);
  }
  CHECK(browser.connected == 1);
  CHECK(browser.dtls.connected());
  CHECK(browser.closed.empty());
}

TEST_CASE("a lost flight is sent again after 400 ms, then after twice as long", "[transport][rfc6347]") {
  Browser browser;
  browser.check();
  browser.start_dtls();
  browser.server->handle_dtls(browser.flight.front(), browser.address, browser.now);
  REQUIRE(browser.to_browser.size() == 1);
  browser.to_browser.clear();

  for (const auto timeout : {400ms, 800ms, 1600ms, 3200ms}) {
    CHECK(browser.server->next_deadline() == browser.now + timeout);
    browser.advance(timeout - 20ms);
    browser.server->handle_timer(browser.now);
    CHECK(browser.to_browser.empty());
    browser.advance(20ms);
    browser.server->handle_timer(browser.now);
    CHECK(browser.to_browser.size() == 1);  // the whole flight in one datagram
    browser.to_browser.clear();
  }
}

TEST_CASE("our last flight goes out again until the browser shows that it came", "[transport][rfc6347]") {
  Browser browser;
  browser.check();
  browser.start_dtls();
  browser.carry([&](int) { return browser.server->connected(); });
  REQUIRE(browser.server->connected());
  REQUIRE_FALSE(browser.dtls.connected());
  const auto again_after = [&](Duration wait) {
    CHECK(browser.server->next_deadline() == browser.now + wait);
    browser.advance(wait);
    browser.server->handle_timer(browser.now);
    return browser.to_browser.size();
  };
  REQUIRE(again_after(250ms) == 1);
  browser.to_browser.clear();  // lost, too
  REQUIRE(again_after(500ms) == 1);
  CHECK(browser.to_browser[0].bytes.size() < 100);
  browser.carry();
  CHECK(browser.dtls.connected());

  SrtpSender sender{browser.dtls.keys().profile, browser.dtls.keys().ours};
  Bytes packet = protect(sender, rtp_packet(1));
  REQUIRE(browser.server->unprotect_rtp(packet, browser.now).has_value());
  CHECK(browser.server->next_deadline() > browser.now + 20s);  // nothing but consent is waited for
}

TEST_CASE("no datagram of the handshake is longer than 1200 bytes", "[transport]") {
  Browser browser;
  browser.check();
  browser.start_dtls();
  browser.server->handle_dtls(browser.flight.front(), browser.address, browser.now);
  for (const auto& sent : browser.to_browser)
    CHECK(sent.bytes.size() <= 1200);
}

TEST_CASE("a certificate that is not the one of the offer closes the transport", "[transport][rfc8122]") {
  Browser browser;
  Fingerprint other = browser.dtls.fingerprint();
  SECTION("another digest") {
    other.value[3] ^= 1;
  }
  SECTION("a digest cut short") {
    other.value.resize(16);
  }
  SECTION("an algorithm that RFC 8122 forbids") {
    other.algorithm = "md5";
  }
  browser.offer(other);
  browser.check();
  browser.start_dtls();
  DropReason worst = DropReason::kNone;
  while (!browser.flight.empty() || !browser.to_browser.empty()) {
    while (!browser.flight.empty()) {
      const auto drop = browser.server->handle_dtls(browser.flight.front(), browser.address, browser.now);
      if (drop == DropReason::kWrongFingerprint) worst = drop;
      browser.flight.pop_front();
    }
    for (const auto& sent : std::exchange(browser.to_browser, {}))
      browser.dtls.handle(sent.bytes);
  }
  CHECK(worst == DropReason::kWrongFingerprint);
  CHECK(browser.connected == 0);
  CHECK(browser.closed.size() == 1);
  CHECK(browser.server->sender() == nullptr);
  CHECK(browser.dtls.failed());  // told by an alert, not left waiting
}

TEST_CASE("a browser without a common SRTP profile is sent away", "[transport][rfc5764]") {
  Browser browser{""};
  browser.connect();
  CHECK(browser.connected == 0);
  CHECK(browser.closed == std::vector<std::string>{"no common SRTP profile"});
  CHECK(browser.dtls.closed_by_peer());
}

TEST_CASE("DTLS from an address that passed no check is a stranger's", "[transport]") {
  Browser browser;
  browser.check();
  browser.start_dtls();
  const auto stranger = ipv4("198.51.100.9", 4444);
  CHECK(browser.server->handle_dtls(browser.flight.front(), stranger, browser.now) ==
        DropReason::kUnknownTuple);
  CHECK(browser.to_browser.empty());
  browser.carry();
  CHECK(browser.connected == 1);
}

TEST_CASE("junk among the DTLS records does not end the session", "[transport][rfc6347]") {
  std::mt19937 random{20};
  const auto junk = [&random] {
    Bytes datagram(1 + random() % 300);
    for (auto& byte : datagram)
      byte = static_cast<uint8_t>(random());
    datagram[0] = static_cast<uint8_t>(20 + random() % 4);
    if (datagram.size() > 13 && random() % 2 == 0) {  // a well-formed record header, epoch 0 or 1
      datagram[1] = 0xfe;
      datagram[2] = 0xfd;
      datagram[3] = 0;
      datagram[4] = static_cast<uint8_t>(random() % 2);
      datagram[11] = static_cast<uint8_t>((datagram.size() - 13) >> 8);
      datagram[12] = static_cast<uint8_t>(datagram.size() - 13);
    }
    return datagram;
  };
  Browser browser;
  browser.check();
  const auto throw_junk = [&] {
    for (int i = 0; i < 300; ++i)
      browser.server->handle_dtls(junk(), browser.address, browser.now);
    REQUIRE(browser.closed.empty());
  };
  throw_junk();
  browser.start_dtls();
  browser.server->handle_dtls(browser.flight.front(), browser.address, browser.now);
  browser.flight.pop_front();
  throw_junk();
  browser.carry();
  REQUIRE(browser.connected == 1);
  throw_junk();
  CHECK(browser.server->connected());
  SrtpSender sender{browser.dtls.keys().profile, browser.dtls.keys().ours};
  Bytes packet = protect(sender, rtp_packet(1));
  REQUIRE(browser.server->unprotect_rtp(packet, browser.now).has_value());
  throw_junk();
  CHECK(browser.server->connected());
}

TEST_CASE("a forged or altered alert closes nothing, neither before media nor after",
          "[transport][rfc6347]") {
  Browser browser;
  connect_with_some_suite(browser);
  browser.dtls.close();
  REQUIRE(browser.flight.size() == 1);
  const Bytes genuine = browser.flight.front();
  for (size_t i = 0; i < genuine.size(); ++i) {
    Bytes altered = genuine;
    altered[i] ^= 1;
    browser.server->handle_dtls(altered, browser.address, browser.now);
    REQUIRE(browser.closed.empty());
  }
  browser.server->handle_dtls(Bytes{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40}, browser.address,
                              browser.now);
  CHECK(browser.closed.empty());
  browser.server->handle_dtls(genuine, browser.address, browser.now);
  CHECK(browser.closed.size() == 1);
}

TEST_CASE("close_notify from the browser closes the transport and is answered", "[transport][rfc5246]") {
  Browser browser;
  connect_with_some_suite(browser);
  browser.dtls.close();
  browser.carry();
  CHECK(browser.closed == std::vector<std::string>{"close_notify"});
  CHECK(browser.server->sender() == nullptr);
  CHECK(browser.dtls.closed_by_peer());
}

TEST_CASE("closing here sends close_notify and tells the owner nothing", "[transport]") {
  Browser browser;
  connect_with_some_suite(browser);
  browser.server->close(browser.now);
  browser.carry();
  CHECK(browser.dtls.closed_by_peer());
  CHECK(browser.closed.empty());
  CHECK(browser.server->next_deadline() == TimePoint::max());
  CHECK_FALSE(browser.server->connected());
  browser.server->close(browser.now);
  CHECK(browser.to_browser.empty());
}

TEST_CASE("consent expires 30 s after the last sign of the peer", "[transport][rfc7675]") {
  Browser browser;
  browser.connect();
  for (int i = 0; i < kDtlsFinalTimes; ++i)
    browser.serve_next_timer();
  browser.advance(20s);
  const bool by_media = GENERATE(false, true);
  if (!by_media) {
    browser.check();
  } else {
    SrtpSender sender{browser.dtls.keys().profile, browser.dtls.keys().ours};
    Bytes packet = protect(sender, rtp_packet(1));
    REQUIRE(browser.server->unprotect_rtp(packet, browser.now).has_value());
  }
  browser.advance(29s);
  browser.server->handle_timer(browser.now);
  CHECK(browser.closed.empty());

  SECTION("silence") {}
  SECTION("checks with a wrong password keep nothing alive") {
    browser.stun = StunClient{{kServerIce.ufrag, "not-the-password"}, kClientIce};
    browser.check();
    CHECK(browser.last_drop == DropReason::kStunBadIntegrity);
  }
  SECTION("forged media keeps nothing alive") {
    Bytes forged = rtp_packet(2);
    forged.resize(forged.size() + 16);
    CHECK(!browser.server->unprotect_rtp(forged, browser.now).has_value());
  }
  CHECK(browser.server->next_deadline() == browser.now + 1s);
  browser.to_browser.clear();
  browser.advance(1s);
  browser.server->handle_timer(browser.now);
  CHECK(browser.closed == std::vector<std::string>{"consent expired"});
  CHECK(browser.to_browser.empty());  // RFC 7675: nothing may be sent any more
  CHECK(browser.server->next_deadline() == TimePoint::max());
}

TEST_CASE("a browser that never comes is given up after 30 s", "[transport][rfc7675]") {
  Browser browser;
  browser.advance(30s);
  browser.server->handle_timer(browser.now);
  CHECK(browser.closed.size() == 1);
}

TEST_CASE("media moves at once when the browser nominates another tuple", "[transport][rfc8445]") {
  Browser browser;
  browser.connect();
  const auto wifi = browser.address;
  browser.address = ipv6("2001:db8::7", 40000);

  CHECK(browser.check(false).success);
  CHECK(browser.server->remote() == wifi);
  const auto reply = browser.check(true);
  CHECK(reply.success);
  CHECK(reply.mapped == browser.address);
  CHECK(browser.server->remote() == browser.address);
  CHECK(browser.remotes == std::vector{wifi, browser.address});
  CHECK(browser.connected == 1);  // the same DTLS session
}

TEST_CASE("after an ICE restart the old pair carries media until the new one is nominated",
          "[transport][rfc8445]") {
  Browser browser;
  browser.connect();
  const auto old_address = browser.address;
  const IceCredentials server{"new1", "new-server-password-24-c"}, client{"new2", "new-client-password-24-c"};
  browser.server->restart_ice(server, client, browser.now);
  CHECK(browser.server->local_credentials().ufrag == "new1");
  CHECK(browser.server->remote() == old_address);
  CHECK(browser.server->sender() != nullptr);
  CHECK(browser.check().success);  // a consent check of the old generation

  browser.stun = StunClient{server, client};
  browser.address = ipv4("203.0.113.80", 60000);
  CHECK(browser.check(false).success);
  CHECK(browser.server->remote() == old_address);
  CHECK(browser.check(true).success);
  CHECK(browser.server->remote() == browser.address);

  browser.stun = StunClient{kServerIce, kClientIce};
  browser.address = old_address;
  CHECK(browser.check().error_code == 401);
  CHECK(browser.server->handle_dtls(Bytes(20, 22), old_address, browser.now) == DropReason::kUnknownTuple);
}

TEST_CASE("handshake and media begin on the first pair that passed a check, before any nomination",
          "[transport][rfc8445]") {
  Browser browser;
  CHECK(browser.server->remote().family() == 0);
  browser.check(false);
  browser.start_dtls();
  browser.carry();
  CHECK(browser.connected == 1);
  CHECK(browser.server->remote() == browser.address);
  CHECK(browser.remotes.size() == 1);
}
