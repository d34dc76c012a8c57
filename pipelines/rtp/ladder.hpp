// Which rung of the ladder one student stands on: how much of the stage her line carries, in the hard order
// voice, slides, faces. Down as soon as a rung no longer fits, up when the next one has fitted with head-room
// for ten seconds; where the estimate cannot know (nobody has sent that much) it asks for a probe. Way:
// LineEstimate → [Ladder] → subscriber → WorkerLesson places her streams. Owned by the subscriber.
// Thread: net. Pure: time is passed in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/rung.hpp"

namespace thranio::rtp {

// Bits a second that each rung needs, of IP packets; never falling. A rung that costs what the one below it
// costs adds nothing and is passed over.
using RungNeeds = std::array<int64_t, kRungCount>;

class Ladder {
 public:
  static constexpr auto kUpAfter = std::chrono::seconds(10);
  // A step up that had to be taken back within this makes the next one wait twice as long.
  static constexpr auto kProvesItself = std::chrono::seconds(10);
  static constexpr auto kLongestUpAfter = std::chrono::seconds(120);
  static constexpr auto kProbeSpacing = std::chrono::seconds(10);
  static constexpr auto kLongestProbeSpacing = std::chrono::seconds(120);
  // Pictures that move wait for what the line carries and give way by themselves: they need less of it.
  static constexpr double kHeadRoom = 1.25, kPictureHeadRoom = 1.15;
  // Bits a second that the whole voice leaves for slides. The small one is understood as well, and a slide
  // that never comes is not.
  static constexpr int64_t kSlideBits = 8'000;
  static constexpr auto kStarvesFor = std::chrono::seconds(5);

  // Nothing is known of a line yet: the voice alone, as small as it comes.
  explicit Ladder(TimePoint now) : fits_since_(now) { last_probe_ = now - kProbeSpacing; }

  // rate: of the line. known: it was measured, not supposed; the first time a line is known its rung is taken
  // at once.
  Rung decide(const RungNeeds& needs, int64_t rate, bool known, TimePoint now);
  Rung rung() const { return rung_; }

  // Feedback has stopped, and is there again. An outage does not make a line narrower: what it carried before
  // is taken back at once, as far as it fits.
  void fell_silent() { before_silence_ = rung_; }
  void came_back(const RungNeeds& needs, int64_t rate);

  // The student's own wish, or the lesson's: never above this.
  void set_highest(Rung highest) { highest_ = highest; }
  Rung highest() const { return highest_; }

  // The next rung waits for the estimate, and a train of packets might show that it fits. Counts as sent.
  bool take_probe(const RungNeeds& needs, int64_t rate, TimePoint now);

 private:
  static RungNeeds with_head_room(const RungNeeds& needs);
  bool starves(const RungNeeds& needs, int64_t rate, TimePoint now);
  Rung reach(const RungNeeds& needs, double rate) const;

  Rung rung_ = Rung::kVoiceLow, highest_ = Rung::kAll;
  bool known_ = false;
  TimePoint fits_since_;  // when the next rung began to fit with head-room
  bool fits_ = false;
  std::optional<TimePoint> last_up_, starves_since_;
  Rung before_silence_ = Rung::kVoiceLowest;
  Duration up_after_ = kUpAfter;
  TimePoint last_probe_;
  Duration probe_spacing_ = kProbeSpacing;
};

}  // namespace thranio::rtp
