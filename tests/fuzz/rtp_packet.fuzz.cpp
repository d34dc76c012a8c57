// Any bytes as an RTP packet: nothing is read outside them, and what the parsers say lies inside them.
#include "pipelines/rtp/rtp_packet.hpp"

#include "pipelines/rtp/codec_payload.hpp"
#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/rtp/track_parser.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio::rtp;

namespace {

bool inside(std::span<const uint8_t> part, std::span<const uint8_t> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes{data, size};
  const auto packet = parse_rtp(bytes);
  for (const auto codec : {CodecId::kOpus, CodecId::kVp8, CodecId::kH264, CodecId::kVp9}) {
    const auto media = TrackParser(codec).parse(bytes);
    if (!packet) require(!media);
    if (media) require((*media)->payload.size() <= size);
  }
  if (!packet) return 0;
  require(packet->header_size <= size);
  require(inside(packet->payload, bytes) && inside(packet->extension, bytes));
  for (int id = 0; id < 256; ++id)
    if (const auto element = find_extension(*packet, static_cast<uint8_t>(id))) {
      require(id != 0);
      require(inside(*element, packet->extension));
    }
  if (const auto vp8 = parse_vp8(packet->payload)) {
    require(vp8->size <= packet->payload.size());
    require(vp8->picture_id_offset + 2u <= packet->payload.size() || vp8->picture_id_offset == 0);
    require(vp8->tl0_picture_index_offset < packet->payload.size() || vp8->tl0_picture_index_offset == 0);
  }
  h264_starts_key_frame(packet->payload);
  return 0;
}
