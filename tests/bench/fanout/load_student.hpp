// A student made for load: one UDP socket, ICE, DTLS and SRTP as a browser has them, and of the media only
// what a count needs. Every packet is counted by its clear header (sequence, gaps); a sampled student also
// opens each packet and reads the sender's clock from its end. Feedback as a browser sends it: a receiver
// report a second that claims a round trip of kClaimedRoundTrip, transport-wide feedback every 100 ms, a
// consent check every 5 s. Way: server → socket (UDP GRO) → [LoadStudent] → counts. Spec: RFC 8445, 5764,
// 3550, draft-holmer-rmcat-transport-wide-cc-extensions. Owned by the bench. Thread: the bench's. Not here:
// decoding, NACK.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/rtcp.hpp"
#include "pipelines/rtp/sequence.hpp"
#include "pipelines/rtp/twcc.hpp"
#include "pipelines/transport/ice_credentials.hpp"
#include "pipelines/transport/socket_address.hpp"
#include "pipelines/transport/srtp_session.hpp"
#include "tests/support/dtls_client.hpp"
#include "tests/support/stun_client.hpp"

namespace thranio::bench {

constexpr auto kClaimedRoundTrip = std::chrono::milliseconds(20);

// One incoming SSRC.
struct Arrivals {
  uint32_t ssrc = 0;
  rtp::Unwrapper<uint16_t> sequence;
  int64_t first = 0, highest = 0;
  uint64_t packets = 0;
  uint32_t last_report = 0;  // RFC 3550 section 6.4.1: LSR
  TimePoint last_report_at{};
  uint64_t lost() const {
    const auto expected = packets == 0 ? 0 : static_cast<uint64_t>(highest - first + 1);
    return expected > packets ? expected - packets : 0;
  }
};

class LoadStudent final : private rtp::RtcpVisitor {
 public:
  // stagger: spreads the timers of many students over their interval, 0 … 1. line: bits a second that her
  // line carries, as her feedback tells it; 0: as much as one likes.
  LoadStudent(bool sampled, double stagger, unsigned line = 0);
  ~LoadStudent();
  LoadStudent(const LoadStudent&) = delete;
  LoadStudent& operator=(const LoadStudent&) = delete;

  int descriptor() const { return socket_; }

  // WHEP: our offer of the whole stage, then the server's answer.
  std::string offer() const;
  void take_answer(const std::string& sdp) { connect(sdp); }
  // Janus offers; the answer takes all of it.
  std::string answer(const std::string& offer);

  void receive(TimePoint now);
  void run_timers(TimePoint now);

  void leave() { dtls_->close(); }  // says goodbye

  bool connected() const { return receiver_.has_value(); }
  bool has_media() const { return packets_ > 0; }
  uint64_t packets() const { return packets_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t lost() const;
  uint64_t unopened() const { return unopened_; }            // a sampled packet that failed authentication
  std::vector<uint32_t>& latencies() { return latencies_; }  // µs, of sampled packets
  void forget_counts();                                      // the measured window begins

 private:
  std::string transport_lines(const char* setup) const;
  std::string candidate_line() const;
  void connect(const std::string& sdp);
  void handle(std::span<uint8_t> datagram, TimePoint now);
  void handle_media(std::span<uint8_t> datagram, TimePoint now);
  void handle_dtls(std::span<const uint8_t> datagram);
  void send(std::span<const uint8_t> datagram) const;
  void send_rtcp(std::span<const uint8_t> compound);
  void report(TimePoint now);
  void tell_arrivals(TimePoint now);
  Arrivals& arrivals_of(uint32_t ssrc);
  void sender_report(const rtp::SenderReport& report) override;

  const bool sampled_;
  const double stagger_;
  const unsigned line_;
  TimePoint line_free_{};                                  // when it has carried all that came
  std::deque<std::pair<uint16_t, TimePoint>> on_its_way_;  // transport-wide numbers that wait in its queue
  int socket_ = -1;
  transport::IceCredentials local_;
  transport::SocketAddress server_;
  std::optional<test::StunClient> stun_;
  std::unique_ptr<test::DtlsClient> dtls_;
  bool controlled_ = false;  // Janus offers and nominates
  bool dtls_started_ = false;
  std::optional<transport::SrtpSender> sender_;
  std::optional<transport::SrtpReceiver> receiver_;
  uint8_t transport_sequence_id_ = 0;
  rtp::TwccFeedback feedback_;
  TimePoint next_check_{}, next_report_{}, next_feedback_{};
  TimePoint now_{};
  std::vector<Arrivals> arrivals_;
  uint64_t packets_ = 0, bytes_ = 0, unopened_ = 0;
  std::vector<uint32_t> latencies_;
};

}  // namespace thranio::bench
