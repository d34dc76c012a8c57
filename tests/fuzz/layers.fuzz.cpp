// Any bytes as the packets of a VP9 or AV1 stream, one after the other: what the descriptor says lies inside
// its payload, the tracks of its layers rise in their numbers, and what a decoder is given is whole.
#include <vector>

#include "pipelines/rtp/av1_payload.hpp"
#include "pipelines/rtp/layer_depay.hpp"
#include "pipelines/rtp/layer_track.hpp"
#include "pipelines/rtp/track_parser.hpp"
#include "pipelines/rtp/vp9_descriptor.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;
using namespace thranio::rtp;

namespace {

void check_descriptor(std::span<const uint8_t> payload) {
  const auto vp9 = parse_vp9(payload);
  if (!vp9) return;
  require(vp9->size <= payload.size());
  require(vp9->picture_id_offset + 2u <= vp9->size || vp9->picture_id_offset == 0);
  require(vp9->tl0_picture_index_offset < vp9->size);
  if (vp9->structure) require(vp9->structure->spatial <= LayerStructure::kMostSpatial);
}

// OBU after OBU, each as long as it says.
void check_unit(std::span<const uint8_t> unit) {
  require(unit.size() <= LayerDepay::kMostBytes);
  for (size_t at = 0; at < unit.size();) {
    const uint8_t header = unit[at++];
    require(header & 0x02);
    if (header & 0x04) ++at;
    size_t size = 0;
    for (int shift = 0;; shift += 7) {
      require(at < unit.size() && shift < 28);
      size |= static_cast<size_t>(unit[at] & 0x7f) << shift;
      if (!(unit[at++] & 0x80)) break;
    }
    require(size <= unit.size() - at);
    at += size;
  }
}

// Before each packet a byte: how much longer than one byte it is, and whether time passes.
void play(CodecId codec, const uint8_t* data, size_t size) {
  TrackParser parser(codec);
  LayerTrack small({0, LayerLimit::kAll}), slow({0, 0}), middle({1, LayerLimit::kAll});
  LayerDepay depay(codec, 144, [&](std::span<const uint8_t> coded) {
    require(coded.size() <= LayerDepay::kMostBytes);
    if (codec == CodecId::kAv1) check_unit(coded);
  });
  TimePoint now{};
  for (size_t at = 0; at < size;) {
    const uint8_t control = data[at++];
    const size_t length = std::min<size_t>((control & 0x3fu) + 1u, size - at);
    if (control & 0x40) now += std::chrono::milliseconds(100);
    const std::span<const uint8_t> bytes{data + at, length};
    at += length;
    check_descriptor(bytes);
    parse_av1(bytes);
    depay.add(bytes, now);
    const auto media = parser.parse(bytes);
    if (!media) continue;
    if (parser.layers()) rung_layers(*parser.layers());
    for (LayerTrack* track : {&small, &slow, &middle}) {
      std::vector<MediaPacketPtr> out;
      track->add(*media, now, out);
      for (size_t i = 0; i < out.size(); ++i) {
        require(out[i]->spatial_layer <= track->limit().spatial);
        require(out[i]->temporal_layer <= track->limit().temporal);
        if (i > 0) require(out[i]->sequence > out[i - 1]->sequence);
      }
    }
  }
}

}  // namespace

// The first byte says of which codec.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) play(data[0] & 1 ? CodecId::kAv1 : CodecId::kVp9, data + 1, size - 1);
  return 0;
}
