#include "pipelines/rtp/voice_bundler.hpp"

#include <stdexcept>

#include <opus/opus.h>

namespace thranio::rtp {
namespace {

constexpr int64_t kMaxSamples = 120 * 48;  // RFC 6716 section 3.2.5: no packet is longer

}  // namespace

VoiceBundler::VoiceBundler() : repacketizer_(opus_repacketizer_create()) {
  if (!repacketizer_) throw std::bad_alloc();
}

VoiceBundler::~VoiceBundler() = default;

void VoiceBundler::Free::operator()(OpusRepacketizer* repacketizer) const {
  opus_repacketizer_destroy(repacketizer);
}

bool VoiceBundler::add(MediaPacketPtr packet, TimePoint now, std::vector<MediaPacketPtr>& out) {
  if (!expected_) expected_ = packet->sequence;
  if (packet->sequence < *expected_) return false;
  if (packet->sequence > *expected_ && ahead_.empty()) gap_since_ = now;
  ahead_.emplace(packet->sequence, std::move(packet));
  while (!ahead_.empty()) {
    const auto first = ahead_.begin();
    if (first->first != *expected_) {
      if (now - gap_since_ < kWaitForMissing && ahead_.size() < kMaxAhead) return true;
      flush(out);  // what is missing will not come: the gap stays audible where it was
      gap_since_ = now;
    }
    expected_ = first->first + 1;
    MediaPacketPtr next = std::move(first->second);
    ahead_.erase(first);
    take(std::move(next), out);
  }
  return true;
}

void VoiceBundler::take(MediaPacketPtr packet, std::vector<MediaPacketPtr>& out) {
  const int64_t samples = packet->samples;  // 0: not Opus; passed on as it is
  const bool continues = !bundle_.empty() && samples > 0 && samples_ + samples <= kMaxSamples &&
                         packet->timestamp == bundle_.front()->timestamp + static_cast<uint32_t>(samples_);
  if (!bundle_.empty() && !continues) flush(out);
  if (bundle_.empty()) opus_repacketizer_init(repacketizer_.get());
  const auto* bytes = packet->payload.data();
  const auto size = static_cast<opus_int32>(packet->payload.size());
  // Another mode or frame size does not fit behind the others: a new bundle begins with it.
  bool fits = samples > 0 && opus_repacketizer_cat(repacketizer_.get(), bytes, size) == OPUS_OK;
  if (!fits && !bundle_.empty()) {
    flush(out);
    opus_repacketizer_init(repacketizer_.get());
    fits = samples > 0 && opus_repacketizer_cat(repacketizer_.get(), bytes, size) == OPUS_OK;
  }
  bundle_.push_back(std::move(packet));
  samples_ += samples;
  if (!fits || samples_ >= samples_wanted_) flush(out);
}

void VoiceBundler::flush(std::vector<MediaPacketPtr>& out) {
  if (bundle_.empty()) return;
  const int64_t sequence = sent_ ? *sent_ + 1 : bundle_.front()->sequence;
  sent_ = sequence;
  if (bundle_.size() == 1 && bundle_.front()->sequence == sequence) {
    out.push_back(std::move(bundle_.front()));
  } else {
    auto bundled = std::make_shared<MediaPacket>(*bundle_.front());
    bundled->sequence = sequence;
    if (bundle_.size() > 1) {
      bundled->samples = static_cast<uint16_t>(samples_);
      size_t room = bundle_.size() * 3 + 8;  // a length of up to two bytes a frame, TOC, count
      for (const auto& part : bundle_)
        room += part->payload.size();
      std::vector<uint8_t> joined(room);
      const int size =
          opus_repacketizer_out(repacketizer_.get(), joined.data(), static_cast<opus_int32>(room));
      joined.resize(static_cast<size_t>(size > 0 ? size : 0));
      bundled->payload = joined;
    }
    out.push_back(std::move(bundled));
  }
  bundle_.clear();
  samples_ = 0;
}

}  // namespace thranio::rtp
