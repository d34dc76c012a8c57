// Whatever reaches the media port, the lesson goes on, and a counter says what it was.
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/transport/first_byte.hpp"
#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using test::OneLesson;
using test::TestStudent;
using test::TestTeacher;

namespace {

// A teacher and a student who watch each other through what the test does.
struct Class {
  OneLesson school;
  TestTeacher teacher{school.loop()};
  TestStudent student{school.loop()};

  Class() { school.connect({&teacher, &student}); }

  uint64_t dropped(const std::string& reason) const {
    return school.metric("thranio_dropped_packets_total{reason=\"" + reason + "\"");
  }
  bool drops(const std::string& reason, uint64_t at_least) {
    return school.loop().run_until([&] { return dropped(reason) >= at_least; }, 10s);
  }
  // The first frame of a session may come before the stage has reached every worker.
  bool goes_on() {
    const uint64_t before = student.picture().packets;
    const auto arrived = [&] { return student.picture().packets >= before + 3; };
    for (int tries = 0; tries < 10 && !arrived(); ++tries) {
      teacher.send_frame();
      teacher.send_voice();
      school.loop().run_until(arrived, 1s);
    }
    return arrived() && student.picture().damaged == 0 && student.connected() && teacher.connected();
  }
};

}  // namespace

TEST_CASE("garbage on the media port is counted, and the lesson goes on", "[media][bad-input]") {
  Class cls;
  REQUIRE(cls.goes_on());
  const uint64_t before = cls.school.metric("thranio_dropped_packets_total");
  test::MediaPeer& somebody = cls.student;
  std::mt19937 random{42};
  // A few at a time, so that no socket's buffer overflows. A few may look like a check of somebody's.
  for (uint64_t sent = 20; sent <= 500; sent += 20) {
    for (int i = 0; i < 20; ++i) {
      std::vector<uint8_t> junk(1 + random() % 1400);
      for (auto& byte : junk)
        byte = static_cast<uint8_t>(random());
      somebody.send_raw(junk);
    }
    REQUIRE(cls.school.loop().run_until(
        [&] { return cls.school.metric("thranio_dropped_packets_total") >= before + sent * 9 / 10; }, 10s));
  }
  somebody.send_raw({});
  CHECK(cls.dropped("unknown_first_byte") > 0);
  CHECK(cls.goes_on());
}

TEST_CASE("a check with a wrong password moves nobody and is counted", "[media][bad-input][stun]") {
  Class cls;
  TestStudent stranger(cls.school.loop());
  REQUIRE(stranger.join([&](const std::string& offer) -> Result<std::string> {
    auto answer = cls.school.whep()(offer);
    if (!answer) return answer;
    const auto password = answer->find("a=ice-pwd:") + 10;
    (*answer)[password] = (*answer)[password] == 'x' ? 'y' : 'x';
    return answer;
  }));
  CHECK(cls.drops("stun_bad_integrity", 3));
  CHECK(stranger.checks_answered() == 0);
  CHECK(stranger.state() == test::MediaPeer::State::kChecking);
  CHECK(cls.goes_on());
}

TEST_CASE("a check for nobody we know is counted", "[media][bad-input][stun]") {
  Class cls;
  test::StunClient stun({"nobody", "a-password-of-24-letters"}, {"stranger", "another-password-of-many"});
  cls.student.send_raw(stun.check(true));
  CHECK(cls.drops("unknown_ufrag", 1));
  CHECK(cls.goes_on());
}

TEST_CASE("DTLS and SRTP from a stranger's address are counted", "[media][bad-input][dtls]") {
  Class cls;
  TestStudent stranger(cls.school.loop());
  REQUIRE(stranger.join([&](const std::string& offer) -> Result<std::string> {
    auto answer = cls.school.whep()(offer);
    const auto password = answer->find("a=ice-pwd:") + 10;  // so that its check fails and no tuple is known
    (*answer)[password] = (*answer)[password] == 'x' ? 'y' : 'x';
    return answer;
  }));
  // A ClientHello record, and a packet that looks like SRTP.
  std::vector<uint8_t> hello{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const uint64_t before = cls.dropped("unknown_tuple");
  stranger.send_raw(hello);
  std::vector<uint8_t> rtp(200, 0x55);
  rtp[0] = 0x80;
  rtp[1] = 96;
  stranger.send_raw(rtp);
  CHECK(cls.drops("unknown_tuple", before + 2));
  CHECK(cls.goes_on());
}

TEST_CASE("a peer that shows another certificate than its offer's is refused", "[media][bad-input][dtls]") {
  Class cls;
  TestStudent impostor(cls.school.loop());
  REQUIRE(impostor.join([&](std::string offer) -> Result<std::string> {
    for (auto at = offer.find("sha-256 "); at != std::string::npos; at = offer.find("sha-256 ", at + 8))
      offer[at + 8] = offer[at + 8] == '0' ? '1' : '0';
    return cls.school.whep()(offer);
  }));
  const auto peer = cls.school.last_peer();
  CHECK(cls.drops("wrong_fingerprint", 1));
  CHECK(cls.school.loop().run_until(
      [&] { return cls.school.saw(pipelines::PeerEvent::Kind::kDisconnected, peer); }, 10s));
  CHECK_FALSE(impostor.connected());
  CHECK(cls.goes_on());
}

TEST_CASE("a peer that floods the handshake is cut short; another's handshake goes through",
          "[media][bad-input][dtls]") {
  Class cls;
  std::vector<uint8_t> hello(1200, 0x5a);
  hello[0] = 22;  // DTLS by its first byte (RFC 7983), nonsense after it
  CHECK(cls.school.loop().run_until(
      [&] {
        for (int i = 0; i < 64; ++i)
          cls.student.send_raw(hello);
        return cls.dropped("handshakes_full") >= 1;
      },
      10s));
  TestStudent newcomer(cls.school.loop());
  cls.school.connect({&newcomer});
  CHECK(newcomer.connected());
  CHECK(cls.goes_on());
}

TEST_CASE("RTP and RTCP that fail authentication are counted", "[media][bad-input][srtp]") {
  Class cls;
  REQUIRE(cls.goes_on());
  std::vector<uint8_t> forged(200, 0x55);
  forged[0] = 0x80;
  forged[1] = 96;
  rtp::write16(&forged[2], 7);
  rtp::write32(&forged[8], cls.teacher.picture_ssrc());
  cls.teacher.send_raw(forged);
  CHECK(cls.drops("srtp_authentication", 1));
  forged[1] = 201;     // a receiver report ...
  forged[196] = 0x80;  // ... that claims to be encrypted under index 7
  forged[197] = forged[198] = 0;
  forged[199] = 7;
  cls.teacher.send_raw(forged);
  CHECK(cls.drops("srtp_authentication", 2));
  CHECK(cls.goes_on());
}

TEST_CASE("a student who sends media, and a teacher with an unknown SSRC, are counted",
          "[media][bad-input][rtp]") {
  Class cls;
  REQUIRE(cls.goes_on());
  // Authentic, but of an SSRC and payload type that no offer named.
  const uint64_t before = cls.school.metric("thranio_dropped_packets_total");
  cls.teacher.send_stray(0xdeadbeef, 77);
  CHECK(cls.school.loop().run_until(
      [&] { return cls.dropped("unknown_ssrc") + cls.dropped("unknown_payload_type") >= 1; }, 10s));
  cls.student.send_stray(0xdeadbeef, 96);
  CHECK(cls.school.loop().run_until(
      [&] { return cls.school.metric("thranio_dropped_packets_total") >= before + 2; }, 10s));
  CHECK(cls.goes_on());
}

TEST_CASE("malformed RTCP inside good SRTCP is counted", "[media][bad-input][rtcp]") {
  Class cls;
  std::vector<uint8_t> rtcp{0x81, 205, 0x00, 0xff, 0, 0, 0, 1, 0, 0, 0, 2};  // claims 1024 bytes
  cls.student.send_rtcp(rtcp);
  CHECK(cls.drops("malformed_rtcp", 1));
  CHECK(cls.goes_on());
}

TEST_CASE("offers that cannot be served are refused with the line at fault", "[media][bad-input][sdp]") {
  OneLesson school;
  TestStudent student(school.loop());
  std::string offer;
  REQUIRE_FALSE(student.join([&](const std::string& text) -> Result<std::string> {
    offer = text;
    return fail(ErrorKind::kInvalid, "kept", "for later");
  }));
  const auto without = [&offer](const std::string& beginning) {
    std::string text = offer;
    for (auto at = text.find(beginning); at != std::string::npos; at = text.find(beginning))
      text.erase(at, text.find('\n', at) + 1 - at);
    return text;
  };
  const auto code = [&](const std::string& text) {
    const auto answer = school.lesson().subscribe(text, {});
    return answer ? std::string("accepted") : answer.error().code;
  };
  CHECK(code(offer) == "accepted");
  CHECK(code("") == "invalid-sdp");
  CHECK(code("\x16\x03\x01 not sdp at all") == "invalid-sdp");
  CHECK(code(without("a=ice-ufrag:")) == "sdp-without-ice");
  CHECK(code(without("a=ice-pwd:")) == "sdp-without-ice");
  CHECK(code(without("a=fingerprint:")) == "sdp-without-fingerprint");
  CHECK(code(without("m=")) == "invalid-sdp");
  CHECK(code(without("a=rtpmap:")) == "codec-not-supported");
  CHECK(code(offer + std::string(70'000, 'a')) == "invalid-sdp");
  CHECK(school.lesson().publish(pipelines::Source::kCamera, without("a=fingerprint:"), {}).error().code ==
        "sdp-without-fingerprint");
}

TEST_CASE("a second camera is refused unless it takes over, and then the first one leaves",
          "[media][stage]") {
  Class cls;
  REQUIRE(cls.goes_on());
  TestTeacher second(cls.school.loop());
  const auto first = *cls.school.lesson().publisher_of(pipelines::Source::kCamera);
  const auto refused = second.join(cls.school.whip());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "source-taken");
  CHECK(cls.goes_on());

  REQUIRE(second.join([&](const std::string& offer) -> Result<std::string> {
    pipelines::PublishTerms take_over;
    take_over.take_over = true;
    auto answer = cls.school.lesson().publish(pipelines::Source::kCamera, offer, take_over);
    if (!answer) return std::unexpected(answer.error());
    return answer->sdp;
  }));
  CHECK(
      cls.school.loop().run_until([&] { return second.connected() && cls.teacher.closed_by_server(); }, 10s));
  CHECK(cls.school.lesson().publisher_of(pipelines::Source::kCamera) != first);
  const uint64_t before = cls.student.picture().packets;
  second.send_frame(3, true);
  CHECK(cls.school.loop().run_until([&] { return cls.student.picture().packets == before + 3; }, 10s));
  CHECK(cls.student.picture().missing.empty());
}
