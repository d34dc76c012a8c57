#include "pipelines/rtp/ladder.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace std::chrono_literals;
using rtp::Ladder;
using rtp::RungNeeds;

namespace {

const TimePoint kLadderStart{1000h};
constexpr RungNeeds kNeeds{11'000, 18'000, 57'000, 80'000, 110'000, 400'000, 400'000, 900'000};

}  // namespace

TEST_CASE("a line that is known takes its rung at once", "[rtp]") {
  Ladder ladder(kLadderStart);
  CHECK(ladder.decide(kNeeds, 5'000'000, false, kLadderStart) == Rung::kVoiceLow);
  CHECK(ladder.decide(kNeeds, 5'000'000, true, kLadderStart + 200ms) == Rung::kAll);
}

TEST_CASE("down at once, up after ten seconds with head-room", "[rtp]") {
  Ladder ladder(kLadderStart);
  ladder.decide(kNeeds, 600'000, true, kLadderStart);
  CHECK(ladder.rung() == Rung::kScreen);
  CHECK(ladder.decide(kNeeds, 60'000, true, kLadderStart + 1s) == Rung::kVoice);
  CHECK(ladder.decide(kNeeds, 30'000, true, kLadderStart + 2s) == Rung::kVoiceLow);
  CHECK(ladder.decide(kNeeds, 12'000, true, kLadderStart + 3s) == Rung::kVoiceLowest);
  CHECK(ladder.decide(kNeeds, 8'000, true, kLadderStart + 3s) ==
        Rung::kVoiceLowest);  // below it there is nothing
  CHECK(ladder.decide(kNeeds, 20'000, true, kLadderStart + 4s) == Rung::kVoiceLowest);  // no head-room
  CHECK(ladder.decide(kNeeds, 30'000, true, kLadderStart + 5s) == Rung::kVoiceLowest);
  CHECK(ladder.decide(kNeeds, 30'000, true, kLadderStart + 14s) == Rung::kVoiceLowest);
  CHECK(ladder.decide(kNeeds, 30'000, true, kLadderStart + 15s) == Rung::kVoiceLow);
  // A dip in between starts the ten seconds again.
  ladder.decide(kNeeds, 100'000, true, kLadderStart + 16s);
  ladder.decide(kNeeds, 60'000, true, kLadderStart + 20s);
  ladder.decide(kNeeds, 90'000, true, kLadderStart + 21s);
  CHECK(ladder.decide(kNeeds, 90'000, true, kLadderStart + 27s) == Rung::kVoiceLow);
  CHECK(ladder.decide(kNeeds, 90'000, true, kLadderStart + 31s) == Rung::kVoice);
}

TEST_CASE("the whole voice gives way to slides where they would starve, not at once", "[rtp]") {
  Ladder ladder(kLadderStart);
  ladder.decide(kNeeds, 75'000, true, kLadderStart);
  REQUIRE(ladder.rung() == Rung::kVoice);
  CHECK(ladder.decide(kNeeds, 60'000, true, kLadderStart + 1s) == Rung::kVoice);
  CHECK(ladder.decide(kNeeds, 66'000, true, kLadderStart + 5s) == Rung::kVoice);  // it was a dip
  CHECK(ladder.decide(kNeeds, 60'000, true, kLadderStart + 6s) == Rung::kVoice);
  CHECK(ladder.decide(kNeeds, 60'000, true, kLadderStart + 10s) == Rung::kVoice);
  CHECK(ladder.decide(kNeeds, 60'000, true, kLadderStart + 11s) == Rung::kVoiceLow);
}

TEST_CASE("a step up that fails makes the next one wait longer, one that holds does not", "[rtp]") {
  Ladder ladder(kLadderStart);
  ladder.decide(kNeeds, 60'000, true, kLadderStart);
  REQUIRE(ladder.rung() == Rung::kVoiceLow);
  auto at = kLadderStart;
  const auto climbs_after = [&] {
    const auto since = at;
    while (ladder.decide(kNeeds, 80'000, true, at) < Rung::kVoice && at - since < 300s)
      at += 100ms;
    return std::chrono::round<std::chrono::seconds>(at - since);
  };
  const auto falls_after = [&](Duration wait) { ladder.decide(kNeeds, 40'000, true, at += wait); };
  CHECK(climbs_after() == 10s);
  falls_after(2s);
  CHECK(climbs_after() == 20s);
  falls_after(2s);
  CHECK(climbs_after() == 40s);
  falls_after(60s);
  CHECK(climbs_after() == 10s);
}

TEST_CASE("after an outage a student stands where she stood, as far as her line carries it", "[rtp]") {
  Ladder ladder(kLadderStart);
  ladder.decide(kNeeds, 90'000, true, kLadderStart);
  REQUIRE(ladder.rung() == Rung::kVoice);
  ladder.fell_silent();
  ladder.decide(kNeeds, 8'000, true, kLadderStart + 2s);
  REQUIRE(ladder.rung() == Rung::kVoiceLowest);
  SECTION("as wide as before") {
    ladder.came_back(kNeeds, 90'000);
    CHECK(ladder.decide(kNeeds, 90'000, true, kLadderStart + 12s) == Rung::kVoice);
  }
  SECTION("narrower") {
    ladder.came_back(kNeeds, 30'000);
    CHECK(ladder.decide(kNeeds, 30'000, true, kLadderStart + 12s) == Rung::kVoiceLow);
  }
  SECTION("wider: that has to prove itself") {
    ladder.came_back(kNeeds, 5'000'000);
    CHECK(ladder.decide(kNeeds, 5'000'000, true, kLadderStart + 12s) == Rung::kVoice);
  }
}

TEST_CASE("pictures that are not there are no rung", "[rtp]") {
  Ladder ladder(kLadderStart);
  // Nothing is shared, and the camera comes in one size.
  constexpr RungNeeds kOnePicture{11'000, 18'000, 57'000, 57'000, 57'000, 400'000, 400'000, 400'000};
  CHECK(ladder.decide(kOnePicture, 200'000, true, kLadderStart) == Rung::kVoice);
  ladder.decide(kOnePicture, 900'000, true, kLadderStart + 1s);
  CHECK(ladder.decide(kOnePicture, 900'000, true, kLadderStart + 12s) == Rung::kAll);
}

TEST_CASE("a pinned rung is never passed", "[rtp]") {
  Ladder ladder(kLadderStart);
  ladder.decide(kNeeds, 5'000'000, true, kLadderStart);
  ladder.set_highest(Rung::kVoiceLow);
  CHECK(ladder.decide(kNeeds, 5'000'000, true, kLadderStart + 1s) == Rung::kVoiceLow);
  CHECK_FALSE(ladder.take_probe(kNeeds, 40'000, kLadderStart + 60s));
  ladder.set_highest(Rung::kAll);
  ladder.decide(kNeeds, 5'000'000, true, kLadderStart + 2s);
  CHECK(ladder.decide(kNeeds, 5'000'000, true, kLadderStart + 12s) == Rung::kAll);
}

TEST_CASE("a probe is asked for when the next rung lacks but knowledge, ever more seldom", "[rtp]") {
  Ladder ladder(kLadderStart);
  CHECK_FALSE(ladder.take_probe(kNeeds, 40'000,
                                kLadderStart + 30s));  // nothing is known: the first train is not ours
  ladder.decide(kNeeds, 40'000, true, kLadderStart + 30s);
  CHECK(ladder.rung() == Rung::kVoiceLow);
  int probes = 0;
  for (auto at = 30s; at < 630s; at += 1s)
    probes += ladder.take_probe(kNeeds, 40'000, kLadderStart + at);
  CHECK(probes >= 5);
  CHECK(probes <= 12);
  CHECK_FALSE(ladder.take_probe(kNeeds, 2'000'000, kLadderStart + 2000s));  // it is known to fit
  // Nothing more is to be had: no stage, no probe.
  constexpr RungNeeds kVoiceAlone{11'000, 18'000, 57'000, 57'000, 57'000, 57'000, 57'000, 57'000};
  ladder.decide(kVoiceAlone, 2'000'000, true, kLadderStart + 2001s);
  ladder.decide(kVoiceAlone, 2'000'000, true, kLadderStart + 2020s);
  CHECK(ladder.rung() == Rung::kAll);
  CHECK_FALSE(ladder.take_probe(kVoiceAlone, 2'000'000, kLadderStart + 3000s));
}
