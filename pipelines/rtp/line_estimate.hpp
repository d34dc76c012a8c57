// How much one student's line carries, as her feedback tells it: the sender's side of congestion control for
// lines from 16 kbit/s up. Delay: what waits in front of the narrowest link is the lowest of a second's
// one-way delays over the lowest of the last ten seconds', which jitter does not raise and a standing queue
// does. Loss: what chance takes is no reason to send less (draft-ietf-rmcat-gcc-02 would); what a policer
// takes is, and the two are told apart by trying. Rate: what arrived within a second, as at 17 packets a
// second shorter windows hold two or three (libwebrtc's hold 150 ms). Spec: draft-ietf-rmcat-gcc-02
// (structure), RFC 6817 section 4.2 (base delay). Way: subscriber: sent(),
// feedback() → [LineEstimate] → ladder, pacer. Owned by the subscriber. Thread: net. Pure: time is passed in,
// so a recorded line can be told again. Bounds: kSentLog packets.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/line_tape.hpp"

namespace thranio::rtp {

// What a feedback says of one packet (twcc.hpp); `at` on the student's clock, any epoch.
struct LineArrival {
  uint16_t sequence = 0;
  bool received = false;
  Duration at{};
};

class LineEstimate {
 public:
  static constexpr int64_t kFloor = 8'000;    // bits a second; below this no voice is understood
  static constexpr int64_t kFirst = 100'000;  // before anything is known
  static constexpr size_t kSentLog = 1024;    // packets whose feedback may still come
  static constexpr auto kWindow = std::chrono::seconds(1);
  static constexpr auto kBaseWindow = std::chrono::seconds(10);

  explicit LineEstimate(TimePoint now) : last_grown_(now), last_cut_(now - kBaseWindow) {}

  // From now on it keeps what it is told.
  void record(const std::filesystem::path& file) { tape_ = std::make_unique<LineTape>(file); }

  // bytes: the IP packet.
  void sent(uint16_t sequence, size_t bytes, TimePoint now);
  // A packet of which no feedback will tell: it counts with the next one of which it does.
  void sent_untold(size_t bytes);
  // The same packet once more, under the number that its feedback has told of already.
  void sent_again(size_t bytes, TimePoint now);
  // What goes to the same student over TCP meanwhile (pictures): it fills the same queue, and no feedback
  // tells of it.
  void sent_beside(size_t bytes, TimePoint now);
  void prefetch(uint16_t sequence) const { __builtin_prefetch(&(*log_)[sequence % kSentLog], 1); }
  void feedback(std::span<const LineArrival> arrivals, TimePoint now);
  // These packets, already told by sent(), left back to back: how far apart they arrive is how fast the
  // narrowest link is (packet-pair dispersion; one train at a time, the newest counts). It may widen the
  // estimate at once; only the first one narrows it.
  void probed(uint16_t first_sequence, size_t packets, TimePoint now);
  // No train came through: a line of which nothing is known is taken for no wider than that.
  void suppose(int64_t at_most) { rate_ = std::min(rate_, at_most); }
  // The estimate has fallen far below what trains showed lately, and nothing waits any more: others may have
  // filled the line for a moment. A train would tell; true at most every kTrainAgain, and twice as seldom
  // each time that it showed nothing more.
  bool take_train(TimePoint now);
  // What the last train showed, bits a second; nothing until one came through.
  std::optional<int64_t> probe_result() const { return probe_result_; }
  static constexpr size_t kProbePackets = 5;
  // Feedback that should have come and did not: a line that is silent carries nothing. About every 100 ms.
  void tick(TimePoint now);

  // Less is sent for a while, to see whether the loss goes with it: nothing else may fill the line meanwhile.
  bool tries() const { return trial_ == Trial::kLess; }

  // Bits a second, of IP packets; at least kFloor.
  int64_t rate() const { return rate_; }
  int64_t arrived_rate() const { return arrived_rate_; }
  Duration queue() const { return queue_; }
  // The line has become narrow all at once, and its queue is let run empty.
  bool drains() const { return after_drain_ > 0; }
  // Of the last seconds' packets, 0 to 1; and what of it comes whether one sends little or much.
  double loss() const { return loss_; }
  double inherent_loss() const { return inherent_loss_; }
  // Nothing waits, nothing is lost, and much less is sent than the line carries: it need not be watched
  // packet by packet.
  bool calm() const { return calm_; }
  // No packet has been heard of for so long, though some were sent.
  static constexpr auto kSilence = std::chrono::milliseconds(1500);
  bool silent(TimePoint now) const { return silent_since_ && now - *silent_since_ >= kSilence; }

 private:
  struct Sent {
    TimePoint at{};
    uint32_t bytes = 0;  // with the untold ones before it
    uint16_t sequence = 0;
    bool waits = false;  // for feedback
  };
  struct Heard {
    TimePoint sent;
    Duration arrived;  // on the student's clock
    Duration delay;    // arrived - sent: of no meaning but in differences
    uint32_t bytes;
    bool lost;
  };
  static constexpr Duration kTrainAgain = std::chrono::seconds(5);
  static constexpr Duration kFirstBetweenTrials = std::chrono::seconds(15);
  enum class Trial : uint8_t { kNone, kLess };  // kLess: a step down, to see whether the loss goes with it

  struct Train {
    uint16_t first = 0;
    size_t packets = 0;
    TimePoint until{};  // later feedback does not count
    size_t told = 0;
    size_t received = 0;
    uint64_t bytes = 0;  // of those after the first that arrived, up to the last
    uint64_t hole = 0;   // of those that were lost since
    Duration begins{}, ends{};
  };

  void forget_old(TimePoint now);
  int64_t steady(int64_t result, double spread);
  void hear_train(const Sent& packet, const LineArrival& arrival, TimePoint now);
  bool at_ease(Duration newest_delay) const;
  void measure(TimePoint now);
  void measure_now(Duration newest);
  void react(TimePoint now);
  bool drain_sudden_queue(TimePoint now);
  std::optional<int64_t> agreed() const;
  void judge_loss(TimePoint now);
  void end_trial(TimePoint now);
  void call_it_chance(double loss, TimePoint now);
  double loss_since(TimePoint from) const;
  void cut(int64_t to, TimePoint now);

  std::unique_ptr<std::array<Sent, kSentLog>> log_ = std::make_unique<std::array<Sent, kSentLog>>();
  std::deque<Heard> heard_;                            // of the last four seconds, in the order of feedback
  std::deque<std::pair<TimePoint, Duration>> lowest_;  // of delays, rising: its front is the base
  uint16_t newest_ = 0;
  uint32_t untold_ = 0;
  std::unique_ptr<LineTape> tape_;  // null but for measurements
  bool calm_ = false;
  std::deque<std::pair<TimePoint, size_t>> again_, beside_;  // of the last second
  int64_t rate_ = kFirst, arrived_rate_ = 0, sent_rate_ = 0, beside_rate_ = 0;
  Duration queue_{};
  // The same of the last third of a second, and what arrived in the last half: a line that has suddenly
  // become narrow is filled within a second.
  Duration queue_now_{};
  int64_t arrived_now_ = 0;
  int64_t after_drain_ = 0;  // what the line carries, once the queue that is being drained is gone
  int64_t before_drain_ = 0;
  double loss_ = 0, inherent_loss_ = 0;
  // While its queue is busy a line shows what it carries: the most of the last two seconds, with what chance
  // took.
  std::deque<std::pair<TimePoint, int64_t>> carried_;
  Trial trial_ = Trial::kNone;
  double loss_before_trial_ = 0;
  int64_t rate_before_trial_ = 0, arrived_before_trial_ = 0;
  int64_t ceiling_ = 0;  // a policer's, until then
  TimePoint ceiling_until_{};
  Duration ceiling_for_ = std::chrono::seconds(30);
  TimePoint trial_since_{}, next_trial_{};
  Duration between_trials_ = kFirstBetweenTrials;
  int64_t rate_before_silence_ = 0;  // 0: it was not silent
  std::optional<Train> train_;
  TimePoint next_train_{};
  Duration between_trains_ = kTrainAgain;
  std::optional<int64_t> probe_result_;
  int64_t met_queue_ = 0;  // what trains agreed on, of a line that queues
  TimePoint met_queue_until_{};
  std::deque<int64_t> trains_;                       // what the last three said, bits a second
  std::deque<std::pair<TimePoint, int64_t>> shown_;  // by the trains of the last minute
  TimePoint last_grown_, last_cut_;
  Duration queue_at_cut_{};
  std::optional<TimePoint> lossy_since_, silent_since_;
};

}  // namespace thranio::rtp
