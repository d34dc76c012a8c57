// The arithmetic of a poor link, against what theory says of it.
#include <cmath>

#include <catch2/catch.hpp>

#include "tests/support/link_profiles.hpp"

using namespace thranio;
using namespace thranio::test;
using namespace std::chrono_literals;

namespace {

const TimePoint kStart{1000h};

DirectionSettings plain(int64_t rate, size_t queue) {
  DirectionSettings settings;
  settings.bits_per_second = rate;
  settings.queue_bytes = queue;
  return settings;
}

double share_lost(DirectionModel& model, int packets) {
  for (int i = 0; i < packets; ++i)
    model.offer(kStart + i * 10ms, 100);
  return static_cast<double>(model.counters().lost) / packets;
}

}  // namespace

TEST_CASE("a packet takes its time on the wire and then its delay", "[link]") {
  auto settings = plain(64'000, 8'000);
  settings.delay = 150ms;
  DirectionModel model(settings, 1);
  // 131 bytes at 64 kbit/s: 16.375 ms.
  CHECK(model.offer(kStart, 131).at == kStart + 166'375us);
  CHECK(model.offer(kStart, 131).at == kStart + 182'750us);
  CHECK(model.offer(kStart + 1s, 131).at == kStart + 1'166'375us);
}

TEST_CASE("more than the link carries waits, and then is dropped", "[link]") {
  DirectionModel model(plain(64'000, 8'000), 1);
  TimePoint last;
  // 120 kbit/s for 30 s into 64: 150 bytes every 10 ms.
  for (int i = 0; i < 3000; ++i)
    if (const auto verdict = model.offer(kStart + i * 10ms, 150); verdict.fate == Fate::kDelivered)
      last = verdict.at;
  const auto& c = model.counters();
  const double seconds = std::chrono::duration<double>(last - kStart).count();
  CHECK(std::abs(static_cast<double>(c.delivered_bytes) * 8 / seconds - 64'000) < 64'000 * 0.005);
  CHECK(c.queue_full == c.offered_packets - c.delivered_packets);
  // 53 packets fit into 8,000 bytes: the last of them waits for 52, 18.75 ms each.
  CHECK(c.wait_ms_at(1) == 975);
  CHECK(c.wait_ms_at(0.95) >= 960);
}

TEST_CASE("chance loses as many as it should, and without a chance none", "[link]") {
  for (const double loss : {0.0, 0.05, 0.2})
    for (const uint64_t seed : {1u, 2u, 3u}) {
      auto settings = plain(0, 100'000);
      settings.loss = loss;
      DirectionModel model(settings, seed);
      constexpr int kPackets = 20'000;
      // Four standard deviations: one run in 16,000 is further off.
      CHECK(std::abs(share_lost(model, kPackets) - loss) <= 4 * std::sqrt(loss * (1 - loss) / kPackets));
    }
}

TEST_CASE("bursts are as long as they should be, and as many", "[link]") {
  auto settings = plain(0, 100'000);
  settings.loss = 0.1;
  settings.mean_burst = 3;
  DirectionModel model(settings, 7);
  int bursts = 0, lost = 0;
  bool before = false;
  constexpr int kPackets = 200'000;
  for (int i = 0; i < kPackets; ++i) {
    const bool now = model.offer(kStart + i * 10ms, 100).fate == Fate::kLost;
    lost += now;
    bursts += now && !before;
    before = now;
  }
  CHECK(std::abs(static_cast<double>(lost) / kPackets - 0.1) < 0.005);
  CHECK(std::abs(static_cast<double>(lost) / bursts - 3) < 0.15);
}

TEST_CASE("the same seed tells the same run", "[link]") {
  const auto profile = link_profile("P96j").value();
  DirectionModel a(profile.down, 5), b(profile.down, 5), c(profile.down, 6);
  bool differs = false;
  for (int i = 0; i < 2000; ++i) {
    const auto x = a.offer(kStart + i * 20ms, 120), y = b.offer(kStart + i * 20ms, 120),
               z = c.offer(kStart + i * 20ms, 120);
    REQUIRE(x.fate == y.fate);
    REQUIRE(x.at == y.at);
    differs = differs || x.fate != z.fate || x.at != z.at;
  }
  CHECK(differs);
}

TEST_CASE("jitter swings and keeps the order", "[link]") {
  auto settings = plain(0, 100'000);
  settings.delay = 100ms;
  settings.jitter = 80ms;
  DirectionModel model(settings, 3);
  TimePoint before;
  Duration least = 1h, most{};
  for (int i = 0; i < 5000; ++i) {
    const TimePoint now = kStart + i * 200ms;  // apart: nobody waits for the one before
    const auto at = model.offer(now, 100).at;
    REQUIRE(at >= before);
    before = at;
    least = std::min(least, at - now);
    most = std::max(most, at - now);
  }
  CHECK(least >= 20ms);
  CHECK(least < 21ms);
  CHECK(most <= 180ms);
  CHECK(most > 179ms);
}

TEST_CASE("a policer drops and delays nobody", "[link]") {
  auto settings = plain(64'000, 4'000);
  settings.policer = true;
  settings.delay = 100ms;
  DirectionModel model(settings, 1);
  for (int i = 0; i < 6000; ++i) {  // 96 kbit/s for 60 s
    const TimePoint now = kStart + i * 10ms;
    const auto verdict = model.offer(now, 120);
    if (verdict.fate == Fate::kDelivered) REQUIRE(verdict.at == now + 100ms);
  }
  const auto& c = model.counters();
  CHECK(c.policed > 0);
  CHECK(c.queue_full == 0);
  CHECK(std::abs(static_cast<double>(c.delivered_bytes) * 8 / 60 - 64'000) < 64'000 * 0.02);
}

TEST_CASE("a trace changes the rate under way, and repeats", "[link]") {
  DirectionModel model(link_profile("P128s")->down, 1);
  std::vector<uint64_t> delivered(4);
  // 200 kbit/s into it for two minutes; what arrives in each half minute.
  for (int i = 0; i < 12'000; ++i)
    if (const auto verdict = model.offer(kStart + i * 10ms, 250); verdict.fate == Fate::kDelivered)
      if (const auto part = static_cast<size_t>((verdict.at - 100ms - kStart) / 30s); part < 4)
        delivered[part] += 250;
  for (const size_t part : {0u, 2u})
    CHECK(std::abs(static_cast<double>(delivered[part]) * 8 / 30 - 128'000) < 128'000 * 0.02);
  for (const size_t part : {1u, 3u})
    CHECK(std::abs(static_cast<double>(delivered[part]) * 8 / 30 - 48'000) < 48'000 * 0.02);
}

TEST_CASE("in an outage everything is lost, before and after it nothing", "[link]") {
  DirectionModel model(link_profile("Pout")->down, 1);
  for (int i = 0; i < 6000; ++i) {
    const bool out = i >= 3000 && i < 4000;
    REQUIRE((model.offer(kStart + i * 10ms, 100).fate == Fate::kOutage) == out);
  }
}
