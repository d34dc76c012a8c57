// Any bytes as a compound RTCP packet, its transport-wide feedback included: nothing is read outside them,
// and what is visited is bounded by their number.
#include "pipelines/rtp/rtcp.hpp"

#include "pipelines/rtp/twcc.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

namespace {

struct Counter final : rtp::RtcpVisitor {
  size_t visits = 0;
  void sender_report(const rtp::SenderReport&) override { ++visits; }
  void report_block(uint32_t, const rtp::ReportBlock&) override { ++visits; }
  void nack(uint32_t, uint16_t) override { ++visits; }
  void picture_loss(uint32_t) override { ++visits; }
  void full_intra_request(uint32_t) override { ++visits; }
  void bye(uint32_t) override { ++visits; }
  void transport_feedback(std::span<const uint8_t> packet) override {
    ++visits;
    size_t arrivals = 0;
    rtp::parse_twcc(packet, [&](const rtp::TwccArrival&) { ++arrivals; });
    require(arrivals <= 65'536);  // a 16-bit count
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Counter counter;
  rtp::parse_rtcp({data, size}, counter);
  require(counter.visits <= 5 * size);  // densest: a NACK entry of 4 bytes names 17 packets
  return 0;
}
