// One student's WHEP session: the stage's slots as RTP streams towards her, and her feedback.
// Way out: WorkerLesson places its streams among the tracks' takers → rtp_fanout. Way in: worker →
// [Subscriber]: NACK → retransmission from the track's history; PLI, FIR → the lesson asks for a key frame;
// reports → statistics; transport-wide feedback → LineEstimate → Ladder → the lesson places her streams anew,
// and the holes in it are resent where her browser does not ask by itself. Spec:
// RFC 3550 (reports), RFC 4585 (NACK, PLI), RFC 4588 (RTX), RFC 5104 (FIR). Owned by its worker. Thread: net.
// Time is passed in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipelines/base/line_state.hpp"
#include "pipelines/rtp/ladder.hpp"
#include "pipelines/rtp/line_estimate.hpp"
#include "pipelines/transport/out_stream.hpp"
#include "pipelines/transport/pacer.hpp"
#include "pipelines/transport/peer.hpp"
#include "pipelines/transport/worker_lesson.hpp"

namespace thranio::transport {

struct WorkerCounters;

struct SubscriberSettings {
  LessonKey lesson = 0;
  ParticipantId owner;                     // what is hers is not sent back to her
  std::vector<OutStreamSettings> streams;  // at most one per slot
  uint8_t transport_sequence_id = 0;  // extension id of the transport-wide sequence number; 0: not negotiated
  bool remb = false;                  // without it: her browser tells its own estimate
  std::string cname;
  bool ladder = true;               // false: everything, whatever her line carries
  std::filesystem::path line_tape;  // where her line is recorded (line_tape.hpp); empty: it is not
  // Called on the net thread when her rung changes, and once a second while she stands below the highest.
  std::function<void(const LineState&)> line_changed;
};

class Subscriber final : public Peer, public OnHotMemory {
 public:
  Subscriber(PeerId id, PeerTransportSettings transport_settings, SubscriberSettings settings,
             PeerObserver observer, TimePoint now);

  std::pmr::vector<OutStream>& streams() { return streams_; }
  const ParticipantId& owner() const { return settings_.owner; }
  // What her line carries of the lesson; without feedback of her line: everything.
  Rung rung() const { return ladder_ ? ladder_->rung() : Rung::kAll; }
  // Before her line is known only the small voice is sent on it: the first train of packets tells within a
  // round trip.
  bool ready() const { return ready_; }
  // Her line has become narrow all at once: what waits for something smaller stands meanwhile.
  bool drains() const { return line_ && line_->drains(); }
  // Decides on her rung; true if it changed. About every 100 ms, and with each feedback.
  bool look_at_line(const rtp::RungNeeds& needs, TimePoint now);
  void set_highest_rung(Rung highest);
  // Of a picture that takes its turn (pacer.hpp).
  void pace(OutStream& stream, std::span<const rtp::MediaPacketPtr> packets, TimePoint now);
  void sent_beside(size_t bytes, TimePoint now) {
    if (line_) line_->sent_beside(bytes, now);
  }

 private:
  DropReason handle_rtp(std::span<uint8_t> packet, TimePoint now) override;
  DropReason handle_rtcp(std::span<uint8_t> packet, TimePoint now) override;
  void media_connected(TimePoint now) override;
  void media_closed() override;
  void media_moved(const SocketAddress& remote) override;
  TimePoint next_media_deadline() const override {
    return pacer_ ? std::min(next_report_, pacer_->next()) : next_report_;
  }
  void handle_media_timer(TimePoint now) override;

  // One more, for the worker and for the lesson: both count it under the same name.
  void count(std::atomic<uint64_t> WorkerCounters::*worker_sum,
             std::atomic<uint64_t> LessonCounters::*lesson_sum);
  OutStream* find_stream(uint32_t ssrc);
  bool may_resend(OutStream& stream, uint16_t sequence, size_t bytes, TimePoint now) const;
  void forget_line(TimePoint now);
  void handle_nack(OutStream& stream, uint16_t sequence, TimePoint now);
  void want_key_frame(uint32_t ssrc);
  void send_reports(TimePoint now);
  void hear_line(std::span<const uint8_t> feedback, TimePoint now);
  void resend_hole(uint16_t transport_sequence, TimePoint now);
  void repeat_voice(TimePoint now);
  bool look_at_remb(const rtp::RungNeeds& needs, TimePoint now);
  void probe(TimePoint now);
  void set_pace(TimePoint now);
  void end_pace(TimePoint now);
  void send_waiting(TimePoint now);
  void tell_line(TimePoint now);

  // Set at construction, never changed (the vector never grows: takers point into it).
  const SubscriberSettings settings_;

  // net only.
  std::pmr::vector<OutStream> streams_{&hot_memory()};
  TransportNumbers numbers_;
  std::optional<Pacer> pacer_;  // below the highest rung
  TimePoint next_report_ = TimePoint::max();
  int reports_sent_ = 0;
  TimePoint resend_window_{};
  int resends_in_window_ = 0;
  std::unique_ptr<rtp::LineEstimate> line_;  // with transport-wide feedback
  std::optional<rtp::Ladder> ladder_;
  TimePoint connected_at_{}, last_probe_{}, line_told_{};
  Rung rung_told_ = Rung::kVoiceLow;
  int first_probes_ = 0;
  bool probes_ = false;  // padding on RTX can be sent
  bool silent_ = false, tries_ = false, repeats_ = false;
  bool ready_ = true;
  bool fed_back_ = false;                 // by transport-wide feedback, or REMB
  std::optional<TimePoint> received_at_;  // her first report that something of ours arrived
  std::optional<int64_t> remb_;           // bits a second
  int64_t spare_ = 0;
  Rung highest_rung_ = Rung::kAll;
};

}  // namespace thranio::transport
