#include "pipelines/rtp/packet_history.hpp"

namespace thranio::rtp {
namespace {

constexpr size_t slot_of(int64_t sequence) {
  return static_cast<size_t>(sequence) & (PacketHistory::kCapacity - 1);
}

}  // namespace

DropReason PacketHistory::insert(MediaPacketPtr packet, TimePoint now) {
  const int64_t sequence = packet->sequence;
  if (newest_ && sequence <= *newest_ - static_cast<int64_t>(kCapacity)) return DropReason::kTooOld;
  auto& slot = ring_[slot_of(sequence)];
  if (slot && slot->sequence == sequence) return DropReason::kDuplicate;
  // A slot that holds a newer packet cannot be met here: it would be kCapacity ahead, so `sequence` too old.
  // H.264: parameter sets and the picture itself each say "begin here"; the first of one timestamp counts.
  if (packet->starts_key_frame && (!key_frame_ || sequence > *key_frame_) &&
      !(key_frame_ && packet->timestamp == key_frame_timestamp_)) {
    key_frame_ = sequence;
    key_frame_timestamp_ = packet->timestamp;
    key_frame_at_ = now;
  }
  slot = std::move(packet);
  if (!newest_ || sequence > *newest_) newest_ = sequence;
  return DropReason::kNone;
}

const MediaPacketPtr* PacketHistory::find_shared(int64_t sequence) const {
  const auto& slot = ring_[slot_of(sequence)];
  return slot && slot->sequence == sequence ? &slot : nullptr;
}

const MediaPacket* PacketHistory::find(int64_t sequence) const {
  const auto* shared = find_shared(sequence);
  return shared ? shared->get() : nullptr;
}

std::optional<int64_t> PacketHistory::key_frame_start(TimePoint now, Duration max_age) const {
  if (!key_frame_ || now - key_frame_at_ > max_age) return std::nullopt;
  if (*newest_ - *key_frame_ >= static_cast<int64_t>(kCapacity)) return std::nullopt;
  return key_frame_;
}

}  // namespace thranio::rtp
