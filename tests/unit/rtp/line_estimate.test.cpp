// The estimate over modelled lines: a sender that sends what it is told to, a link of
// tests/support/link_model, feedback ten times a second over a way back. Everything is arithmetic: an hour of
// a line takes milliseconds, and the same seed tells the same line.
#include "pipelines/rtp/line_estimate.hpp"

#include <map>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/link_profiles.hpp"

using namespace thranio;
using namespace std::chrono_literals;
using rtp::LineArrival;
using rtp::LineEstimate;
using test::DirectionModel;
using test::Fate;

namespace {

const TimePoint kStart{1000h};

struct Told {
  double delivered = 0;  // bits a second, over the second half of the time
  double used = 0;       // of what the line could have carried
  int wait_ms_p95 = 0;
  int64_t rate = 0;  // at the end
};

// A line with somebody who sends at 0.9 of the estimate, at most `wish` bits a second, in packets of `bytes`.
class Line {
 public:
  explicit Line(const std::string& profile, uint64_t seed = 1, size_t bytes = 131)
      : profile_(test::link_profile(profile).value()),
        down_(profile_.down, seed),
        up_(profile_.up, seed + 1),
        bytes_(bytes),
        estimate_(kStart) {}

  // Runs on for so long.
  void run(Duration length, int64_t wish = 10'000'000) {
    const TimePoint end = now_ + length;
    for (; now_ < end; now_ += 5ms) {
      const auto rate =
          std::min<double>(static_cast<double>(wish), 0.9 * static_cast<double>(estimate_.rate()));
      owed_ = std::min(owed_ + rate * 0.005 / 8, 1500.0);
      while (owed_ >= static_cast<double>(bytes_)) {
        owed_ -= static_cast<double>(bytes_);
        send();
      }
      others_owe_ += static_cast<double>(others_) * 0.005 / 8;
      for (; others_owe_ >= 1000; others_owe_ -= 1000)
        down_.offer(now_, 1000);
      if (estimate_.take_train(now_)) probe();
      if (now_ - last_feedback_ >= 100ms) tell_back();
      hear();
      estimate_.tick(now_);
    }
  }
  const LineEstimate& estimate() const { return estimate_; }
  const test::DirectionCounters& counters() const { return down_.counters(); }
  size_t numbered() const { return numbered_; }
  // So many bits a second that are not ours.
  void others(int64_t bits_per_second) { others_ = bits_per_second; }
  // Five packets back to back.
  void probe() {
    const uint16_t first = next_;
    const TimePoint before = std::exchange(numbered_at_, TimePoint{});
    for (size_t i = 0; i < LineEstimate::kProbePackets; ++i) {
      numbered_at_ = TimePoint{};
      send();
    }
    numbered_at_ = before;
    estimate_.probed(first, LineEstimate::kProbePackets, now_);
  }
  TimePoint now() const { return now_; }

  Told measure(Duration length, int64_t wish = 10'000'000) {
    const auto before = counters();
    run(length, wish);
    const auto& after = counters();
    Told told;
    told.delivered = static_cast<double>(after.delivered_bytes - before.delivered_bytes) * 8 /
                     std::chrono::duration<double>(length).count();
    const double offered = static_cast<double>(after.offered_bytes - before.offered_bytes) * 8 /
                           std::chrono::duration<double>(length).count();
    told.used = offered / static_cast<double>(profile_.down.bits_per_second);
    test::DirectionCounters between = after;
    for (size_t i = 0; i < before.queue_ms.size(); ++i)
      between.queue_ms[i] -= before.queue_ms[i];
    told.wait_ms_p95 = between.wait_ms_at(0.95);
    told.rate = estimate_.rate();
    return told;
  }

 private:
  // As the subscriber does: on a line at ease not every packet carries a number.
  void send() {
    const auto verdict = down_.offer(now_, bytes_);
    if (estimate_.calm() && now_ - numbered_at_ < 170ms) return estimate_.sent_untold(bytes_);
    numbered_at_ = now_;
    ++numbered_;
    const auto sequence = next_++;
    estimate_.sent(sequence, bytes_, now_);
    fates_.push_back({sequence, verdict.fate == Fate::kDelivered, verdict.at});
  }
  // What has arrived by now, and what was sent before it and has not; on a clock that runs an hour late.
  void tell_back() {
    last_feedback_ = now_;
    std::vector<LineArrival> arrivals;
    size_t known = 0;
    for (size_t i = 0; i < fates_.size(); ++i)
      if (fates_[i].arrives && fates_[i].at <= now_) known = i + 1;
    for (size_t i = 0; i < known; ++i) {
      const auto& fate = fates_[i];
      const bool here = fate.arrives && fate.at <= now_;
      arrivals.push_back({fate.sequence, here, here ? fate.at.time_since_epoch() - 1h : Duration{}});
    }
    if (known == 0) return;
    fates_.erase(fates_.begin(), fates_.begin() + static_cast<long>(known));
    const auto verdict = up_.offer(now_, 60 + known);
    if (verdict.fate == Fate::kDelivered) on_the_way_.emplace(verdict.at, std::move(arrivals));
  }
  void hear() {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= now_) {
      estimate_.feedback(on_the_way_.begin()->second, now_);
      on_the_way_.erase(on_the_way_.begin());
    }
  }

  struct Sent {
    uint16_t sequence;
    bool arrives;
    TimePoint at;
  };
  const test::LinkProfile profile_;
  DirectionModel down_, up_;
  const size_t bytes_;
  LineEstimate estimate_;
  TimePoint now_ = kStart, last_feedback_ = kStart, numbered_at_{};
  size_t numbered_ = 0;
  int64_t others_ = 0;
  double others_owe_ = 0;
  double owed_ = 0;
  uint16_t next_ = 65'000;  // it wraps soon
  std::vector<Sent> fates_;
  std::multimap<TimePoint, std::vector<LineArrival>> on_the_way_;
};

}  // namespace

TEST_CASE("a line's rate is found and used, and nobody waits long in its queue", "[line]") {
  for (const char* profile : {"P64", "P64b", "P96j", "P128", "P20"})
    for (const uint64_t seed : {1u, 2u, 3u}) {
      INFO(profile << ", seed " << seed);
      Line line(profile, seed);
      line.run(10s);
      const auto told = line.measure(120s);
      INFO("used " << told.used << ", wait " << told.wait_ms_p95 << " ms, loss " << line.estimate().loss());
      CHECK(told.used > 0.75);
      CHECK(told.used < 1.02);
      CHECK(told.wait_ms_p95 < 500);
    }
}

TEST_CASE("a line of 32 kbit/s is not flooded", "[line]") {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    Line line("P32", seed);
    line.run(10s);
    const auto told = line.measure(180s);
    INFO("used " << told.used << ", wait " << told.wait_ms_p95 << " ms");
    CHECK(told.used > 0.6);
    CHECK(told.used < 1.02);
    CHECK(told.wait_ms_p95 < 500);
  }
}

TEST_CASE("chance that takes a fifth does not make a line slower", "[line]") {
  Line line("P20");
  line.run(60s);
  CHECK(line.estimate().loss() > 0.1);
  CHECK(line.measure(60s).used > 0.75);
}

TEST_CASE("a policer is found, though nothing waits", "[line]") {
  for (const uint64_t seed : {1u, 2u}) {
    Line line("P64pol", seed);
    line.run(15s);
    const auto before = line.counters();
    const auto told = line.measure(120s);
    const auto policed = static_cast<double>(line.counters().policed - before.policed);
    const auto offered = static_cast<double>(line.counters().offered_packets - before.offered_packets);
    INFO("used " << told.used << ", policed " << policed / offered);
    CHECK(told.delivered > 0.7 * 64'000);
    CHECK(policed / offered < 0.12);
  }
}

// The bucket lets a train through as if the line were a thousand times as wide, and a class has pictures.
TEST_CASE("a policer is found behind a train that it let through, and is not doubted for long", "[line]") {
  for (const uint64_t seed : {1u, 2u, 3u})
    for (const int64_t wish : {200'000, 1'200'000, 2'500'000}) {
      INFO("seed " << seed << ", wish " << wish);
      Line line("P64pol", seed, 600);
      line.probe();
      line.run(12s, wish);
      CHECK(line.estimate().rate() < 80'000);
      const auto before = line.counters();
      const auto told = line.measure(120s, wish);
      const auto policed = static_cast<double>(line.counters().policed - before.policed);
      const auto offered = static_cast<double>(line.counters().offered_packets - before.offered_packets);
      INFO("used " << told.used << ", policed " << policed / offered);
      CHECK(told.delivered > 0.7 * 64'000);
      CHECK(policed / offered < 0.12);
      line.run(5s, wish);
      CHECK(line.estimate().rate() < 110'000);
    }
}

TEST_CASE("a line whose trains agree is not taken for a policer when chance strikes in bursts", "[line]") {
  for (const uint64_t seed : {1u, 2u, 3u, 4u}) {
    Line line("P64b", seed);
    line.probe();
    line.run(10s, 40'000);
    line.probe();
    line.run(5s, 40'000);
    size_t starved = 0;
    for (int second = 0; second < 170; ++second) {
      line.run(1s, 40'000);
      starved += line.estimate().rate() < 30'000;
    }
    INFO("seed " << seed << ", seconds of little " << starved);
    CHECK(starved < 10);
  }
}

TEST_CASE("a line that becomes narrower is followed within a second or two, a wider one later", "[line]") {
  Line line("P128s");
  line.run(28s);
  CHECK(line.estimate().rate() > 100'000);
  line.run(2s + 3s);  // 3 s into the narrow half minute
  CHECK(line.estimate().rate() < 60'000);
  line.run(2s);
  CHECK(line.measure(5s).wait_ms_p95 < 500);  // what had filled its queue is gone
  const auto narrow = line.measure(13s);
  CHECK(narrow.delivered > 0.7 * 48'000);
  line.run(7s + 18s);
  CHECK(line.estimate().rate() > 90'000);
}

TEST_CASE("a line that falls silent is sent little, and found again", "[line]") {
  Line line("Pout");
  line.run(29s);
  const auto before = line.estimate().rate();
  line.run(9s);
  CHECK(line.estimate().silent(line.now()));
  CHECK(line.estimate().rate() < 20'000);
  line.run(2s + 2s);
  CHECK_FALSE(line.estimate().silent(line.now()));
  line.run(40s);
  CHECK(static_cast<double>(line.estimate().rate()) > 0.6 * static_cast<double>(before));
}

TEST_CASE("who sends little is believed half as much again, and no more", "[line]") {
  Line line("good");
  line.run(30s, 24'000);
  CHECK(line.estimate().rate() >= 32'000);
  CHECK(line.estimate().rate() <= LineEstimate::kFirst);
}

TEST_CASE("a line at ease is told of by a few packets, and what it carries is known all the same", "[line]") {
  Line line("good");
  line.probe();
  line.run(10s, 60'000);
  CHECK(line.estimate().calm());
  const size_t before = line.numbered();
  const auto packets = line.counters().offered_packets;
  line.run(20s, 60'000);
  CHECK(line.numbered() - before < 130);
  CHECK(line.counters().offered_packets - packets > 1'000);
  CHECK(line.estimate().arrived_rate() == Approx(60'000).epsilon(0.1));
  CHECK(line.estimate().rate() > 80'000);
}

TEST_CASE("a line that is used to the full, or loses something, is watched packet by packet", "[line]") {
  for (const char* profile : {"P64", "P96j", "P20"}) {
    INFO(profile);
    Line line(profile);
    line.probe();
    line.run(10s);
    const size_t before = line.numbered();
    const auto packets = line.counters().offered_packets;
    line.run(30s);
    CHECK(static_cast<double>(line.numbered() - before) >
          0.85 * static_cast<double>(line.counters().offered_packets - packets));
  }
}

TEST_CASE("a line at ease that becomes narrow is noticed", "[line]") {
  Line line("P128s");  // 48 kbit/s from the thirtieth second on
  line.probe();
  line.run(29s, 75'000);
  CHECK(line.estimate().calm());
  line.run(1s + 3s, 75'000);
  CHECK_FALSE(line.estimate().calm());
  CHECK(line.estimate().rate() < 60'000);
  line.run(2s, 75'000);
  CHECK(line.measure(10s, 75'000).wait_ms_p95 < 500);
}

TEST_CASE("a line that others filled for a moment is found again within seconds", "[line]") {
  for (const uint64_t seed : {1u, 2u, 3u}) {
    Line line("P128", seed);
    line.probe();
    line.run(8s, 60'000);
    CHECK(line.estimate().rate() > 90'000);
    line.others(130'000);  // a page that loads
    line.run(4s, 60'000);
    CHECK(line.estimate().rate() < 70'000);
    line.others(0);
    line.run(8s, 60'000);
    INFO("seed " << seed);
    CHECK(line.estimate().rate() > 90'000);
  }
}

TEST_CASE("on a line that others fill half for good a voice does not give up more than its share", "[line]") {
  Line line("P64");
  line.probe();
  line.others(25'000);
  line.run(30s);
  const auto told = line.measure(60s);
  CHECK(told.delivered > 22'000);
  CHECK(told.wait_ms_p95 < 600);
}

TEST_CASE("feedback of what was never sent, or twice, changes nothing", "[line]") {
  LineEstimate estimate(kStart);
  estimate.sent(7, 100, kStart);
  const std::vector<LineArrival> odd{{8, true, 1s}, {7, true, 1s}, {7, true, 9s}, {65'535, false, {}}};
  estimate.feedback(odd, kStart + 100ms);
  CHECK(estimate.queue() == 0s);
  CHECK(estimate.rate() <= LineEstimate::kFirst + 2'000);
}

TEST_CASE("the same line told again is estimated the same", "[line]") {
  Line a("P96j", 9), b("P96j", 9);
  for (int i = 0; i < 20; ++i) {
    a.run(3s);
    b.run(3s);
    REQUIRE(a.estimate().rate() == b.estimate().rate());
  }
}
