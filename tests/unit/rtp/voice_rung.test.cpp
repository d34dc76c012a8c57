#include "pipelines/rtp/voice_rung.hpp"

#include <cmath>
#include <ctime>
#include <numbers>

#include <catch2/catch.hpp>
#include <opus/opus.h>

using namespace thranio;
using namespace std::chrono_literals;
using rtp::VoiceRung;

namespace {

const TimePoint kStart{1000h};

// A tone of 440 Hz as a browser sends a voice: 20 ms a packet.
class Talker {
 public:
  Talker() { encoder_ = opus_encoder_create(48'000, 1, OPUS_APPLICATION_VOIP, nullptr); }
  ~Talker() { opus_encoder_destroy(encoder_); }
  std::vector<uint8_t> next() {
    std::vector<int16_t> sound(960);
    for (auto& sample : sound)
      sample = static_cast<int16_t>(8000 * std::sin(2 * std::numbers::pi * 440 * at_++ / 48'000));
    std::vector<uint8_t> packet(1500);
    packet.resize(static_cast<size_t>(opus_encode(encoder_, sound.data(), 960, packet.data(), 1500)));
    return packet;
  }

 private:
  OpusEncoder* encoder_;
  double at_ = 0;
};

struct Sent {
  uint32_t timestamp;
  std::vector<uint8_t> payload;
};

struct Heard {
  explicit Heard(rtp::VoiceRungSettings settings = {})
      : rung(settings, [this](std::span<const uint8_t> payload, uint32_t timestamp) {
          sent.push_back({timestamp, {payload.begin(), payload.end()}});
        }) {}
  std::vector<Sent> sent;
  VoiceRung rung;
};

double loudness(const std::vector<int16_t>& sound) {
  double sum = 0;
  for (const auto sample : sound)
    sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(sound.size()));
}

}  // namespace

TEST_CASE("a voice's rung has its timestamps, three packets in one, at a third of the bits", "[rtp]") {
  Talker talker;
  Heard heard;
  for (uint16_t i = 0; i < 300; ++i)
    heard.rung.add(static_cast<uint16_t>(65'500 + i), 4'294'897'920u + i * 960u, talker.next(),
                   kStart + i * 20ms);
  REQUIRE(heard.sent.size() == 100);
  size_t bytes = 0;
  for (uint32_t i = 0; i < 100; ++i) {
    CHECK(heard.sent[i].timestamp == 4'294'897'920u + i * 2880u);
    bytes += heard.sent[i].payload.size();
    CHECK(opus_packet_get_nb_samples(heard.sent[i].payload.data(),
                                     static_cast<opus_int32>(heard.sent[i].payload.size()), 48'000) == 2880);
  }
  CHECK(bytes * 8 / 6 < 13'000);  // six seconds
  CHECK(bytes * 8 / 6 > 6'000);

  OpusDecoder* decoder = opus_decoder_create(48'000, 1, nullptr);
  for (size_t i = 0; i < heard.sent.size(); ++i) {
    std::vector<int16_t> sound(2880);
    REQUIRE(opus_decode(decoder, heard.sent[i].payload.data(),
                        static_cast<opus_int32>(heard.sent[i].payload.size()), sound.data(), 2880,
                        0) == 2880);
    if (i > 2) CHECK(loudness(sound) == Approx(8000 / std::numbers::sqrt2).epsilon(0.25));
  }
  opus_decoder_destroy(decoder);
}

TEST_CASE("rungs that were opened at different times meet on one grid", "[rtp]") {
  Talker talker;
  Heard low, lowest({.bits_per_second = 8'000, .packet = 120ms});
  constexpr uint32_t kBase = 4'294'955'217u;  // wraps after 13 packets; 4473911 * 960 + 657
  for (uint16_t i = 0; i < 60; ++i) {
    const auto packet = talker.next();
    if (i < 4) low.rung.pass(kBase + i * 960u);
    if (i < 19) lowest.rung.pass(kBase + i * 960u);
    if (i >= 4) low.rung.add(i, kBase + i * 960u, packet, kStart + i * 20ms);
    if (i >= 19) lowest.rung.add(i, kBase + i * 960u, packet, kStart + i * 20ms);
  }
  REQUIRE_FALSE(low.sent.empty());
  REQUIRE_FALSE(lowest.sent.empty());
  // Both on multiples of 60 ms since the same beginning.
  CHECK((low.sent[0].timestamp - kBase) % 960 == 0);
  const uint32_t apart = lowest.sent[0].timestamp - low.sent[0].timestamp;
  CHECK(apart % 2880 == 0);
  CHECK(apart < 60 * 960);
}

TEST_CASE("the lowest rung is 120 ms a packet", "[rtp]") {
  Talker talker;
  Heard heard({.bits_per_second = 8'000, .packet = 120ms});
  for (uint16_t i = 0; i < 60; ++i)
    heard.rung.add(i, i * 960u, talker.next(), kStart + i * 20ms);
  REQUIRE(heard.sent.size() == 10);
  CHECK(heard.sent[9].timestamp == 9 * 5760);
}

TEST_CASE("what the talker's line swapped or lost leaves the rung whole", "[rtp]") {
  Talker talker;
  Heard heard;
  std::vector<std::vector<uint8_t>> packets;
  for (int i = 0; i < 90; ++i)
    packets.push_back(talker.next());
  const auto add = [&](uint16_t i, Duration at) { heard.rung.add(i, i * 960u, packets[i], kStart + at); };
  for (uint16_t i = 0; i < 90; ++i) {
    if (i == 10) continue;  // comes 60 ms late
    if (i == 40) continue;  // never comes
    add(i, i * 20ms);
    if (i == 13) add(10, 13 * 20ms);
    if (i == 20) add(20, 20 * 20ms);  // twice
  }
  REQUIRE(heard.sent.size() == 30);
  for (uint32_t i = 0; i < 30; ++i)
    CHECK(heard.sent[i].timestamp == i * 2880);
}

TEST_CASE("after a pause the voice begins anew, at its own time", "[rtp]") {
  Talker talker;
  Heard heard;
  for (uint16_t i = 0; i < 4; ++i)
    heard.rung.add(i, i * 960u, talker.next(), kStart + i * 20ms);
  CHECK(heard.sent.size() == 1);
  for (uint16_t i = 4; i < 10; ++i)
    heard.rung.add(i, 480'000 + i * 960u, talker.next(), kStart + 10s + i * 20ms);
  REQUIRE(heard.sent.size() == 3);
  CHECK(heard.sent[1].timestamp == 480'000 + 4 * 960);
  heard.rung.restart();
  const std::vector<uint8_t> noise{0xff, 0xff, 0xff};  // not Opus: passed over
  heard.rung.add(500, 900'000, noise, kStart + 20s);
  heard.rung.add(501, 900'960, {}, kStart + 20s);
  CHECK(heard.sent.size() == 3);
}

// Not run by itself: `unit_rtp "what a talker costs*"` prints it.
TEST_CASE("what a talker costs on thin lines", "[.][rtp][measure]") {
  constexpr int kMinutes = 5;
  Talker talker;  // harder than speech, which pauses
  std::vector<std::vector<uint8_t>> said;
  for (int i = 0; i < kMinutes * 60 * 50; ++i)
    said.push_back(talker.next());
  for (const auto settings : {rtp::VoiceRungSettings{12'000, 60ms}, rtp::VoiceRungSettings{8'000, 120ms}}) {
    Heard heard(settings);
    const std::clock_t before = std::clock();
    for (size_t i = 0; i < said.size(); ++i)
      heard.rung.add(static_cast<uint16_t>(i), static_cast<uint32_t>(i) * 960, said[i], kStart + i * 20ms);
    const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    WARN(settings.bits_per_second << " bit/s: " << 100 * seconds / (kMinutes * 60) << " % of a core");
    CHECK_FALSE(heard.sent.empty());
  }
}
