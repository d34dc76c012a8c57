// Real lines told again: a browser behind the link emulator, as its feedback came to the server
// (--line-tapes).
#include "pipelines/rtp/line_tape.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/rtp/line_estimate.hpp"
#include "tests/support/line_tape_player.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using rtp::LineEstimate;

namespace {

namespace fs = std::filesystem;

const TimePoint kTapeStart{1000h};

struct Point {
  Duration at;
  int64_t rate;
  Duration queue;
};

// What the estimate said after each feedback.
std::vector<Point> told(const std::string& tape) {
  std::ifstream file(fs::path(THRANIO_SOURCE_DIR) / "tests/unit/rtp/tapes" / tape);
  REQUIRE(file);
  LineEstimate estimate(kTapeStart);
  std::vector<Point> points;
  REQUIRE(test::play_line_tape(file, estimate, kTapeStart, [&](TimePoint now) {
    points.push_back({now - kTapeStart, estimate.rate(), estimate.queue()});
  }));
  REQUIRE(points.size() > 100);
  return points;
}

// Of the points in that time, the share for which it holds.
double share(const std::vector<Point>& points, Duration from, Duration to,
             const std::function<bool(const Point&)>& holds) {
  size_t all = 0, held = 0;
  for (const Point& point : points) {
    if (point.at < from || point.at >= to) continue;
    ++all;
    held += holds(point);
  }
  REQUIRE(all > 10);
  return static_cast<double>(held) / static_cast<double>(all);
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a tape tells an estimate what another was told", "[line][tape]") {
  const fs::path one = fs::temp_directory_path() / "thranio-one.tape",
                 two = fs::temp_directory_path() / "thranio-two.tape";
  LineEstimate first(kTapeStart), second(kTapeStart);
  first.record(one);
  second.record(two);
  TimePoint now = kTapeStart;
  uint16_t sequence = 65'500;
  first.probed(sequence, 5, now);
  for (int i = 0; i < 200; ++i, now += 20ms) {
    first.sent(sequence, 131, now);
    if (i % 3 == 0) first.sent_untold(90);
    if (i % 7 == 0) first.sent_beside(600, now);
    if (i % 11 == 0) first.sent_again(131, now);
    const std::vector<rtp::LineArrival> arrivals{{sequence, i % 9 != 0, now - kTapeStart + 150ms + i * 1ms}};
    first.feedback(arrivals, now + 10ms);
    if (i % 5 == 0) first.tick(now + 15ms);
    ++sequence;
  }
  first.record({});  // ends the tape
  std::ifstream tape(one);
  REQUIRE(test::play_line_tape(tape, second, kTapeStart, [](TimePoint) {}));
  second.record({});
  CHECK(second.rate() == first.rate());
  CHECK(second.queue() == first.queue());
  CHECK(second.loss() == first.loss());
  CHECK(text_of(one).size() > 5'000);
  CHECK(text_of(one) == text_of(two));
  fs::remove(one);
  fs::remove(two);
}

TEST_CASE("what is no tape is refused", "[line][tape]") {
  for (const char* text : {"x 1", "s 1", "s a b c", "f 5 7", "f 5 7:x", "s 1 -2 3", ""}) {
    LineEstimate estimate(kTapeStart);
    std::istringstream tape(std::string(text) + "\n");
    INFO(text);
    CHECK_FALSE(test::play_line_tape(tape, estimate, kTapeStart, [](TimePoint) {}));
  }
}

TEST_CASE("32 kbit/s with 5 % loss: neither drowned nor given up", "[line][tape]") {
  const auto points = told("p32.tape");
  CHECK(share(points, 15s, 90s, [](const Point& p) { return p.rate > 12'000 && p.rate < 45'000; }) > 0.97);
  CHECK(share(points, 20s, 90s, [](const Point& p) { return p.queue < 500ms; }) > 0.9);
  // A picture's pieces and TCP's repairs stood in the queue; what arrived of the voice was all that was sent.
  CHECK(share(points, 33s, 40s, [](const Point& p) { return p.rate > 20'000; }) > 0.9);
}

TEST_CASE("128 kbit/s that become 48: followed within three seconds, and found again", "[line][tape]") {
  const auto points = told("p128s.tape");
  CHECK(share(points, 42s, 64s, [](const Point& p) { return p.rate > 100'000; }) > 0.97);
  CHECK(share(points, 68s, 73s, [](const Point& p) { return p.rate < 60'000; }) > 0.97);
  CHECK(share(points, 84s, 98s, [](const Point& p) { return p.rate > 100'000; }) > 0.97);
  CHECK(share(points, 107s, 135s, [](const Point& p) { return p.rate < 62'000; }) > 0.95);
}

TEST_CASE("a line that was gone for ten seconds is what it was", "[line][tape]") {
  const auto points = told("pout.tape");
  CHECK(share(points, 60s, 86s, [](const Point& p) { return p.rate > 100'000; }) > 0.95);
  CHECK(share(points, 100s, 120s, [](const Point& p) { return p.rate > 100'000; }) > 0.95);
}
