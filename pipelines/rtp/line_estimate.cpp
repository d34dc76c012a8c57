#include "pipelines/rtp/line_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace thranio::rtp {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQueueTooLong = 120ms;  // a standing queue that a lesson is better without
constexpr Duration kQueueShort = 50ms;
// No jitter holds four packets in a row so long, nor do a piece of a picture and a resend that wait before
// them.
constexpr Duration kQueueSudden = 350ms;
constexpr double kBitsBefore = 20'000;
constexpr Duration kNowQueue = 330ms, kNowArrived = 500ms;
constexpr size_t kNowPackets = 4;
constexpr double kLeastOfLine = 0.25;    // while its queue drains: a voice goes on
constexpr Duration kCutSpacing = 700ms;  // a cut shows in the feedback after a round trip, and a window
constexpr Duration kDrainsWithin = 3s;
constexpr double kCut = 0.85;  // of what arrives: the rest drains the queue
constexpr double kPassesOn = 0.9, kShared = 0.7;
constexpr double kMostChance = 0.3;      // more is no line for a lesson
constexpr double kGrowth = 0.08;         // a second
constexpr int64_t kLeastGrowth = 1'000;  // bits a second, a second
constexpr double kHeadRoom = 1.5;        // over what arrives: more is not known of a line
constexpr int64_t kHeadRoomBits = 10'000;
constexpr double kLossy = 0.10;  // above the inherent loss
constexpr Duration kLossyFor = 2s, kVeryLossyFor = 1s;
constexpr double kVeryLossy = 0.45;
constexpr int64_t kLeastTried = 30'000;  // a voice alone is not thinned to find a policer
constexpr double kAfterSilence = 0.75;
constexpr double kTrialStep = 0.75;
constexpr Duration kLossWindow = 3500ms;
constexpr Duration kHeardWindow = 4s;
constexpr Duration kTrial = 3s;
constexpr double kOfPolicer = 0.95;
constexpr Duration kQueueTells = 3min;
constexpr int64_t kNoPolicer = 2'000'000;  // bits a second; a policer's bucket passes a train at any rate
constexpr double kGone = 0.03;             // of the packets: a policer that is content drops nothing
constexpr Duration kProbeAnswer = 3s;
constexpr double kFinestSpread = 0.0005;  // feedback tells a quarter of a millisecond
constexpr double kOfProbe = 0.85;
constexpr double kOfSpread = 0.25;
constexpr Duration kTrainTells = 60s;
constexpr double kOverTrain = 1.1;
constexpr double kTrainsAgree = 0.97;  // no jitter makes two of them say the same
constexpr double kFarBelow = 2;
constexpr Duration kQuiet = 1500ms;  // since the last cut
constexpr double kCalmLoss = 0.02, kCalmUse = 0.7;
constexpr double kBetter = 0.999;  // a feedback: chance may have become kinder

int64_t overtrained(int64_t shown) {
  return static_cast<int64_t>(kOverTrain * static_cast<double>(shown));
}

int64_t with_head_room(int64_t passed) {
  return static_cast<int64_t>(kHeadRoom * static_cast<double>(passed)) + kHeadRoomBits;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

void LineEstimate::sent_untold(size_t bytes) {
  if (tape_) tape_->sent_untold(bytes);
  untold_ += static_cast<uint32_t>(bytes);
}

void LineEstimate::sent(uint16_t sequence, size_t bytes, TimePoint now) {
  if (tape_) tape_->sent(sequence, bytes, now);
  (*log_)[sequence % kSentLog] = {now, static_cast<uint32_t>(bytes) + std::exchange(untold_, 0), sequence,
                                  true};
  newest_ = sequence;
  if (!silent_since_) silent_since_ = now;
}

void LineEstimate::sent_again(size_t bytes, TimePoint now) {
  if (tape_) tape_->sent_again(bytes, now);
  while (!again_.empty() && now - again_.front().first > kWindow)
    again_.pop_front();
  again_.emplace_back(now, bytes);
}

void LineEstimate::sent_beside(size_t bytes, TimePoint now) {
  if (tape_) tape_->sent_beside(bytes, now);
  while (!beside_.empty() && now - beside_.front().first > 2 * kWindow)
    beside_.pop_front();
  beside_.emplace_back(now, bytes);
}

void LineEstimate::feedback(std::span<const LineArrival> arrivals, TimePoint now) {
  if (tape_) tape_->feedback(arrivals, now);
  std::optional<Duration> lowest;
  Duration newest_delay{};
  for (const auto& arrival : arrivals) {
    Sent& packet = (*log_)[arrival.sequence % kSentLog];
    if (!packet.waits || packet.sequence != arrival.sequence) continue;
    packet.waits = false;
    if (train_) hear_train(packet, arrival, now);
    Heard heard{packet.at, arrival.at, {}, packet.bytes, !arrival.received};
    if (arrival.received) {
      heard.delay = arrival.at - packet.at.time_since_epoch();
      lowest = std::min(lowest.value_or(heard.delay), heard.delay);
      newest_delay = heard.delay;
      silent_since_.reset();
    }
    heard_.push_back(heard);
  }
  if (lowest) {
    while (!lowest_.empty() && lowest_.back().second >= *lowest)
      lowest_.pop_back();
    lowest_.emplace_back(now, *lowest);
  }
  forget_old(now);
  measure(now);
  if (!silent_since_ && rate_before_silence_ > 0) {
    // Feedback that was lost, or a line that was gone: as a rule it is as wide as before.
    rate_ = std::max(rate_, static_cast<int64_t>(kAfterSilence * static_cast<double>(rate_before_silence_)));
    rate_before_silence_ = 0;
  }
  react(now);
  if (lowest) calm_ = at_ease(newest_delay);
}

bool LineEstimate::at_ease(Duration newest_delay) const {
  return probe_result_ && trial_ == Trial::kNone && after_drain_ == 0 && loss_ <= kCalmLoss &&
         queue_ < kQueueShort && newest_delay - lowest_.front().second < kQueueShort &&
         static_cast<double>(sent_rate_) <= kCalmUse * static_cast<double>(rate_);
}

void LineEstimate::probed(uint16_t first_sequence, size_t packets, TimePoint now) {
  if (tape_) tape_->probed(first_sequence, packets, now);
  train_ = Train{first_sequence, packets, now + kProbeAnswer, 0, 0, 0, {}, {}};
}

bool LineEstimate::take_train(TimePoint now) {
  int64_t shown = 0;
  for (const auto& [at, rate] : shown_)
    if (now - at < kTrainTells) shown = std::max(shown, rate);
  if (static_cast<double>(shown) < kFarBelow * static_cast<double>(rate_)) {
    between_trains_ = kTrainAgain;
    return false;
  }
  const bool waits = queue_ > kQueueShort || queue_now_ > kQueueShort || after_drain_ > 0;
  if (waits || train_ || trial_ != Trial::kNone || silent(now) || now - last_cut_ < kQuiet ||
      now < next_train_)
    return false;
  next_train_ = now + between_trains_;
  between_trains_ = std::min<Duration>(2 * between_trains_, kTrainTells);
  return true;
}

void LineEstimate::hear_train(const Sent& packet, const LineArrival& arrival, TimePoint now) {
  const auto index = static_cast<uint16_t>(packet.sequence - train_->first);
  if (now > train_->until) train_.reset();
  if (!train_ || index >= train_->packets) return;
  ++train_->told;
  if (!arrival.received) {
    train_->hole += packet.bytes;
  } else {
    if (train_->received++ == 0)
      train_->begins = train_->ends = arrival.at;
    else
      train_->bytes += train_->hole + packet.bytes;  // what was lost between them took its time, too
    train_->hole = 0;
    train_->ends = std::max(train_->ends, arrival.at);
  }
  if (train_->told < train_->packets) return;
  if (train_->received + 1 >= train_->packets) {
    const double spread = std::max(kFinestSpread, seconds(train_->ends - train_->begins));
    const int64_t result =
        steady(static_cast<int64_t>(static_cast<double>(train_->bytes) * 8 / spread), spread);
    // The first one is all that is known of the line.
    if (!probe_result_) rate_ = std::min(rate_, std::max(kFloor, overtrained(result)));
    probe_result_ = result;
    shown_.emplace_back(now, *probe_result_);
    if (const auto line = agreed(); line && *line < kNoPolicer) {
      met_queue_ = *line;
      met_queue_until_ = now + kQueueTells;
    }
    // A policer lets a train through, today and in a minute: what it was found to carry stays.
    if (ceiling_ == 0)
      rate_ = std::max(rate_, static_cast<int64_t>(kOfProbe * static_cast<double>(*probe_result_)));
  }
  train_.reset();
}

// Where jitter is not small beside a train's length, one train's result is luck: it counts for no more than
// twice the middle of the last three.
int64_t LineEstimate::steady(int64_t result, double spread) {
  trains_.push_back(result);
  if (trains_.size() > 3) trains_.pop_front();
  if (trains_.size() < 3) return result;
  double moved = 0;
  size_t counted = 0;
  const Heard* before = nullptr;
  for (const auto& heard : heard_) {
    if (heard.lost) continue;
    if (before) {
      moved += std::abs(seconds(heard.delay - before->delay));
      ++counted;
    }
    before = &heard;
  }
  if (counted < 10 || moved / static_cast<double>(counted) < kOfSpread * spread) return result;
  auto sorted = trains_;
  std::ranges::sort(sorted);
  return std::min(result, 2 * sorted[1]);
}

void LineEstimate::tick(TimePoint now) {
  if (tape_) tape_->tick(now);
  if (!silent(now) || now - last_cut_ < kSilence) return;
  calm_ = false;
  if (rate_before_silence_ == 0) rate_before_silence_ = std::max(rate_, std::exchange(after_drain_, 0));
  // Nobody knows what the line carries when it comes back: a voice finds out without filling its queue.
  cut(std::max(kFloor, rate_ / 2), now);
}

void LineEstimate::forget_old(TimePoint now) {
  while (!heard_.empty() && now - heard_.front().sent > kHeardWindow)
    heard_.pop_front();
  while (lowest_.size() > 1 && now - lowest_.front().first > kBaseWindow)
    lowest_.pop_front();
}

// Over the packets of the last second that arrived, and those of the last two and a half that did or did not.
void LineEstimate::measure(TimePoint now) {
  std::optional<Duration> newest, lowest_delay;
  for (const auto& heard : heard_)
    if (!heard.lost) newest = std::max(newest.value_or(heard.arrived), heard.arrived);
  if (!newest) return;
  uint64_t arrived_bytes = 0, sent_bytes = 0;
  size_t arrived = 0;
  std::optional<Duration> first;
  uint64_t first_bytes = 0;
  for (const auto& heard : heard_) {
    if (heard.lost || *newest - heard.arrived > kWindow) continue;
    ++arrived;
    arrived_bytes += heard.bytes;
    if (!first || heard.arrived < *first) {
      first = heard.arrived;
      first_bytes = heard.bytes;
    }
    lowest_delay = std::min(lowest_delay.value_or(heard.delay), heard.delay);
  }
  measure_now(*newest);
  // The first of them only opens the span.
  const double span = std::max(0.2, seconds(*newest - *first));
  if (arrived >= 4)
    arrived_rate_ = static_cast<int64_t>(static_cast<double>(arrived_bytes - first_bytes) * 8 / span);
  for (size_t back = 0; back < kSentLog; ++back) {
    const Sent& sent = (*log_)[(newest_ - back) % kSentLog];
    if (sent.bytes == 0 || now - sent.at >= kWindow) break;
    sent_bytes += sent.bytes;
  }
  for (const auto& [at, bytes] : again_)
    if (now - at < kWindow) sent_bytes += bytes;
  // Over two seconds, as pieces of a picture are few and large.
  uint64_t beside_bytes = 0;
  for (const auto& [at, bytes] : beside_)
    if (now - at < 2 * kWindow) beside_bytes += bytes;
  beside_rate_ = static_cast<int64_t>(beside_bytes * 4);
  arrived_rate_ += arrived >= 4 ? beside_rate_ : 0;
  sent_rate_ = beside_rate_ + static_cast<int64_t>(static_cast<double>(sent_bytes) * 8 / seconds(kWindow));
  if (lowest_delay) queue_ = *lowest_delay - lowest_.front().second;
  loss_ = heard_.size() < 10 ? 0 : loss_since(now - kLossWindow);
  if (lowest_delay && queue_ > kQueueShort)
    carried_.emplace_back(
        now, static_cast<int64_t>(static_cast<double>(arrived_rate_) / (1 - std::min(loss_, kMostChance))));
  while (!carried_.empty() && now - carried_.front().first > 2s)
    carried_.pop_front();
}

void LineEstimate::measure_now(Duration newest) {
  std::optional<Duration> lowest, first;
  uint64_t bytes = 0, first_bytes = 0;
  size_t late = 0, arrived = 0;
  for (const auto& heard : heard_) {
    if (heard.lost || newest - heard.arrived > kNowArrived) continue;
    ++arrived;
    bytes += heard.bytes;
    if (!first || heard.arrived < *first) {
      first = heard.arrived;
      first_bytes = heard.bytes;
    }
    if (newest - heard.arrived > kNowQueue) continue;
    ++late;
    lowest = std::min(lowest.value_or(heard.delay), heard.delay);
  }
  queue_now_ = late >= kNowPackets ? *lowest - lowest_.front().second : Duration{};
  arrived_now_ = 0;
  if (arrived < kNowPackets) return;
  const double span = std::max(0.1, seconds(newest - *first));
  arrived_now_ = static_cast<int64_t>(static_cast<double>(bytes - first_bytes) * 8 / span);
}

// Of the packets that were sent from then on, as far as they were heard of.
double LineEstimate::loss_since(TimePoint from) const {
  size_t lost = 0, counted = 0;
  for (const auto& heard : heard_) {
    if (heard.sent < from) continue;
    ++counted;
    lost += heard.lost;
  }
  return counted < 10 ? loss_ : static_cast<double>(lost) / static_cast<double>(counted);
}

void LineEstimate::react(TimePoint now) {
  const double passed = std::min(1.0, seconds(now - last_grown_));
  last_grown_ = now;
  if (drain_sudden_queue(now)) return;
  if (queue_ > kQueueTooLong) {
    const bool drains = now - last_cut_ < kDrainsWithin && queue_ < queue_at_cut_;
    if (now - last_cut_ < kCutSpacing || drains) return;
    int64_t most = 0;
    for (const auto& [at, carried] : carried_)
      most = std::max(most, carried);
    // What went beside is counted as arrived, and may be waiting yet.
    most = std::min(most, agreed().value_or(most));
    // A line that passes on what it is sent, and queues all the same, is filled by others: a page that loads,
    // TCP's repairs. What arrives of ours is not all that it carries then.
    const double passed_on = static_cast<double>(arrived_rate_) / (1 - std::min(loss_, kMostChance));
    const bool others = passed_on > kPassesOn * static_cast<double>(sent_rate_);
    const double least = others ? kShared * static_cast<double>(rate_) : 0;
    cut(std::min(rate_, static_cast<int64_t>(std::max(kCut * static_cast<double>(most), least))), now);
    return;
  }
  judge_loss(now);
  if (trial_ != Trial::kNone || queue_ > kQueueShort || now - last_cut_ < kCutSpacing || lossy_since_) return;
  // Nobody has tried what lies far above what is sent.
  const int64_t most = with_head_room(std::max(arrived_rate_, sent_rate_));
  // Nor does it carry much more than a train has shown: lost packets make a train look slower, nothing
  // faster.
  while (!shown_.empty() && now - shown_.front().first > kTrainTells)
    shown_.pop_front();
  int64_t best = 0;
  for (const auto& [at, rate] : shown_)
    best = std::max(best, rate);
  const int64_t shown = shown_.empty() ? most : std::max(arrived_rate_, agreed().value_or(overtrained(best)));
  if (rate_ >= std::min(most, shown) || (now < ceiling_until_ && rate_ >= ceiling_)) return;
  const double grown =
      std::max(kGrowth * static_cast<double>(rate_), static_cast<double>(kLeastGrowth)) * passed;
  rate_ = std::min({most, shown, rate_ + static_cast<int64_t>(grown)});
}

// What the two fastest trains of the last minute say of the line, if they say the same.
std::optional<int64_t> LineEstimate::agreed() const {
  int64_t first = 0, second = 0;
  for (const auto& [at, rate] : shown_) {
    second = std::max(second, std::min(first, rate));
    first = std::max(first, rate);
  }
  if (second == 0 || static_cast<double>(second) < kTrainsAgree * static_cast<double>(first))
    return std::nullopt;
  return first;
}

// A line that has become narrow all at once holds seconds of what was sent: it gets so little that they
// drain, and then what it was seen to carry.
bool LineEstimate::drain_sudden_queue(TimePoint now) {
  if (after_drain_ > 0 && queue_ < kQueueShort && queue_now_ < kQueueShort)
    rate_ = std::max(rate_, std::exchange(after_drain_, 0));
  if (after_drain_ > 0 && queue_now_ >= kQueueShort && now - last_cut_ >= kNowArrived) {
    // Half a second told little of what it carries; while it drains it tells more.
    const double shows = static_cast<double>(arrived_rate_) / (1 - std::min(loss_, kMostChance));
    after_drain_ = std::max(after_drain_, std::min(before_drain_, static_cast<int64_t>(kCut * shows)));
  }
  const double held = std::max(seconds(kQueueSudden), kBitsBefore / static_cast<double>(rate_));
  if (seconds(queue_now_) < held || arrived_now_ == 0 || queue_now_ < queue_at_cut_) return false;
  if (now - last_cut_ < kCutSpacing) return false;
  // What chance took of it was carried, too.
  const double carried =
      static_cast<double>(arrived_now_ + beside_rate_) / (1 - std::min(loss_, kMostChance));
  const double drains = std::max(kLeastOfLine, 1 - seconds(queue_now_) / seconds(kDrainsWithin));
  const auto to = static_cast<int64_t>(std::min(kCut, drains) * carried);
  if (to >= rate_) return false;
  if (after_drain_ == 0) before_drain_ = static_cast<int64_t>(kCut * static_cast<double>(rate_));
  cut(to, now);
  queue_at_cut_ = queue_now_;
  after_drain_ = static_cast<int64_t>(kCut * carried);
  return true;
}

// A policer drops what is above its rate and delays nothing: loss that goes away with a quarter less was its
// doing.
void LineEstimate::judge_loss(TimePoint now) {
  if (trial_ == Trial::kLess) {
    if (now - trial_since_ >= kTrial) end_trial(now);
    return;
  }
  // A policer that was found drops no more, once what was sent before is out of the window: else it was taken
  // for wider than it is, or it is none. Where it took most of what was sent, that is tried again.
  const bool doubted = now < ceiling_until_ && now - trial_since_ > kTrial + kLossWindow &&
                       loss_ > std::max(kLossy, loss_before_trial_) / 2;
  if (doubted && loss_before_trial_ <= kVeryLossy) call_it_chance(std::max(inherent_loss_, loss_), now);
  inherent_loss_ = std::min(inherent_loss_, std::max(loss_, inherent_loss_ * kBetter));
  if (loss_ <= inherent_loss_ + kLossy) {
    lossy_since_.reset();
    return;
  }
  // Trains that agreed have met a queue, not a policer, and less is sent than it carries: chance, in a burst.
  if (now < met_queue_until_ && sent_rate_ < met_queue_) {
    inherent_loss_ = loss_;
    lossy_since_.reset();
    return;
  }
  if (!lossy_since_) lossy_since_ = now;
  if (std::max(sent_rate_, arrived_rate_) < kLeastTried) return;
  const Duration patience = loss_ > inherent_loss_ + kVeryLossy ? kVeryLossyFor : kLossyFor;
  if (now - *lossy_since_ < patience || (now < next_trial_ && !doubted)) return;
  loss_before_trial_ = loss_;
  rate_before_trial_ = rate_;
  // A second's luck is not what comes through; but of a flood more is on its way than is heard of.
  const auto came_through = static_cast<int64_t>((1 - loss_) * static_cast<double>(sent_rate_));
  arrived_before_trial_ = loss_ > kVeryLossy ? arrived_rate_ : std::max(arrived_rate_, came_through);
  trial_ = Trial::kLess;
  trial_since_ = now;
  next_trial_ = now + between_trials_;
  // Below what a policer would let through.
  const double sent =
      std::min(static_cast<double>(rate_), static_cast<double>(std::max(arrived_rate_, sent_rate_)));
  cut(static_cast<int64_t>(std::min(kTrialStep * sent, 0.9 * static_cast<double>(arrived_rate_))), now);
}

void LineEstimate::end_trial(TimePoint now) {
  trial_ = Trial::kNone;
  lossy_since_.reset();
  const double loss = loss_since(trial_since_ + 500ms);
  // Half of what chance takes can be chance, too; half of a great loss is not.
  const double half = (loss_before_trial_ - inherent_loss_) / 2;
  const double gone = inherent_loss_ + (loss_before_trial_ > kVeryLossy ? half : std::min(kGone, half));
  if (loss > gone) {
    call_it_chance(loss, now);
    between_trials_ = std::min<Duration>(2 * between_trials_, 120s);
    return;
  }
  // What came through while it dropped is what it lets through; a little less than what comes through now, if
  // it still drops: its bucket had been full.
  int64_t carries = arrived_before_trial_;
  if (loss > inherent_loss_ + kGone)
    carries = std::min(carries, static_cast<int64_t>(kOfPolicer * static_cast<double>(arrived_rate_)));
  rate_ = ceiling_ = std::max(kFloor, carries);
  ceiling_until_ = now + ceiling_for_;
  ceiling_for_ = std::min<Duration>(2 * ceiling_for_, 120s);
}

// It stays whatever is sent.
void LineEstimate::call_it_chance(double loss, TimePoint now) {
  inherent_loss_ = loss;
  ceiling_until_ = now;
  ceiling_ = 0;
  // A train may have shown a hundred times as much, and a verdict may be wrong: not far above what came
  // through.
  rate_ = std::max(rate_, std::min(rate_before_trial_, with_head_room(arrived_before_trial_)));
}

void LineEstimate::cut(int64_t to, TimePoint now) {
  rate_ = std::max(kFloor, to);
  last_cut_ = now;
  queue_at_cut_ = queue_;
}

}  // namespace thranio::rtp
