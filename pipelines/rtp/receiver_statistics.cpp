#include "pipelines/rtp/receiver_statistics.hpp"

#include <algorithm>
#include <cstdlib>

namespace thranio::rtp {

void ReceiverStatistics::received(uint16_t sequence_number, uint32_t timestamp, TimePoint now) {
  const int64_t sequence = unwrapper_.unwrap(sequence_number);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  const int64_t arrival = micros * clock_rate_ / 1'000'000;
  const int64_t transit = static_cast<int32_t>(static_cast<uint32_t>(arrival) - timestamp);
  if (received_++ == 0) {
    first_ = sequence;
  } else {
    const auto difference = static_cast<double>(std::abs(transit - transit_));
    jitter_ += (difference - jitter_) / 16;  // appendix A.8
  }
  transit_ = transit;
}

void ReceiverStatistics::sender_report(const SenderReport& report, TimePoint now) {
  last_report_ = static_cast<uint32_t>(report.ntp >> 16);
  last_report_at_ = now;
}

ReportBlock ReceiverStatistics::report(uint32_t ssrc, TimePoint now) {
  ReportBlock block;
  block.ssrc = ssrc;
  if (!any()) return block;
  const int64_t expected = *unwrapper_.newest() - first_ + 1;
  const int64_t expected_now = expected - expected_before_;
  const int64_t lost_now = expected_now - (received_ - received_before_);
  expected_before_ = expected;
  received_before_ = received_;
  if (expected_now > 0 && lost_now > 0)
    block.fraction_lost = static_cast<uint8_t>(std::min<int64_t>(255, lost_now * 256 / expected_now));
  block.cumulative_lost =
      static_cast<int32_t>(std::clamp<int64_t>(expected - received_, -0x800000, 0x7fffff));
  block.highest_sequence = static_cast<uint32_t>(*unwrapper_.newest());
  block.jitter = static_cast<uint32_t>(jitter_);
  if (last_report_ != 0) {
    block.last_report = last_report_;
    const auto since = std::chrono::duration_cast<std::chrono::microseconds>(now - last_report_at_).count();
    block.delay_since = static_cast<uint32_t>(since * 65536 / 1'000'000);
  }
  return block;
}

}  // namespace thranio::rtp
