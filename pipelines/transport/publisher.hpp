// One publisher's WHIP session: its tracks come off the wire, what is missing is asked for, and everything
// good goes into the lesson's pipeline. Way: worker → [Publisher: RTX undone, duplicates out, numbers
// unwrapped] → TrackSink → thraniolessonsrc. Towards the publisher: NACK, PLI (merged, at most one a second
// and track), receiver reports, transport-wide feedback. Spec: RFC 3550, 4585, 4588, 5104;
// draft-holmer-rmcat-transport-wide-cc-extensions-01. Owned by its worker. Thread: net. Time is passed in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/rtp/keyframe_requests.hpp"
#include "pipelines/rtp/nack_tracker.hpp"
#include "pipelines/rtp/receiver_statistics.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/rtp/twcc.hpp"
#include "pipelines/transport/peer.hpp"
#include "pipelines/transport/worker_lesson.hpp"

namespace thranio::transport {

// Where a publisher's packets go. Outlives the publisher. Thread: net (the publisher's worker).
class TrackSink {
 public:
  virtual ~TrackSink() = default;
  virtual void rtp(TrackId track, std::span<const std::span<const uint8_t>> packets) = 0;
  virtual void clock(TrackId track, SourceClock clock) = 0;
  // How loud a packet of a voice is, in −dBov (RFC 6464); only of those whose settings ask for it.
  virtual void level(TrackId track, uint8_t level, TimePoint now) = 0;
};

// What negotiation fixed for one of its m-lines.
struct InTrackSettings {
  TrackId id;
  rtp::CodecId codec = rtp::CodecId::kOpus;
  std::string mid;
  uint8_t payload_type = 0;
  std::optional<uint8_t> rtx_payload_type;
  std::optional<uint32_t> ssrc;      // if the offer names it
  std::optional<uint32_t> rtx_ssrc;  // the other half of its FID group
  std::string rid;                   // of a simulcast encoding: told by this alone until its SSRC is learnt
  bool nack = false;
};

struct PublisherSettings {
  std::vector<InTrackSettings> tracks;
  uint8_t mid_id = 0;  // header extension ids; 0: not negotiated
  uint8_t rid_id = 0, repaired_rid_id = 0;
  uint8_t transport_sequence_id = 0;
  bool tells_levels = false;  // of its voice, to the sink
  uint8_t audio_level_id = 0;
  std::string cname;
};

class Publisher final : public Peer {
 public:
  Publisher(PeerId id, PeerTransportSettings transport_settings, PublisherSettings settings, TrackSink& sink,
            PeerObserver observer, TimePoint now);
  ~Publisher() override;

  void request_key_frame(TrackId track, TimePoint now);
  // A muted kind's packets are ended here.
  void set_muted(bool audio, bool video);
  void end_of_turn(TimePoint now) override;

 private:
  struct Track;

  Track* find_track(const rtp::RtpPacketView& packet, bool& retransmission);
  static bool starts_key_frame(const Track& track, const rtp::RtpPacketView& packet);
  static size_t restore(const Track& track, const rtp::RtpPacketView& packet, std::span<uint8_t> out);
  static DropReason forward(Track& track, const rtp::RtpPacketView& packet);
  uint8_t level_of(const rtp::RtpPacketView& packet) const;
  void write_reports(rtp::RtcpWriter& writer, TimePoint now);

  DropReason handle_rtp(std::span<uint8_t> packet, TimePoint now) override;
  DropReason handle_rtcp(std::span<uint8_t> packet, TimePoint now) override;
  void media_connected(TimePoint now) override;
  void media_closed() override {}
  TimePoint next_media_deadline() const override { return next_tick_; }
  void handle_media_timer(TimePoint now) override;

  // Set at construction, never changed.
  const PublisherSettings settings_;
  TrackSink& sink_;

  // net only.
  std::vector<std::unique_ptr<Track>> tracks_;
  rtp::TwccFeedback twcc_;
  TimePoint next_tick_ = TimePoint::max();
  TimePoint next_report_{};
};

}  // namespace thranio::transport
