#include "pipelines/rtp/layer_track.hpp"

#include <utility>

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {
namespace {

std::optional<uint8_t> base_index(const MediaPacket& packet) {
  if (packet.tl0_picture_index_offset == 0) return std::nullopt;
  return packet.payload[packet.tl0_picture_index_offset];
}

std::optional<uint16_t> picture_id(const MediaPacket& packet) {
  if (packet.picture_id_offset == 0) return std::nullopt;
  return read16(packet.payload.data() + packet.picture_id_offset) & 0x7fff;
}

}  // namespace

void LayerTrack::add(const MediaPacketPtr& packet, TimePoint now, std::vector<MediaPacketPtr>& out) {
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
    pass(first->second, out);
    waiting_.erase(first);
    ++*next_;
  }
}

void LayerTrack::pass(const MediaPacketPtr& packet, std::vector<MediaPacketPtr>& out) {
  if (packet->payload.empty()) return;  // padding alone
  if (lost_ && !held_.empty()) {
    release(Then::kNextPicture, out);
    whole_ = false;  // what was lost may have been the rest of it
  }
  if (packet->timestamp != picture_) {
    release(Then::kNextPicture, out);
    key_ = false;
    picture_ = packet->timestamp;
  }
  key_ |= packet->starts_key_frame;
  if (packet->spatial_layer > limit_.spatial) return release(Then::kNextPicture, out);
  if (packet->temporal_layer > limit_.temporal) return;
  if (!held_.empty() && packet->spatial_layer > held_.front()->spatial_layer)
    release(Then::kHigherLayer, out);
  if (std::exchange(lost_, false) && !follows(*packet)) ++number_;
  const bool highest = packet->spatial_layer == limit_.spatial;
  if (packet->marker || (highest && packet->ends_frame)) {
    release(Then::kSameFrame, out);
    emit(*packet, true, out);
  } else if (!highest && (packet->own_layer_alone || packet->ends_frame)) {
    if (held_.size() == kMostHeld) release(Then::kSameFrame, out);
    held_.push_back(packet);
  } else {
    emit(*packet, false, out);
  }
}

void LayerTrack::release(Then then, std::vector<MediaPacketPtr>& out) {
  for (size_t i = 0; i < held_.size(); ++i) {
    if (then == Then::kHigherLayer && held_[i]->own_layer_alone) continue;
    emit(*held_[i], then == Then::kNextPicture && i + 1 == held_.size(), out);
  }
  held_.clear();
}

void LayerTrack::emit(const MediaPacket& packet, bool marker, std::vector<MediaPacketPtr>& out) {
  auto ours = std::make_shared<MediaPacket>(packet);
  ours->sequence = number_++;
  ours->marker = marker;
  ours->starts_key_frame = key_ && packet.starts_frame;
  key_ &= !packet.starts_frame;
  whole_ = marker;
  index_ = base_index(packet);
  picture_id_ = picture_id(packet);
  out.push_back(std::move(ours));
}

// Whether nothing of these layers can have been between the last packet that went and this one.
bool LayerTrack::follows(const MediaPacket& packet) const {
  if (!whole_ || !packet.starts_frame || packet.spatial_layer != 0) return false;
  if (limit_.temporal == 0) {
    const auto index = base_index(packet);
    return index && index_ && *index == static_cast<uint8_t>(*index_ + 1);
  }
  const auto id = picture_id(packet);
  return id && picture_id_ && *id == ((*picture_id_ + 1) & 0x7fff);
}

}  // namespace thranio::rtp
