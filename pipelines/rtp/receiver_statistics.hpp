// Reception statistics of one incoming SSRC, for receiver reports. Spec: RFC 3550 section 6.4.1, appendix A.3
// and A.8. Way: publisher → [receiver_statistics] → RR. Owned by the publisher's track. Thread: net. Time is
// passed in. Pure.
#pragma once

#include <cstdint>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/rtcp.hpp"
#include "pipelines/rtp/sequence.hpp"

namespace thranio::rtp {

class ReceiverStatistics {
 public:
  explicit ReceiverStatistics(uint32_t clock_rate) : clock_rate_(clock_rate) {}

  // An original packet (not a retransmission) arrived.
  void received(uint16_t sequence_number, uint32_t timestamp, TimePoint now);
  void sender_report(const SenderReport& report, TimePoint now);
  // The report block for now; its loss fraction is that since the last call.
  ReportBlock report(uint32_t ssrc, TimePoint now);
  bool any() const { return received_ > 0; }

 private:
  const uint32_t clock_rate_;
  Unwrapper<uint16_t> unwrapper_;
  int64_t first_ = 0;
  int64_t received_ = 0;
  int64_t expected_before_ = 0;
  int64_t received_before_ = 0;
  double jitter_ = 0;
  int64_t transit_ = 0;
  uint32_t last_report_ = 0;
  TimePoint last_report_at_{};
};

}  // namespace thranio::rtp
