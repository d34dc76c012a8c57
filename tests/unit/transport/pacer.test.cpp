#include "pipelines/transport/pacer.hpp"

#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/subscriber.hpp"

using namespace thranio;
using namespace thranio::transport;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{1000h};

// Streams are only told apart here, and never sent on.
OutStream& stream(int which) {
  static const auto certificate = DtlsCertificate::create();
  static const auto subscriber = [] {
    SubscriberSettings settings;
    settings.streams.resize(2);
    return std::make_unique<Subscriber>(
        PeerId{"m_1"},
        PeerTransportSettings{{"ours", "password"}, {"theirs", "password"}, {}, certificate.get()},
        std::move(settings), PeerObserver{}, kStart);
  }();
  return subscriber->streams()[static_cast<size_t>(which)];
}

rtp::MediaPacketPtr packet(int64_t sequence, size_t size) {
  auto made = std::make_shared<rtp::MediaPacket>();
  made->codec = rtp::CodecId::kVp8;
  made->sequence = sequence;
  made->payload = std::vector<uint8_t>(size);
  return made;
}

// What leaves until then, woken when the pacer asks to be; each takes its payload of the line.
std::vector<int64_t> run(Pacer& pacer, TimePoint from, TimePoint until) {
  std::vector<int64_t> left;
  for (TimePoint now = from; now <= until; now = pacer.next()) {
    const auto held = pacer.take(now);
    if (!held) continue;
    left.push_back(held->packet->sequence);
    pacer.spent(held->packet->payload.size());
  }
  return left;
}

}  // namespace

TEST_CASE("a key frame leaves as fast as the line carries it, in its order", "[pacer]") {
  Pacer pacer(80'000, kStart);  // ten bytes a millisecond
  for (int64_t i = 0; i < 10; ++i)
    REQUIRE(pacer.hold(stream(0), packet(i, 1000)));
  const auto soon = run(pacer, kStart + 100ms, kStart + 550ms);
  CHECK(soon == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
  CHECK(run(pacer, kStart + 550ms, kStart + 1s) == std::vector<int64_t>{6, 7, 8, 9});
  CHECK(pacer.next() == TimePoint::max());
}

TEST_CASE("a voice that leaves at once takes its share of the line", "[pacer]") {
  Pacer pacer(80'000, kStart);
  for (int64_t i = 0; i < 10; ++i)
    REQUIRE(pacer.hold(stream(0), packet(i, 500)));
  size_t left = 0;
  TimePoint now = kStart;
  for (; left < 10; now += 20ms) {
    pacer.spent(100);  // 40 kbit/s: half of it
    while (const auto held = pacer.take(now)) {
      ++left;
      pacer.spent(held->packet->payload.size());
    }
    REQUIRE(now < kStart + 2s);
  }
  CHECK(now - kStart > 850ms);
  CHECK(now - kStart < 1150ms);
}

TEST_CASE("a line that stood idle is given one packet at once, and no more", "[pacer]") {
  Pacer pacer(80'000, kStart);
  const TimePoint later = kStart + 1h;
  for (int64_t i = 0; i < 5; ++i)
    REQUIRE(pacer.hold(stream(0), packet(i, 1400)));
  CHECK(run(pacer, later, later).size() == 2);  // the second begins before the first one's share is used up
  CHECK(pacer.next() > later + 100ms);
}

TEST_CASE("what would wait too long is not held, and what is forgotten does not come", "[pacer]") {
  Pacer pacer(80'000, kStart);  // two seconds: 20 kB
  int64_t held = 0;
  while (pacer.hold(stream(held % 2), packet(held, 1000)))
    ++held;
  CHECK(held == 20);
  pacer.forget(stream(0));
  CHECK(pacer.hold(stream(1), packet(100, 1000)));
  const auto left = run(pacer, kStart, kStart + 1h);
  REQUIRE(left.size() == 11);
  for (size_t i = 0; i < 10; ++i)
    CHECK(left[i] == static_cast<int64_t>(2 * i + 1));

  Pacer thin(1'000, kStart);
  CHECK(thin.hold(stream(0), packet(1, 5000)));  // one packet always finds its place
  CHECK_FALSE(thin.hold(stream(0), packet(2, 10)));
  CHECK(thin.release().size() == 1);
  CHECK(thin.next() == TimePoint::max());
  CHECK(thin.hold(stream(0), packet(2, 10)));
}

TEST_CASE("a wider line lets go sooner", "[pacer]") {
  Pacer pacer(8'000, kStart);
  for (int64_t i = 0; i < 2; ++i)
    REQUIRE(pacer.hold(stream(0), packet(i, 1000)));
  CHECK(run(pacer, kStart + 1ms, kStart + 500ms).size() == 1);
  const TimePoint slow = pacer.next();
  pacer.set_rate(800'000, kStart + 500ms);
  CHECK(pacer.next() < slow);
}
