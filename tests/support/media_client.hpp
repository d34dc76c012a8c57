// Many WHEP students and WHIP teachers without a browser, in one thread: checks as a full ICE agent, DTLS
// client, SRTP opened by libsrtp2, every packet accounted for. Their pictures and voices are made-up RTP
// whose payload carries a check byte, so that what arrives can be known for what was sent. Way: TestTeacher →
// server → TestStudent; SDP goes by whatever Exchange carries it (HTTP, or a plain call). Spec: RFC 8445
// (controlling agent), 5764, 3550, 4585, 4588, 7741. Owned by the test or bench; MediaLoop outlives its
// peers. Thread: the test's. No allocation per packet. Not here: decoding, congestion control.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/error.hpp"
#include "pipelines/rtp/rtcp.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/rtp/sequence.hpp"
#include "pipelines/rtp/twcc.hpp"
#include "pipelines/transport/ice_credentials.hpp"
#include "pipelines/transport/socket_address.hpp"
#include "pipelines/transport/srtp_session.hpp"
#include "tests/support/dtls_client.hpp"
#include "tests/support/stun_client.hpp"

namespace thranio::test {

// Carries an offer to the server and brings the answer.
using Exchange = std::function<Result<std::string>(const std::string& offer)>;

class MediaPeer;

class MediaLoop {
 public:
  MediaLoop();
  ~MediaLoop();
  MediaLoop(const MediaLoop&) = delete;
  MediaLoop& operator=(const MediaLoop&) = delete;

  // Carries packets and runs timers until `done`; false when `limit` came first.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);

  void add(MediaPeer& peer);
  void remove(MediaPeer& peer);
  // The peer has a new socket.
  void watch(MediaPeer& peer);

 private:
  int epoll_;
  std::vector<MediaPeer*> peers_;
  TimePoint next_tick_{};
};

class MediaPeer {
 public:
  enum class State : uint8_t { kNew, kChecking, kShakingHands, kConnected, kClosed };

  explicit MediaPeer(MediaLoop& loop, const std::string& srtp_profiles = "SRTP_AEAD_AES_128_GCM");
  virtual ~MediaPeer();
  MediaPeer(const MediaPeer&) = delete;
  MediaPeer& operator=(const MediaPeer&) = delete;

  // Makes the offer, exchanges it, sends the first check. The error is the server's.
  Result<void> join(const Exchange& exchange);
  State state() const { return state_; }
  bool connected() const { return state_ == State::kConnected; }
  bool closed_by_server() const { return dtls_->closed_by_peer(); }
  const std::string& answer() const { return answer_; }

  void leave();  // close_notify
  // The device changed networks: a new socket, a new address; the next check moves the session there.
  void rebind();
  // An ICE restart: new credentials of ours (for the fragment), then the server's from the answer to PATCH.
  transport::IceCredentials new_credentials();
  void restart_ice(const transport::IceCredentials& server);
  void send_check();
  uint64_t checks_answered() const { return checks_answered_; }

  // Anything, to the server's media port.
  void send_raw(std::span<const uint8_t> datagram);
  // Protected; `packet` holds a whole compound.
  void send_rtcp(std::span<const uint8_t> compound);

  // Well protected, and of a stream that was never offered.
  void send_stray(uint32_t ssrc, uint8_t payload_type);

  std::optional<TimePoint> connected_at() const { return connected_at_; }

 protected:
  virtual std::string media_lines(const std::string& transport_lines) const = 0;
  virtual size_t media_count() const = 0;
  virtual void take_answer(const std::string& sdp) = 0;
  virtual void handle_rtp(const rtp::RtpPacketView& packet, TimePoint now) = 0;
  virtual rtp::RtcpVisitor& rtcp_visitor() = 0;
  virtual void tick(TimePoint) {}

  void send_rtp(std::span<const uint8_t> header, std::span<const uint8_t> payload, uint32_t roll_over);

 private:
  friend class MediaLoop;
  void open_socket();
  void receive(TimePoint now);
  void handle(std::span<uint8_t> datagram, TimePoint now);
  void handle_dtls(std::span<const uint8_t> datagram, TimePoint now);
  void run_timers(TimePoint now);

  MediaLoop& loop_;
  int socket_ = -1;
  State state_ = State::kNew;
  transport::IceCredentials local_;
  transport::SocketAddress server_;
  std::optional<StunClient> stun_;
  std::unique_ptr<DtlsClient> dtls_;
  std::optional<transport::SrtpSender> sender_;
  std::optional<transport::SrtpReceiver> receiver_;
  std::string answer_;
  TimePoint next_check_{};
  uint64_t checks_answered_ = 0;
  std::optional<TimePoint> connected_at_;
};

// What one m-line of a student brought.
struct ReceivedStream {
  bool video = false;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;

  uint64_t packets = 0;    // of the stream itself, each number once
  uint64_t recovered = 0;  // of these, by RTX
  uint64_t duplicates = 0;
  uint64_t damaged = 0;     // the check byte is wrong
  uint64_t frames = 0;      // by marker
  uint64_t key_frames = 0;  // first packets of key frames
  bool began_with_key_frame = false;
  uint64_t timestamp_reversals = 0;
  uint64_t sender_reports = 0;
  std::set<int64_t> missing;  // not here yet; empty when nothing is lost
  std::optional<TimePoint> first_packet_at;
  size_t last_payload = 0;  // bytes of the last packet

  rtp::Unwrapper<uint16_t> sequence;
  uint32_t last_timestamp = 0;
  // A voice's packets in the order of their numbers: timestamp and how long each plays.
  std::map<int64_t, std::pair<uint32_t, uint16_t>> spans;
};

class TestStudent final : public MediaPeer, private rtp::RtcpVisitor {
 public:
  // The stage: three voices, camera, screen, floor. Fewer for a plain player.
  TestStudent(MediaLoop& loop, size_t voices = 3, size_t pictures = 3,
              const std::string& srtp_profiles = "SRTP_AEAD_AES_128_GCM");

  ReceivedStream& voice(size_t slot = 0) { return streams_[slot]; }
  ReceivedStream& picture(size_t slot = 0) { return streams_[voices_ + slot]; }

  // Before join: decodes VP9, too.
  void know_vp9() { knows_vp9_ = true; }
  // Packets that this says "true" for are lost on the way.
  void lose(std::function<bool(const rtp::RtpPacketView&)> lost) { lost_ = std::move(lost); }
  // Before join: offers transport-wide feedback, and gives it, as browsers do.
  void tell_line() { offers_line_ = tells_line_ = true; }
  // Before join: offers it, and gives none.
  void promise_line() { offers_line_ = true; }
  // Before join: offers the older sort, an estimate of its own (REMB).
  void offer_remb() { offers_remb_ = true; }
  void send_remb(uint32_t bits_per_second);
  // Asks again for all that is missing.
  void nack_missing();
  void request_key_frame(const ReceivedStream& stream);
  void send_receiver_report();
  uint64_t unknown_ssrcs() const { return unknown_ssrcs_; }

 private:
  std::string media_lines(const std::string& transport_lines) const override;
  size_t media_count() const override { return streams_.size(); }
  void take_answer(const std::string& sdp) override;
  void handle_rtp(const rtp::RtpPacketView& packet, TimePoint now) override;
  rtp::RtcpVisitor& rtcp_visitor() override { return *this; }
  void sender_report(const rtp::SenderReport& report) override;
  static void account(ReceivedStream& stream, uint16_t number, const rtp::RtpPacketView& packet,
                      std::span<const uint8_t> payload, bool recovered, TimePoint now);
  // Where its check byte counts from; nothing if it is no picture.
  static std::optional<size_t> look_at_picture(ReceivedStream& stream, uint8_t payload_type,
                                               std::span<const uint8_t> payload);

  const size_t voices_;
  std::vector<ReceivedStream> streams_;
  void tick(TimePoint now) override;
  std::function<bool(const rtp::RtpPacketView&)> lost_;
  bool offers_line_ = false, tells_line_ = false, offers_remb_ = false, knows_vp9_ = false;
  rtp::TwccFeedback twcc_;
  uint64_t unknown_ssrcs_ = 0;
};

class TestTeacher final : public MediaPeer, private rtp::RtcpVisitor {
 public:
  explicit TestTeacher(MediaLoop& loop, const std::string& srtp_profiles = "SRTP_AEAD_AES_128_GCM");

  // 20 ms of voice; 40 ms of picture in packets of 1000 bytes. A key frame also when one was asked for.
  // level: told with it in −dBov (RFC 6464), if that was offered.
  void send_voice(uint8_t level = 30);
  // Before join.
  void offer_levels() { tells_levels_ = true; }
  void send_frame(size_t packets = 3, bool key = false);
  // Before join: the picture in three simulcast layers "l", "m", "h", each in three temporal layers.
  static constexpr size_t kLayers = 3;
  static constexpr std::array<size_t, kLayers> kLayerBytes{300, 600, 1000};  // of each packet
  void offer_layers() { layered_ = true; }
  void send_layer(size_t layer);
  uint64_t layer_key_frame_requests(size_t layer) const { return layers_[layer].key_frame_requests; }
  // Before join: the picture as one stream of VP9 in three spatial layers, each of half the frames in a
  // higher temporal layer; but for key frames no layer refers to another.
  void offer_scalable() { scalable_ = true; }
  void send_scalable(uint8_t layers = kLayers);
  // The next packet of the picture takes a number and is lost on the way.
  void lose_next_packet() { lose_next_ = true; }
  void send_reports();

  uint32_t picture_ssrc() const { return picture_.ssrc; }
  uint64_t packets_sent() const { return voice_.packets + picture_.packets; }
  uint64_t key_frame_requests() const { return key_frame_requests_; }
  uint64_t packets_asked_again() const { return asked_again_; }

 private:
  struct Sending {
    uint32_t ssrc = 0;
    uint8_t payload_type = 0;
    uint32_t sequence = 65'500;  // extended; wraps soon, since that is where the bugs are
    uint32_t timestamp = 0xffff'0000;
    uint64_t packets = 0;
  };
  static constexpr size_t kHistory = 256;  // packets for RTX; older ones are gone
  struct Sent {
    uint32_t sequence = 0;
    std::vector<uint8_t> packet;  // header and payload
  };

  std::string media_lines(const std::string& transport_lines) const override;
  size_t media_count() const override { return 2; }
  void take_answer(const std::string&) override {}
  void handle_rtp(const rtp::RtpPacketView&, TimePoint) override {}
  rtp::RtcpVisitor& rtcp_visitor() override { return *this; }
  void nack(uint32_t media_ssrc, uint16_t sequence) override;
  void picture_loss(uint32_t media_ssrc) override;
  void full_intra_request(uint32_t media_ssrc) override { picture_loss(media_ssrc); }
  void send(Sending& stream, bool marker, std::span<const uint8_t> payload,
            std::optional<uint8_t> level = std::nullopt);
  struct Layer : Sending {
    uint16_t picture_id = 32'750;
    uint8_t base_index = 250;  // TL0PICIDX
    uint32_t frames = 0;
    bool key_wanted = true;
    uint64_t key_frame_requests = 0;
  };

  Sending voice_;
  Sending picture_;
  bool layered_ = false, tells_levels_ = false, scalable_ = false;
  uint32_t pictures_ = 0;     // since the last key frame
  uint8_t base_index_ = 250;  // TL0PICIDX
  std::array<Layer, kLayers> layers_;
  uint32_t rtx_ssrc_;
  uint32_t rtx_sequence_ = 1;
  std::vector<Sent> history_;
  uint16_t picture_id_ = 32'760;  // wraps soon, too
  bool lose_next_ = false;
  bool key_wanted_ = true;
  uint64_t key_frame_requests_ = 0;
  uint64_t asked_again_ = 0;
};

}  // namespace thranio::test
