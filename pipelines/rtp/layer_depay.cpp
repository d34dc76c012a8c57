#include "pipelines/rtp/layer_depay.hpp"

#include <utility>

#include "pipelines/rtp/vp9_descriptor.hpp"

namespace thranio::rtp {

LayerDepay::LayerDepay(CodecId codec, int height, PictureDone done)
    : codec_(codec), height_(height), done_(std::move(done)), parser_(codec) {}

void LayerDepay::add(std::span<const uint8_t> packet, TimePoint now) {
  const auto media = parser_.parse(packet);
  if (!media) return;
  follow_layers();
  if (!layers_) return;
  due_.clear();
  layers_->add(*media, now, due_);
  for (const auto& due : due_)
    take(*due);
}

bool LayerDepay::take_key_frame_wanted() {
  return std::exchange(key_frame_wanted_, false);
}

// Before the first key frame has told of layers there is nothing to decode.
void LayerDepay::follow_layers() {
  if (!parser_.layers()) return;
  const LayerLimit limit{layer_of_height(*parser_.layers(), height_), LayerLimit::kAll};
  if (layers_ && layers_->limit() == limit) return;
  layers_.emplace(limit);
  last_.reset();
}

void LayerDepay::take(const MediaPacket& packet) {
  const bool gap = last_ && packet.sequence != *last_ + 1;
  last_ = packet.sequence;
  if (packet.starts_key_frame) {
    waits_ = false;
    picture_.clear();
    unit_.clear();
  } else if (gap) {
    wait();
  }
  if (waits_) return;
  if (!append(packet)) return wait();
  if (!packet.marker) return;
  const std::span<const uint8_t> coded = codec_ == CodecId::kAv1 ? unit_.take() : picture_;
  if (coded.empty()) return wait();
  done_(coded);
  picture_.clear();
}

bool LayerDepay::append(const MediaPacket& packet) {
  const std::span<const uint8_t> payload{packet.payload.data(), packet.payload.size()};
  if (codec_ == CodecId::kAv1) return unit_.add(payload);
  const auto descriptor = parse_vp9(payload);
  if (!descriptor || picture_.size() + payload.size() > kMostBytes) return false;
  picture_.insert(picture_.end(), payload.begin() + descriptor->size, payload.end());
  return true;
}

void LayerDepay::wait() {
  picture_.clear();
  unit_.clear();
  if (!std::exchange(waits_, true)) key_frame_wanted_ = true;
}

}  // namespace thranio::rtp
