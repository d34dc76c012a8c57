// What a worker that has fallen behind leaves out, so that the voice is never late: first frames that no
// other frame needs, then the whole picture until its next key frame. Always whole frames: half a frame costs
// the student's link and shows nothing. Way: worker's inbox → [late_frames] → packet_history, rtp_fanout.
// Spec: RFC 7741 section 4.2 (N bit), RFC 6184 section 1.3 (nal_ref_idc).
// Owned by the worker's track. Thread: net. Time is passed in.
// Not here: what a student's own link cannot carry; each student has her own measure for that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::rtp {

class LateFrames {
 public:
  // Longer than a busy moment (a burst of joins, a frame to a thousand students), shorter than a face that
  // lags behind its voice by what people notice.
  static constexpr auto kLate = std::chrono::milliseconds(150);
  // The worker does not keep up. A pause of the whole machine this long is caught up without a loss.
  static constexpr auto kFarBehind = std::chrono::milliseconds(1000);

  // Whether this packet goes out; `lag`: how long it has waited for its worker. Voice always does.
  bool takes(const MediaPacket& packet, Duration lag);
  // The picture stands still until a key frame: somebody should ask for one.
  bool waits_for_key_frame() const { return waits_for_key_frame_; }

 private:
  bool takes_frame(const MediaPacket& first, Duration lag);

  std::optional<uint32_t> frame_;  // the timestamp that was last judged, and how
  bool takes_it_ = true;
  bool waits_for_key_frame_ = false;
};

}  // namespace thranio::rtp
