#include "pipelines/rtp/late_frames.hpp"

namespace thranio::rtp {

bool LateFrames::takes(const MediaPacket& packet, Duration lag) {
  if (!is_video(packet.codec)) return true;
  if (frame_ != packet.timestamp) {
    frame_ = packet.timestamp;
    takes_it_ = takes_frame(packet, lag);
  }
  return takes_it_;
}

bool LateFrames::takes_frame(const MediaPacket& first, Duration lag) {
  if (lag >= kFarBehind) {
    waits_for_key_frame_ = true;
    return false;
  }
  if (waits_for_key_frame_) {
    if (!first.starts_key_frame || lag >= kLate) return false;
    waits_for_key_frame_ = false;
    return true;
  }
  return lag < kLate || !first.discardable;
}

}  // namespace thranio::rtp
