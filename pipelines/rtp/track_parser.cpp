#include "pipelines/rtp/track_parser.hpp"

#include "pipelines/rtp/codec_payload.hpp"
#include "pipelines/rtp/rtp_packet.hpp"

namespace thranio::rtp {

std::expected<MediaPacketPtr, DropReason> TrackParser::parse(std::span<const uint8_t> packet) {
  const auto view = parse_rtp(packet);
  if (!view) return std::unexpected(view.error());
  auto media = std::make_shared<MediaPacket>();
  media->codec = codec_;
  media->marker = view->marker;
  media->timestamp = view->timestamp;
  media->payload.assign(view->payload.begin(), view->payload.end());
  if (codec_ == CodecId::kVp8 && !view->payload.empty()) {
    const auto descriptor = parse_vp8(view->payload);
    if (!descriptor) return std::unexpected(DropReason::kMalformedRtp);
    media->starts_frame = descriptor->starts_frame;
    media->starts_key_frame = descriptor->starts_key_frame;
    media->temporal_layer = descriptor->temporal_layer.value_or(0);
    media->discardable = descriptor->discardable;
    media->picture_id_offset = descriptor->picture_id_offset;
    media->tl0_picture_index_offset = descriptor->tl0_picture_index_offset;
  } else if (codec_ == CodecId::kOpus) {
    media->samples = opus_samples(view->payload);
  } else if (codec_ == CodecId::kH264) {
    media->starts_key_frame = h264_starts_key_frame(view->payload);
    media->discardable = h264_is_discardable(view->payload);
  }
  media->sequence = sequence_.unwrap(view->sequence_number);
  return media;
}

}  // namespace thranio::rtp
