// What a line estimate was told of a student's line, in order, as text: a real line that puzzles somebody can
// be told again (tests/support/line_tape_player.hpp). Way: LineEstimate → [LineTape] → file. Lines, times in
// microseconds since the tape's first:
//   s TIME SEQUENCE BYTES        sent             u BYTES             sent, untold
//   a TIME BYTES                 sent again       b TIME BYTES        sent beside
//   p TIME FIRST PACKETS         a train          t TIME              a tick
//   f TIME SEQUENCE:AT ...       feedback, AT on the student's clock; "-": it did not arrive
// For measurements: it writes on the thread that sends. Owned by the estimate. Thread: net.
// Bound: kMostLines; then it ends.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <span>

#include "pipelines/base/clock.hpp"

namespace thranio::rtp {

class LineEstimate;
struct LineArrival;

class LineTape {
 public:
  static constexpr size_t kMostLines = 200'000;

  // A file that cannot be written makes an empty tape.
  explicit LineTape(const std::filesystem::path& file) : out_(file) {}

  void sent(uint16_t sequence, size_t bytes, TimePoint now);
  void sent_untold(size_t bytes);
  void sent_again(size_t bytes, TimePoint now);
  void sent_beside(size_t bytes, TimePoint now);
  void probed(uint16_t first_sequence, size_t packets, TimePoint now);
  void feedback(std::span<const LineArrival> arrivals, TimePoint now);
  void tick(TimePoint now);

 private:
  std::ostream& line(char kind, TimePoint now);

  std::ofstream out_;
  std::optional<TimePoint> begin_;
  size_t lines_ = 0;
};

}  // namespace thranio::rtp
