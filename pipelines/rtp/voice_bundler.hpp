// Voice in fewer, longer packets: three Opus packets of 20 ms become one of 60 ms, without decoding. Each
// packet costs a student's link 28 to 60 bytes of headers and us a trip through the kernel; the price is the
// wait for the last of the three.
// Way: track_parser → [voice_bundler] → LessonFanout. Before the fan-out, so that it is done once a lesson.
// Spec: RFC 6716 section 3.2.5 (code 3 packets; by libopus's repacketizer), RFC 7587 section 4.2 (timestamp:
// the first sample's; up to 120 ms a packet). A missing packet is waited for as long as its retransmission
// may take, then left out. No timer: packets drive it, so when a voice falls silent (DTX) its last 40 ms of
// background leave with what comes next. Owned by the lesson's media, one per voice. Thread: that track's
// streaming thread. Time is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"

struct OpusRepacketizer;

namespace thranio::rtp {

class VoiceBundler {
 public:
  // A publisher's round trip and the turns on the way; longer is heard as a gap anyway.
  static constexpr auto kWaitForMissing = std::chrono::milliseconds(120);
  static constexpr size_t kMaxAhead = 12;  // packets after a gap; 240 ms

  VoiceBundler();
  ~VoiceBundler();
  VoiceBundler(const VoiceBundler&) = delete;
  VoiceBundler& operator=(const VoiceBundler&) = delete;

  // How much voice a packet shall carry, 20 to 120 ms. From the next packet on; 20 ms or less: as it comes.
  void set_length(std::chrono::milliseconds length) { samples_wanted_ = length.count() * 48; }

  // Takes a packet; adds what is ready to `out`, in order, numbered without a gap. False if it came too late.
  bool add(MediaPacketPtr packet, TimePoint now, std::vector<MediaPacketPtr>& out);

 private:
  struct Free {
    void operator()(OpusRepacketizer* repacketizer) const;
  };

  void take(MediaPacketPtr packet, std::vector<MediaPacketPtr>& out);
  void flush(std::vector<MediaPacketPtr>& out);

  std::unique_ptr<OpusRepacketizer, Free> repacketizer_;
  int64_t samples_wanted_ = 960;
  std::optional<int64_t> expected_;          // the source's next number
  std::map<int64_t, MediaPacketPtr> ahead_;  // came before an earlier one
  TimePoint gap_since_{};
  std::vector<MediaPacketPtr> bundle_;  // the repacketizer points into their payloads
  int64_t samples_ = 0;                 // in bundle_
  std::optional<int64_t> sent_;         // our last number
};

}  // namespace thranio::rtp
