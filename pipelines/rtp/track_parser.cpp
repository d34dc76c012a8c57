#include "pipelines/rtp/track_parser.hpp"

#include <algorithm>

#include "pipelines/rtp/av1_payload.hpp"
#include "pipelines/rtp/codec_payload.hpp"
#include "pipelines/rtp/vp9_descriptor.hpp"

namespace thranio::rtp {

std::expected<MediaPacketPtr, DropReason> TrackParser::parse(std::span<const uint8_t> packet) {
  const auto view = parse_rtp(packet);
  if (!view) return std::unexpected(view.error());
  auto media = std::make_shared<MediaPacket>();
  media->codec = codec_;
  media->marker = view->marker;
  media->timestamp = view->timestamp;
  media->payload = view->payload;
  media->sequence = sequence_.peek(view->sequence_number);
  if (codec_ == CodecId::kOpus) {
    media->samples = opus_samples(view->payload);
  } else if (codec_ == CodecId::kH264) {
    media->starts_key_frame = h264_starts_key_frame(view->payload);
    media->discardable = h264_is_discardable(view->payload);
  } else if (!view->payload.empty()) {
    const bool fits = codec_ == CodecId::kVp8   ? read_vp8(*media)
                      : codec_ == CodecId::kVp9 ? read_vp9(*media)
                                                : read_av1(*media);
    if (!fits) return std::unexpected(DropReason::kMalformedRtp);
  }
  sequence_.unwrap(view->sequence_number);
  return media;
}

bool TrackParser::read_vp8(MediaPacket& media) const {
  const auto descriptor = parse_vp8({media.payload.data(), media.payload.size()});
  if (!descriptor) return false;
  media.starts_frame = descriptor->starts_frame;
  media.ends_frame = media.marker;
  media.starts_key_frame = descriptor->starts_key_frame;
  media.temporal_layer = descriptor->temporal_layer.value_or(0);
  media.discardable = descriptor->discardable;
  media.picture_id_offset = descriptor->picture_id_offset;
  media.tl0_picture_index_offset = descriptor->tl0_picture_index_offset;
  return true;
}

bool TrackParser::read_vp9(MediaPacket& media) {
  const auto descriptor = parse_vp9({media.payload.data(), media.payload.size()});
  if (!descriptor) return false;
  media.starts_frame = descriptor->starts_frame;
  media.ends_frame = descriptor->ends_frame || media.marker;
  media.starts_key_frame = descriptor->starts_key_frame;
  media.own_layer_alone = descriptor->not_for_higher;
  media.temporal_layer = descriptor->temporal_layer;
  media.spatial_layer = descriptor->spatial_layer;
  media.picture_id_offset = descriptor->picture_id_offset;
  media.tl0_picture_index_offset = descriptor->tl0_picture_index_offset;
  take_layers(descriptor->structure, media);
  return true;
}

bool TrackParser::read_av1(MediaPacket& media) {
  const auto av1 = parse_av1({media.payload.data(), media.payload.size()});
  if (!av1) return false;
  media.starts_key_frame = av1->starts_key_frame;
  media.starts_frame = av1->starts_key_frame || ended_ == media.sequence - 1;
  media.ends_frame = media.marker;
  if (media.marker) ended_ = media.sequence;
  const auto known = std::ranges::find(begun_, media.timestamp, &Begun::timestamp);
  if (av1->temporal_layer) {
    media.temporal_layer = *av1->temporal_layer;
    media.spatial_layer = *av1->spatial_layer;
    Begun& begun = known != begun_.end() ? *known : begun_[next_begun_++ % begun_.size()];
    begun = {media.timestamp, media.temporal_layer, media.spatial_layer};
  } else if (known != begun_.end()) {
    media.temporal_layer = known->temporal_layer;
    media.spatial_layer = known->spatial_layer;
  }
  take_layers(std::nullopt, media);
  return true;
}

// A sender that tells no structure is taken by what it sends.
void TrackParser::take_layers(const std::optional<LayerStructure>& told, const MediaPacket& media) {
  if (media.starts_key_frame) {
    const LayerStructure before = layers_.value_or(LayerStructure{});
    layers_ = told.value_or(LayerStructure{});
    layers_->temporal = std::max(layers_->temporal, before.temporal);
    layers_->most = before.most;
  }
  if (!layers_) return;
  const auto at_least = [](uint8_t& number, uint8_t layer) {
    number = std::max(number, static_cast<uint8_t>(layer + 1));
  };
  at_least(layers_->temporal, media.temporal_layer);
  at_least(layers_->spatial, media.spatial_layer);
  layers_->most = std::max(layers_->most, layers_->spatial);
}

}  // namespace thranio::rtp
