#include "server/lesson/picture_desk.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::lesson;
using namespace std::chrono_literals;
using Slot = PictureDesk::Slot;

namespace {

const TimePoint kStart{1000h};
const PeerId kMaria{"peer_maria"}, kNikos{"peer_nikos"};

PicturePtr picture(uint32_t id, size_t bytes, bool whole = true) {
  Picture made;
  made.id = id;
  made.whole = whole;
  made.canvas_width = 960;
  made.canvas_height = 540;
  made.width = made.height = 16;
  made.bytes.assign(bytes, static_cast<uint8_t>(id));
  return std::make_shared<const Picture>(std::move(made));
}

LineState line(Rung rung, int64_t spare) {
  LineState state;
  state.rung = rung;
  state.spare = spare;
  return state;
}

ParticipantId owner(const PeerId& peer) {
  return ParticipantId{"owner of " + peer.value()};
}

void set_line(PictureDesk& desk, const PeerId& peer, const LineState& state, TimePoint now) {
  desk.set_line(peer, owner(peer), state, now);
}

struct Piece {
  int slot;
  uint32_t id, offset;
  size_t bytes;
};

uint32_t number(const std::string& message, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<uint8_t>(message[at + i]);
  return value;
}

// What one student is told in so long, a look every 100 ms.
std::vector<Piece> told(PictureDesk& desk, TimePoint& now, Duration length, const PeerId& peer = kMaria) {
  std::vector<Piece> all;
  for (const TimePoint end = now + length; now < end; now += 100ms)
    for (const auto& due : desk.due(now)) {
      const std::string& m = *due.message;
      REQUIRE(m[0] == 1);
      if (due.peer == peer) all.push_back({m[1], number(m, 4), number(m, 12), m.size() - kPictureHeader});
      desk.done(due.peer, true);
    }
  return all;
}

// Whole pictures, as they were put together: slot, id, bytes. What does not continue is a fault.
struct Shown {
  int slot;
  uint32_t id;
  size_t bytes;
  bool operator==(const Shown&) const = default;
};
std::vector<Shown> shown(const std::vector<Piece>& pieces) {
  std::vector<Shown> all;
  for (const auto& piece : pieces) {
    if (piece.offset == 0) all.push_back({piece.slot, piece.id, 0});
    REQUIRE(all.back().id == piece.id);
    REQUIRE(all.back().bytes == piece.offset);
    all.back().bytes += piece.bytes;
  }
  return all;
}

}  // namespace

TEST_CASE("a slide goes in pieces, as fast as the voice leaves room", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  CHECK_FALSE(desk.wanted());
  set_line(desk, kMaria, line(Rung::kVoiceLow, 10'000), now);
  CHECK(desk.wanted());
  desk.add(Slot::kScreen, picture(1, 10'000));
  const auto pieces = told(desk, now, 20s);
  CHECK(shown(pieces) == std::vector<Shown>{{1, 1, 10'000}});
  for (const auto& piece : pieces)
    CHECK(piece.bytes <= PictureDesk::kSmallestPiece);
  CHECK(told(desk, now, 10s).empty());  // once is enough

  // With what carries them the pieces take 9.5 s; not sooner.
  desk.add(Slot::kScreen, picture(2, 10'000));
  const auto some = shown(told(desk, now, 5s));
  REQUIRE(some.size() == 1);
  CHECK(some[0].bytes < 9'000);
  CHECK(some[0].bytes > 4'000);
}

TEST_CASE("slides before faces, and a newer slide before what is left of the old one", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoice, 16'000), now);
  desk.add(Slot::kCamera, picture(1, 500));
  desk.add(Slot::kScreen, picture(1, 8'000));
  auto pieces = told(desk, now, 2s);
  REQUIRE(pieces.size() >= 3);
  for (const auto& piece : pieces)
    CHECK(piece.slot == 1);
  desk.add(Slot::kScreen, picture(2, 3'000));  // little of the first is told
  pieces = told(desk, now, 10s);
  CHECK(shown(pieces) == std::vector<Shown>{{1, 2, 3'000}, {0, 1, 500}});
}

TEST_CASE("a face that is under way gives way to a slide", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoiceLow, 8'000), now);
  desk.add(Slot::kCamera, picture(1, 3'000));
  CHECK_FALSE(told(desk, now, 1s).empty());
  desk.add(Slot::kScreen, picture(1, 2'000));
  CHECK(shown(told(desk, now, 20s)) == std::vector<Shown>{{1, 1, 2'000}, {0, 1, 3'000}});
}

TEST_CASE("a slide that is nearly told is finished first", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoiceLow, 16'000), now);
  desk.add(Slot::kScreen, picture(1, 4'000));
  size_t so_far = 0;
  while (so_far < 3'000)
    for (const auto& piece : told(desk, now, 100ms))
      so_far += piece.bytes;
  desk.add(Slot::kScreen, picture(2, 1'000));
  auto pieces = told(desk, now, 10s);
  REQUIRE_FALSE(pieces.empty());
  CHECK(pieces.front().id == 1);
  std::erase_if(pieces, [](const auto& piece) { return piece.id == 1; });
  CHECK(shown(pieces) == std::vector<Shown>{{1, 2, 1'000}});
}

TEST_CASE("whoever comes late gets the whole and what changed since, in order", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  desk.add(Slot::kScreen, picture(1, 900, false));  // of a whole that nobody has
  desk.add(Slot::kScreen, picture(2, 900));
  desk.add(Slot::kScreen, picture(3, 300, false));
  desk.add(Slot::kScreen, picture(4, 200, false));
  set_line(desk, kMaria, line(Rung::kVoiceLow, 20'000), now);
  const std::vector<Shown> all{{1, 2, 900}, {1, 3, 300}, {1, 4, 200}};
  CHECK(shown(told(desk, now, 5s)) == all);
  set_line(desk, kNikos, line(Rung::kVoiceLow, 20'000), now);
  CHECK(shown(told(desk, now, 5s, kNikos)) == all);
}

TEST_CASE("what moves on a line needs no still, and a line without room gets none", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  desk.add(Slot::kCamera, picture(1, 500));
  desk.add(Slot::kScreen, picture(1, 500));
  set_line(desk, kMaria, line(Rung::kSmallPictures, 30'000), now);
  CHECK(shown(told(desk, now, 3s)) == std::vector<Shown>{{1, 1, 500}});  // the slide alone
  set_line(desk, kMaria, line(Rung::kAll, 30'000), now);
  CHECK_FALSE(desk.wanted());
  set_line(desk, kNikos, line(Rung::kVoiceLowest, 1'000), now);
  CHECK(told(desk, now, 60s, kNikos).empty());
}

TEST_CASE("a socket that has not drained gets the same piece again, and no other", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoiceLow, 30'000), now);
  desk.add(Slot::kScreen, picture(1, 3'000));
  std::vector<PictureDesk::Due> due;
  while (due.empty())
    due = desk.due(now += 100ms);
  CHECK(desk.due(now += 1s).empty());  // the answer is not there yet
  desk.done(kMaria, false);
  const auto again = desk.due(now += 100ms);
  REQUIRE(again.size() == 1);
  CHECK(*again[0].message == *due[0].message);
  desk.clear(Slot::kScreen);  // the teacher stops sharing
  desk.done(kMaria, true);
  CHECK(told(desk, now, 5s).empty());
  desk.remove(kMaria);
  desk.done(kMaria, true);  // too late
  CHECK_FALSE(desk.wanted());
}

TEST_CASE(
    "a student's face on the floor comes as stills to every line on which it does not move, not to her own",
    "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kScreen, 20'000), now);
  set_line(desk, kNikos, line(Rung::kScreen, 20'000), now);
  desk.set_floor(owner(kNikos));
  desk.add(Slot::kFloor, picture(1, 900));
  const auto heard = told(desk, now, 4s);
  REQUIRE_FALSE(heard.empty());
  CHECK(heard.front().slot == 2);
  CHECK(told(desk, now, 4s, kNikos).empty());
  desk.add(Slot::kFloor, picture(2, 900));
  CHECK(told(desk, now, 4s, kNikos).empty());

  desk.clear(Slot::kFloor);
  desk.set_floor(std::nullopt);
  desk.add(Slot::kFloor, picture(3, 900));
  CHECK_FALSE(told(desk, now, 4s, kNikos).empty());
  set_line(desk, kMaria, line(Rung::kVoiceLowest, 7'000), now);
  desk.add(Slot::kFloor, picture(4, 900));
  CHECK(told(desk, now, 4s).empty());  // the voice alone
  // It waits to show that it carries more, and has the room already.
  set_line(desk, kMaria, line(Rung::kVoiceLowest, 9'000), now);
  CHECK(shown(told(desk, now, 4s)) == std::vector<Shown>{{2, 4, 900}});
}

TEST_CASE("what never stands still is seen on a line that carries no picture before the next one",
          "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoiceLow, 10'000), now);  // 6,000 bytes take 6 s, and every 4 s
  std::vector<Piece> pieces;
  const auto watch = [&](Duration length) {
    const auto more = told(desk, now, length);
    pieces.insert(pieces.end(), more.begin(), more.end());
    return shown(pieces);
  };
  constexpr uint32_t kMade = 15;
  std::vector<Shown> seen;
  for (uint32_t id = 1; id <= kMade; ++id) {  // another one is made
    desk.add(Slot::kScreen, picture(id, 6'000));
    seen = watch(4s);
  }
  CHECK(seen[0].bytes < 6'000);  // given up for the second: a page might have been turned
  CHECK(std::ranges::count(seen, 6'000u, &Shown::bytes) >= 8);  // of the ten that the line carries
  // It stands still: the last is seen, and after it a page is turned as ever.
  seen = watch(20s);
  CHECK(seen.back() == Shown{1, kMade, 6'000});
  desk.add(Slot::kScreen, picture(kMade + 1, 6'000));
  watch(2s);
  desk.add(Slot::kScreen, picture(kMade + 2, 6'000));
  seen = watch(20s);
  REQUIRE(seen.size() >= 2);
  CHECK(seen[seen.size() - 2].bytes < 6'000);
  CHECK(seen.back() == Shown{1, kMade + 2, 6'000});
}

TEST_CASE("another socket gets the pictures of its line from the beginning", "[lesson][pictures]") {
  PictureDesk desk;
  TimePoint now = kStart;
  set_line(desk, kMaria, line(Rung::kVoiceLow, 20'000), now);
  desk.add(Slot::kScreen, picture(1, 2'000));
  desk.add(Slot::kCamera, picture(7, 900));
  CHECK(shown(told(desk, now, 1s)).size() == 1);
  desk.begin_anew(kMaria);
  desk.begin_anew(kNikos);  // of whom nothing is known
  const std::vector<Shown> all{{1, 1, 2'000}, {0, 7, 900}};
  CHECK(shown(told(desk, now, 9s)) == all);
  desk.begin_anew(kMaria);
  CHECK(shown(told(desk, now, 9s)) == all);
}
