#include "pipelines/rtp/temporal_base.hpp"

#include <utility>

namespace thranio::rtp {

void TemporalBase::add(const MediaPacketPtr& packet, TimePoint now, std::vector<MediaPacketPtr>& out) {
  if (!next_) next_ = packet->sequence;
  if (packet->sequence < *next_) return;
  waiting_.emplace(packet->sequence, packet);
  while (!waiting_.empty()) {
    const auto first = waiting_.begin();
    if (first->first != *next_) {
      if (!gap_since_) gap_since_ = now;
      // A key frame needs nothing of what came before it.
      const bool waits = now - *gap_since_ < kPatience && waiting_.size() < kMostWaiting;
      if (waits && !first->second->starts_key_frame) return;
      lost_ = true;
      next_ = first->first;
    }
    gap_since_.reset();
    pass(*first->second, out);
    waiting_.erase(first);
    ++*next_;
  }
}

void TemporalBase::pass(const MediaPacket& packet, std::vector<MediaPacketPtr>& out) {
  if (packet.temporal_layer != 0) return;
  std::optional<uint8_t> index;
  if (packet.tl0_picture_index_offset != 0) index = packet.payload[packet.tl0_picture_index_offset];
  if (std::exchange(lost_, false)) {
    const bool follows = index && index_ && *index == static_cast<uint8_t>(*index_ + 1);
    if (!whole_ || !packet.starts_frame || !follows) ++number_;
  }
  whole_ = packet.marker;
  index_ = index;
  auto renumbered = std::make_shared<MediaPacket>(packet);
  renumbered->sequence = number_++;
  out.push_back(std::move(renumbered));
}

}  // namespace thranio::rtp
