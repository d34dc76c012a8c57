#include "pipelines/rtp/voice_choice.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace std::chrono_literals;
using rtp::Standing;
using rtp::VoiceChoice;

namespace {

const TrackId kAnna{1}, kBoris{2}, kChloe{3}, kDora{4};
constexpr uint8_t kLoud = 15, kNormal = 30, kQuiet = 45, kRoom = 70, kSilence = 127;

// A class that speaks: each of them a packet every 20 ms.
struct Class {
  VoiceChoice choice;
  TimePoint now{1000h};

  void join(TrackId track, Standing standing = Standing::kFree) { choice.add(track, standing, now); }
  // They speak together for so long; the time after which the choice changed first, if it did.
  std::optional<Duration> speak(std::initializer_list<std::pair<TrackId, uint8_t>> voices, Duration length) {
    std::optional<Duration> changed;
    for (Duration at{}; at < length; at += 20ms, now += 20ms)
      for (const auto& [track, level] : voices)
        if (choice.heard(track, level, now) && !changed) changed = at;
    return changed;
  }
  bool hears(TrackId track) const { return choice.chosen()[0] == track || choice.chosen()[1] == track; }
};

}  // namespace

TEST_CASE("two voices are heard as soon as they are there, silent or not", "[rtp][voices]") {
  Class cls;
  cls.join(kAnna);
  cls.join(kBoris);
  cls.join(kChloe);
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kAnna, kBoris});
}

TEST_CASE("who speaks takes the place of who is silent with her first packet", "[rtp][voices]") {
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe})
    cls.join(track);
  CHECK_FALSE(cls.speak({{kAnna, kNormal}, {kBoris, kSilence}, {kChloe, kRoom}}, 500ms));
  CHECK(cls.speak({{kAnna, kNormal}, {kBoris, kSilence}, {kChloe, kQuiet}}, 500ms) == Duration{});
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kAnna, kChloe});
}

TEST_CASE("a breath is no end: a place is held over a pause, and given up after it", "[rtp][voices]") {
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe})
    cls.join(track);
  cls.speak({{kAnna, kNormal}, {kBoris, kNormal}}, 3s);
  // No packets at all (DTX) say the same as silent ones.
  cls.now += 1200ms;
  CHECK_FALSE(cls.choice.heard(kChloe, kNormal, cls.now));
  CHECK(cls.hears(kBoris));
  cls.now += 400ms;
  CHECK(cls.choice.heard(kChloe, kNormal, cls.now));
  CHECK_FALSE(cls.hears(kAnna) == cls.hears(kBoris));
}

TEST_CASE("between two who both speak the louder wins, not at once, and by enough", "[rtp][voices]") {
  const auto [level, wins] =
      GENERATE(table<uint8_t, bool>({{kLoud, true}, {kNormal - 4, false}, {kQuiet, false}}));
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe})
    cls.join(track);
  cls.speak({{kAnna, kLoud}, {kBoris, kNormal}}, 3s);
  const auto changed = cls.speak({{kAnna, kLoud}, {kBoris, kNormal}, {kChloe, level}}, 3s);
  CHECK(changed.has_value() == wins);
  if (changed) CHECK(*changed >= VoiceChoice::kLouderFor);
  CHECK(cls.hears(kAnna));
  CHECK(cls.hears(kChloe) == wins);
}

TEST_CASE("one cough does not cut a speaker off", "[rtp][voices]") {
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe})
    cls.join(track);
  cls.speak({{kAnna, kNormal}, {kBoris, kNormal}}, 3s);
  CHECK_FALSE(cls.speak({{kAnna, kNormal}, {kBoris, kNormal}, {kChloe, 5}}, 60ms));
  CHECK_FALSE(cls.speak({{kAnna, kNormal}, {kBoris, kNormal}, {kChloe, kRoom}}, 3s));
}

TEST_CASE("two who are equally loud do not change places every second", "[rtp][voices]") {
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe})
    cls.join(track);
  int changes = 0;
  uint8_t wave = 0;
  for (int i = 0; i < 3000; ++i, cls.now += 20ms) {
    wave = static_cast<uint8_t>((wave + 3) % 5);
    for (const auto track : {kAnna, kBoris, kChloe})
      changes += cls.choice.heard(track, static_cast<uint8_t>(kNormal + (wave + track.value()) % 5), cls.now);
  }
  CHECK(changes == 0);
}

TEST_CASE("whoever was given the floor comes before those who speak freely, however loud", "[rtp][voices]") {
  Class cls;
  cls.join(kAnna);
  cls.join(kBoris);
  cls.join(kChloe, Standing::kFloor);
  cls.speak({{kAnna, kLoud}, {kBoris, kNormal}}, 2s);
  CHECK(cls.speak({{kAnna, kLoud}, {kBoris, kNormal}, {kChloe, kQuiet}}, 1s) == Duration{});
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kAnna, kChloe});
  CHECK_FALSE(cls.speak({{kAnna, kNormal}, {kBoris, 1}, {kChloe, kQuiet}}, 200ms));
  CHECK(cls.hears(kChloe));
  cls.choice.set_standing(kChloe, Standing::kFree);
  CHECK(cls.speak({{kAnna, kLoud}, {kBoris, 1}, {kChloe, kQuiet}}, 2s));
  CHECK_FALSE(cls.hears(kChloe));
}

TEST_CASE("where the sound of what is shared has a place, one voice is heard", "[rtp][voices]") {
  Class cls;
  cls.join(kAnna);
  cls.join(kBoris);
  cls.choice.set_slots(1, cls.now);
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kAnna, std::nullopt});
  CHECK(cls.speak({{kBoris, kNormal}}, 20ms) == Duration{});
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kBoris, std::nullopt});
  cls.choice.set_slots(2, cls.now);
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kBoris, kAnna});
}

TEST_CASE("who goes leaves her place to the loudest who waits; a stranger's levels are nothing",
          "[rtp][voices]") {
  Class cls;
  for (const auto track : {kAnna, kBoris, kChloe, kDora})
    cls.join(track);
  cls.speak({{kAnna, kLoud}, {kBoris, kLoud}, {kChloe, kQuiet}, {kDora, kNormal}}, 200ms);
  CHECK(cls.choice.remove(kAnna, cls.now));
  CHECK(cls.choice.chosen() == VoiceChoice::Chosen{kDora, kBoris});
  CHECK_FALSE(cls.choice.remove(kAnna, cls.now));
  CHECK_FALSE(cls.choice.heard(kAnna, 0, cls.now));
}

TEST_CASE("how long a voice sounded: pauses between words count, silence does not",
          "[rtp][voices][rfc6464]") {
  Class cls;
  cls.join(kAnna, Standing::kFloor);
  CHECK(cls.choice.take_spoken(kAnna, 0ms) == 0ms);
  cls.speak({{kAnna, kNormal}}, 2s);
  cls.speak({{kAnna, kRoom}}, 300ms);  // a breath
  cls.speak({{kAnna, kNormal}}, 700ms);
  cls.speak({{kAnna, kRoom}}, 10s);  // she listens
  cls.speak({{kAnna, kNormal}}, 1s);
  const auto spoken = cls.choice.take_spoken(kAnna, 500ms);
  REQUIRE(spoken);
  CHECK(*spoken == 2s + 300ms + 700ms - 20ms + 1s - 20ms);  // from the first packet of a turn to its last
  CHECK_FALSE(cls.choice.take_spoken(kAnna, 500ms));
  CHECK_FALSE(cls.choice.take_spoken(kBoris, 0ms));
}

TEST_CASE("a browser that sends nothing while it is silent speaks no longer for it",
          "[rtp][voices][rfc6464]") {
  Class cls;
  cls.join(kAnna, Standing::kFloor);
  cls.speak({{kAnna, kNormal}}, 1s);
  cls.now += 60s;  // not a packet (DTX)
  cls.speak({{kAnna, kNormal}}, 1s);
  CHECK(cls.choice.take_spoken(kAnna, 0ms) == 2s - 40ms);
}
