#include "pipelines/transport/stun_message.hpp"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/transport/browser.hpp"

using namespace thranio;
using namespace thranio::test;
using namespace thranio::transport;

namespace {

const SocketAddress kFrom = ipv4("192.0.2.7", 50000);

StunAnswer answer(const Bytes& check, const SocketAddress& from = kFrom) {
  return answer_check(check, from, kServerIce.ufrag, kServerIce.password);
}

Bytes without_attributes_from(Bytes message, uint16_t type) {
  for (size_t at = 20; at + 4 <= message.size();) {
    if ((message[at] << 8 | message[at + 1]) == type) {
      message.resize(at);
      break;
    }
    at += 4 + ((static_cast<size_t>(message[at + 2] << 8 | message[at + 3]) + 3) & ~size_t{3});
  }
  message[2] = static_cast<uint8_t>((message.size() - 20) >> 8);
  message[3] = static_cast<uint8_t>(message.size() - 20);
  return message;
}

// RFC 8489 section 14.7: CRC-32 of all before, XOR 0x5354554e.
Bytes with_fingerprint(Bytes message) {
  const size_t length = message.size() - 20 + 8;
  message[2] = static_cast<uint8_t>(length >> 8);
  message[3] = static_cast<uint8_t>(length);
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : message) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit)
      crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  const uint32_t value = ~crc ^ 0x5354554e;
  for (const uint32_t byte : {0x80u, 0x28u, 0u, 4u, value >> 24, value >> 16, value >> 8, value})
    message.push_back(static_cast<uint8_t>(byte));
  return message;
}

constexpr uint16_t kUsername = 0x0006, kIntegrity = 0x0008, kFingerprint = 0x8028;

}  // namespace

TEST_CASE("the local fragment is read from USERNAME without verifying anything", "[stun][rfc8445]") {
  StunClient browser{kServerIce, kClientIce};
  const Bytes check = browser.check();
  CHECK(peek_ufrag(check) == kServerIce.ufrag);

  SECTION("not from a message cut short") {
    for (size_t size = 0; size < check.size(); ++size)
      CHECK_FALSE(peek_ufrag(std::span{check}.first(size)).has_value());
  }
  SECTION("not from a message without the magic cookie") {
    Bytes other = check;
    other[4] ^= 1;
    CHECK_FALSE(peek_ufrag(other).has_value());
  }
  SECTION("not from an attribute that runs beyond the message") {
    Bytes other = check;
    other[22] = 0xff;
    CHECK_FALSE(peek_ufrag(other).has_value());
  }
  SECTION("not from a message without USERNAME") {
    CHECK_FALSE(peek_ufrag(without_attributes_from(check, kUsername)).has_value());
  }
}

TEST_CASE("a good check is answered with the address it came from", "[stun][rfc8489]") {
  StunClient browser{kServerIce, kClientIce};
  const auto from = GENERATE(ipv4("192.0.2.7", 50000), ipv6("2001:db8::7", 50000));
  const bool nominate = GENERATE(false, true);
  const StunAnswer good = answer(browser.check(nominate), from);
  CHECK(good.drop == DropReason::kNone);
  CHECK(good.verified);
  CHECK(good.nominates == (nominate ? Nominates::yes : Nominates::no));
  const auto reply = browser.read(good.reply());
  CHECK(reply.success);
  CHECK(reply.mapped == from);
}

TEST_CASE("an IPv4 peer on a dual-stack socket is told its IPv4 address", "[stun]") {
  StunClient browser{kServerIce, kClientIce};
  const StunAnswer good = answer(browser.check(), ipv6("::ffff:192.0.2.7", 50000));
  CHECK(browser.read(good.reply()).mapped == ipv4("192.0.2.7", 50000));
}

TEST_CASE("a wrong password or a foreign name is answered 401", "[stun][rfc8489]") {
  const auto server = GENERATE(IceCredentials{kServerIce.ufrag, "some-other-password-of-24"},
                               IceCredentials{"else", kServerIce.password});
  StunClient browser{server, kClientIce};
  const StunAnswer refused = answer(browser.check());
  CHECK(refused.drop == DropReason::kStunBadIntegrity);
  CHECK_FALSE(refused.verified);
  CHECK(browser.read(refused.reply()).error_code == 401);
}

TEST_CASE("a check without integrity or without fingerprint is answered 400", "[stun][rfc8489]") {
  StunClient browser{kServerIce, kClientIce};
  const uint16_t cut = GENERATE(kIntegrity, kFingerprint);
  Bytes check = without_attributes_from(browser.check(), cut);
  if (cut == kIntegrity) check = with_fingerprint(check);
  const StunAnswer refused = answer(check);
  CHECK(refused.drop == DropReason::kMalformedStun);
  CHECK_FALSE(refused.verified);
  CHECK(browser.read(refused.reply()).error_code == 400);
}

TEST_CASE("a peer that claims to be controlled is told 487, for a lite agent never controls",
          "[stun][rfc8445]") {
  StunClient browser{kServerIce, kClientIce};
  const StunAnswer refused = answer(browser.check(false, StunClient::Role::kControlled));
  CHECK_FALSE(refused.verified);
  CHECK(browser.read(refused.reply()).error_code == 487);
}

TEST_CASE("an indication is not answered and proves nothing, for anybody can make one", "[stun][rfc8445]") {
  StunClient browser{kServerIce, kClientIce};
  Bytes indication = without_attributes_from(browser.check(), kUsername);
  indication[1] |= 0x10;
  const StunAnswer nothing = answer(with_fingerprint(indication));
  CHECK(nothing.drop == DropReason::kStunIndication);
  CHECK_FALSE(nothing.verified);
  CHECK(nothing.size == 0);
}

TEST_CASE("a response that nobody asked for is dropped without an answer", "[stun]") {
  StunClient browser{kServerIce, kClientIce};
  const StunAnswer good = answer(browser.check());
  const Bytes response(good.reply().begin(), good.reply().end());
  const StunAnswer nothing = answer(response);
  CHECK(nothing.drop == DropReason::kMalformedStun);
  CHECK(nothing.size == 0);
}

TEST_CASE("any changed byte of a check makes it worthless", "[stun]") {
  StunClient browser{kServerIce, kClientIce};
  const Bytes check = browser.check(true);
  for (size_t i = 0; i < check.size(); ++i) {
    Bytes changed = check;
    changed[i] ^= 0x40;
    CHECK_FALSE(answer(changed).verified);
  }
}

TEST_CASE("an answer is never longer than twice the question, so that nobody is flooded through us",
          "[stun]") {
  StunClient browser{kServerIce, kClientIce};
  const Bytes check = browser.check();
  CHECK(answer(check).size <= 2 * check.size());
  CHECK(answer(without_attributes_from(check, kUsername)).size <= 2 * check.size());
}

TEST_CASE("random bytes are no STUN and get no answer", "[stun]") {
  std::mt19937 random{3};
  for (int i = 0; i < 2000; ++i) {
    Bytes noise(random() % 200);
    for (auto& byte : noise)
      byte = static_cast<uint8_t>(random());
    if (!noise.empty()) noise[0] &= 3;
    CHECK(answer(noise).size == 0);
  }
}
