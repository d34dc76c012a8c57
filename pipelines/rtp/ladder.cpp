#include "pipelines/rtp/ladder.hpp"

#include <algorithm>

namespace thranio::rtp {

Rung Ladder::decide(const RungNeeds& needs, int64_t rate, bool known, TimePoint now) {
  const auto wide = static_cast<double>(rate);
  Rung fits = reach(needs, wide);
  const Rung fits_well = reach(with_head_room(needs), wide);
  if (!known_ && known) {
    known_ = true;
    rung_ = fits_well;
    fits_ = false;
    return rung_;
  }
  if (starves(needs, rate, now)) fits = std::min(fits, Rung::kVoiceLow);
  if (fits < rung_) {
    if (last_up_)
      up_after_ =
          now - *last_up_ < kProvesItself ? std::min<Duration>(2 * up_after_, kLongestUpAfter) : kUpAfter;
    last_up_.reset();
    rung_ = fits;
    fits_ = false;
    return rung_;
  }
  if (!known_) return rung_ = std::min(rung_, highest_);
  if (fits_well <= rung_) {
    fits_ = false;
    return rung_;
  }
  if (!fits_) {
    fits_ = true;
    fits_since_ = now;
  }
  if (now - fits_since_ < up_after_) return rung_;
  last_up_ = now;
  rung_ = fits_well;
  fits_ = false;
  probe_spacing_ = kProbeSpacing;
  return rung_;
}

void Ladder::came_back(const RungNeeds& needs, int64_t rate) {
  rung_ = std::max(rung_, std::min(before_silence_, reach(needs, static_cast<double>(rate))));
  fits_ = false;
}

bool Ladder::take_probe(const RungNeeds& needs, int64_t rate, TimePoint now) {
  if (!known_ || now - last_probe_ < probe_spacing_) return false;
  const Rung well = reach(with_head_room(needs), static_cast<double>(rate));
  const Rung best = reach(needs, 1e12);
  if (well >= best || well > rung_) return false;
  last_probe_ = now;
  // A line that did not show more is asked less often.
  probe_spacing_ = std::min<Duration>(probe_spacing_ * 3 / 2, kLongestProbeSpacing);
  return true;
}

// What each rung asks of a line before it is gone up to.
RungNeeds Ladder::with_head_room(const RungNeeds& needs) {
  RungNeeds asked = needs;
  for (size_t rung = 0; rung < kRungCount; ++rung) {
    const double room = rung > static_cast<size_t>(Rung::kVoice) ? kPictureHeadRoom : kHeadRoom;
    asked[rung] = static_cast<int64_t>(room * static_cast<double>(needs[rung]));
    if (rung == static_cast<size_t>(Rung::kVoice))
      asked[rung] = std::max(asked[rung], needs[rung] + kSlideBits);
    if (rung == 0) continue;
    const bool adds = needs[rung] > needs[rung - 1];
    asked[rung] = adds ? std::max(asked[rung], asked[rung - 1] + 1) : asked[rung - 1];
  }
  return asked;
}

// The whole voice fits, and no slide beside it, for so long that it is no passing dip.
bool Ladder::starves(const RungNeeds& needs, int64_t rate, TimePoint now) {
  const int64_t room = rate - needs[static_cast<size_t>(Rung::kVoice)];
  if (rung_ != Rung::kVoice || room >= kSlideBits) {
    starves_since_.reset();
    return false;
  }
  if (!starves_since_) starves_since_ = now;
  return now - *starves_since_ >= kStarvesFor;
}

// The highest rung that costs at most that; the lowest if none does.
Rung Ladder::reach(const RungNeeds& needs, double rate) const {
  size_t reached = 0;
  for (size_t rung = 1; rung <= static_cast<size_t>(highest_); ++rung)
    if (static_cast<double>(needs[rung]) <= rate) reached = rung;
  // Pictures that are not there add nothing; who has all that there is stands at the top.
  while (reached > static_cast<size_t>(Rung::kVoice) && reached < static_cast<size_t>(highest_) &&
         needs[reached] == needs[reached - 1])
    --reached;
  return static_cast<Rung>(reached);
}

}  // namespace thranio::rtp
