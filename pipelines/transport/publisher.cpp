#include "pipelines/transport/publisher.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "pipelines/rtp/av1_payload.hpp"
#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/codec_payload.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/rtp/vp9_descriptor.hpp"
#include "pipelines/transport/worker.hpp"

namespace thranio::transport {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 10ms;  // NACKs and feedback are due within this: half a voice packet's spacing
constexpr auto kReport = 1s;  // receiver reports; RFC 3550 section 6.2 would allow them more seldom
constexpr Duration kRoundTrip = 100ms;  // before anything is measured; libwebrtc starts from the same guess
constexpr uint32_t kOurSsrc = 1;  // RTCP that we originate names no stream of ours: any fixed value serves
constexpr size_t kTurnBytes = 256 * 1024;

}  // namespace

struct Publisher::Track {
  explicit Track(const InTrackSettings& s)
      : settings(s), ssrc(s.ssrc), rtx_ssrc(s.rtx_ssrc), statistics(rtp::clock_rate(s.codec)) {}

  const InTrackSettings settings;
  std::optional<uint32_t> ssrc;
  std::optional<uint32_t> rtx_ssrc;
  rtp::ReceiverStatistics statistics;
  rtp::NackTracker nacks;
  rtp::KeyFrameRequests key_frames;
  bool any_media = false;

  // Muting leaves no gap: what was ended at the door is taken out of the numbering.
  bool muted = false;
  bool any_forwarded = false;
  uint16_t last_forwarded = 0;
  uint16_t offset = 0;
  bool resync = false;

  // What this turn brought, as whole RTP packets.
  std::vector<uint8_t> turn_bytes;
  std::vector<std::pair<size_t, size_t>> turn_packets;
};

Publisher::Publisher(PeerId id, PeerTransportSettings transport_settings, PublisherSettings settings,
                     TrackSink& sink, PeerObserver observer, TimePoint now)
    : Peer(std::move(id), std::move(transport_settings), std::move(observer), now),
      settings_(std::move(settings)),
      sink_(sink) {
  for (const auto& track : settings_.tracks) {
    tracks_.push_back(std::make_unique<Track>(track));
    tracks_.back()->turn_bytes.reserve(64 * 1024);
  }
}

Publisher::~Publisher() = default;

void Publisher::media_connected(TimePoint now) {
  next_tick_ = now + kTick;
}

// The track a packet belongs to: by SSRC if the offer named it or it was learnt; else by MID, else by payload
// type, a simulcast encoding by its rid (RFC 8852); a track learns one SSRC, so that a stranger's stream
// inside the session is no track of ours.
Publisher::Track* Publisher::find_track(const rtp::RtpPacketView& packet, bool& retransmission) {
  for (const auto& track : tracks_) {
    if (track->ssrc == packet.ssrc || track->rtx_ssrc == packet.ssrc) {
      retransmission = track->rtx_ssrc == packet.ssrc;
      return track.get();
    }
  }
  const auto mid = rtp::text_extension(packet, settings_.mid_id);
  const auto rid = rtp::text_extension(packet, settings_.rid_id);
  const auto repaired = rtp::text_extension(packet, settings_.repaired_rid_id);
  for (const auto& track : tracks_) {
    if (mid && *mid != track->settings.mid) continue;
    const std::string& own = track->settings.rid;
    if (!own.empty() && rid != own && repaired != own) continue;
    if (packet.payload_type == track->settings.payload_type && !track->ssrc) {
      track->ssrc = packet.ssrc;
      retransmission = false;
      return track.get();
    }
    if (track->settings.rtx_payload_type == packet.payload_type && !track->rtx_ssrc) {
      track->rtx_ssrc = packet.ssrc;
      retransmission = true;
      return track.get();
    }
  }
  return nullptr;
}

DropReason Publisher::handle_rtp(std::span<uint8_t> bytes, TimePoint now) {
  auto packet = rtp::parse_rtp(bytes);
  if (!packet) return packet.error();
  if (const auto number = rtp::transport_sequence(*packet, settings_.transport_sequence_id))
    twcc_.received(*number, now);
  bool retransmission = false;
  Track* track = find_track(*packet, retransmission);
  if (!track) return DropReason::kUnknownSsrc;

  std::array<uint8_t, kMaxDatagram> restored;
  if (retransmission) {
    if (track->settings.rtx_payload_type != packet->payload_type) return DropReason::kUnknownPayloadType;
    if (packet->payload.size() < 2) return DropReason::kNone;  // padding that probes the link
    const size_t size = restore(*track, *packet, restored);
    packet = rtp::parse_rtp({restored.data(), size});
    if (!packet) return packet.error();
  } else {
    if (track->settings.payload_type != packet->payload_type) return DropReason::kUnknownPayloadType;
    track->statistics.received(packet->sequence_number, packet->timestamp, now);
  }
  if (track->nacks.received(packet->sequence_number, now) == rtp::NackTracker::Arrival::kDuplicate)
    return DropReason::kDuplicate;
  if (!track->any_media) {
    track->any_media = true;
    notify(PeerChange::kFirstMedia);
  }
  if (track->settings.codec != rtp::CodecId::kOpus && starts_key_frame(*track, *packet)) {
    track->key_frames.key_frame_passed();
    track->nacks.forget_before(packet->sequence_number);
  }
  const DropReason why = forward(*track, *packet);
  // After it: whoever is chosen by this packet is chosen with it.
  if (settings_.tells_levels && !track->muted && !rtp::is_video(track->settings.codec))
    sink_.level(track->settings.id, level_of(*packet), now);
  return why;
}

// A publisher that tells no levels is taken by the size of what it sends: DTX has a byte or two (RFC 7587
// section 3.1.3).
uint8_t Publisher::level_of(const rtp::RtpPacketView& packet) const {
  constexpr uint8_t kSilence = 127, kSpeech = 40;
  constexpr size_t kDtx = 3;
  if (const auto level = rtp::audio_level(packet, settings_.audio_level_id)) return *level;
  return packet.payload.size() > kDtx ? kSpeech : kSilence;
}

bool Publisher::starts_key_frame(const Track& track, const rtp::RtpPacketView& packet) {
  switch (track.settings.codec) {
    case rtp::CodecId::kH264:
      return rtp::h264_starts_key_frame(packet.payload);
    case rtp::CodecId::kVp9: {
      const auto descriptor = rtp::parse_vp9(packet.payload);
      return descriptor && descriptor->starts_key_frame;
    }
    case rtp::CodecId::kAv1: {
      const auto av1 = rtp::parse_av1(packet.payload);
      return av1 && av1->starts_key_frame;
    }
    case rtp::CodecId::kVp8: {
      const auto descriptor = rtp::parse_vp8(packet.payload);
      return descriptor && descriptor->starts_key_frame;
    }
    default:
      return false;
  }
}

// RFC 4588 section 4: the original sequence number stands before the original payload.
size_t Publisher::restore(const Track& track, const rtp::RtpPacketView& packet, std::span<uint8_t> out) {
  const size_t payload = packet.payload.size() - 2;
  std::memcpy(out.data(), packet.bytes.data(), packet.header_size);
  std::memcpy(out.data() + packet.header_size, packet.payload.data() + 2, payload);
  out[0] &= 0xdf;  // the padding stayed behind
  out[1] = static_cast<uint8_t>((out[1] & 0x80) | track.settings.payload_type);
  rtp::write16(out.data() + 2, rtp::read16(packet.payload.data()));
  rtp::write32(out.data() + 8, track.ssrc.value_or(packet.ssrc));
  return packet.header_size + payload;
}

DropReason Publisher::forward(Track& track, const rtp::RtpPacketView& packet) {
  if (track.muted) {
    track.resync = true;
    return DropReason::kNone;
  }
  if (track.resync) {
    track.resync = false;
    track.offset = static_cast<uint16_t>(track.last_forwarded + 1 - packet.sequence_number);
  }
  if (track.turn_bytes.size() + packet.bytes.size() > kTurnBytes) return DropReason::kInboxFull;
  const size_t at = track.turn_bytes.size();
  track.turn_bytes.insert(track.turn_bytes.end(), packet.bytes.begin(), packet.bytes.end());
  const auto number = static_cast<uint16_t>(packet.sequence_number + track.offset);
  rtp::write16(track.turn_bytes.data() + at + 2, number);
  if (!track.any_forwarded || rtp::newer_than(number, track.last_forwarded)) track.last_forwarded = number;
  track.any_forwarded = true;
  track.turn_packets.emplace_back(at, packet.bytes.size());
  return DropReason::kNone;
}

void Publisher::end_of_turn(TimePoint) {
  std::array<std::span<const uint8_t>, 64> batch;
  for (const auto& track : tracks_) {
    size_t count = 0;
    for (const auto& [at, size] : track->turn_packets) {
      batch[count++] = {track->turn_bytes.data() + at, size};
      if (count == batch.size()) {
        sink_.rtp(track->settings.id, {batch.data(), count});
        count = 0;
      }
    }
    if (count > 0) sink_.rtp(track->settings.id, {batch.data(), count});
    track->turn_packets.clear();
    track->turn_bytes.clear();
  }
}

DropReason Publisher::handle_rtcp(std::span<uint8_t> packet, TimePoint now) {
  struct Reports final : rtp::RtcpVisitor {
    Reports(Publisher& p, TimePoint t) : self(p), now(t) {}
    void sender_report(const rtp::SenderReport& report) override {
      for (const auto& track : self.tracks_) {
        if (track->ssrc != report.ssrc) continue;
        track->statistics.sender_report(report, now);
        self.sink_.clock(track->settings.id, {report.ntp, report.rtp, now});
      }
    }
    Publisher& self;
    TimePoint now;
  } reports{*this, now};
  return rtp::parse_rtcp(packet, reports);
}

void Publisher::request_key_frame(TrackId id, TimePoint now) {
  for (const auto& track : tracks_) {
    if (track->settings.id != id) continue;
    track->key_frames.want();
    if (transport().connected()) next_tick_ = std::min(next_tick_, now);
  }
}

void Publisher::set_muted(bool audio, bool video) {
  for (const auto& track : tracks_)
    track->muted = rtp::is_video(track->settings.codec) ? video : audio;
}

void Publisher::handle_media_timer(TimePoint now) {
  if (now < next_tick_) return;
  next_tick_ = now + kTick;
  uint8_t* packet = worker().ring().reserve();
  rtp::RtcpWriter writer({packet, 1200});
  write_reports(writer, now);
  for (const auto& track : tracks_) {
    if (!track->ssrc) continue;
    if (track->settings.nack) {
      const auto& due = track->nacks.due(now, kRoundTrip);
      if (!due.empty()) writer.nack(kOurSsrc, *track->ssrc, due);
    }
    if (!rtp::is_video(track->settings.codec)) continue;
    if (track->nacks.take_broken()) track->key_frames.want();
    if (track->key_frames.due(now)) {
      writer.picture_loss(kOurSsrc, *track->ssrc);
      worker().counters().key_frame_requests_out.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (twcc_.due(now)) {
    std::array<uint8_t, 1200> feedback;
    const size_t room = 1200 - std::min<size_t>(writer.size(), 1200);
    const auto& any =
        *std::find_if(tracks_.begin(), tracks_.end(), [](const auto& t) { return t->ssrc.has_value(); });
    if (const size_t size = twcc_.write(kOurSsrc, *any->ssrc, {feedback.data(), room}, now))
      writer.raw({feedback.data(), size});
  }
  if (writer.size() > 0) send_protected_rtcp(packet, writer.size());
}

void Publisher::write_reports(rtp::RtcpWriter& writer, TimePoint now) {
  if (now < next_report_) return;
  next_report_ = now + kReport;
  std::vector<rtp::ReportBlock> blocks;
  for (const auto& track : tracks_)
    if (track->ssrc && track->statistics.any()) blocks.push_back(track->statistics.report(*track->ssrc, now));
  if (blocks.empty()) return;
  writer.receiver_report(kOurSsrc, blocks);
  writer.cname(kOurSsrc, settings_.cname);
}

}  // namespace thranio::transport
