// The last packets of one track, by sequence number: answers retransmissions (RFC 4588) for every student of
// a worker, tells duplicates from news, and starts a late joiner at the newest key frame without asking the
// teacher. Way: rtp_fanout → [packet_history] ← NACKs, joins. One shared ring per track and worker, none per
// student. Owned by the worker's track. Thread: net. Time is passed in.
#pragma once

#include <array>
#include <chrono>
#include <optional>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::rtp {

class PacketHistory {
 public:
  // 1024 packets: 4 s of a 2.5 Mbit/s picture, 20 s of voice; a browser gives up asking sooner (1 s of NACKs
  // in libwebrtc). Must be a power of two.
  static constexpr size_t kCapacity = 1024;

  // kNone when the packet is news; kDuplicate or kTooOld otherwise. Only news may be sent on: this is what
  // keeps one SRTP index from ever serving two packets.
  DropReason insert(MediaPacketPtr packet, TimePoint now);

  // The packet of that sequence number, or null.
  const MediaPacket* find(int64_t sequence) const;
  const MediaPacketPtr* find_shared(int64_t sequence) const;

  // The first packet of the newest key frame, if it is at most max_age old and everything since is still
  // here.
  std::optional<int64_t> key_frame_start(TimePoint now, Duration max_age) const;

  // The highest sequence number seen; nothing before the first packet.
  std::optional<int64_t> newest() const { return newest_; }

 private:
  std::array<MediaPacketPtr, kCapacity> ring_;
  std::optional<int64_t> newest_;
  std::optional<int64_t> key_frame_;
  uint32_t key_frame_timestamp_ = 0;
  TimePoint key_frame_at_{};
};

}  // namespace thranio::rtp
