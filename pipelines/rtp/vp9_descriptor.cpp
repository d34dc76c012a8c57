#include "pipelines/rtp/vp9_descriptor.hpp"

#include <algorithm>

namespace thranio::rtp {
namespace {

// What is read lies inside, or nothing was read.
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint8_t byte() {
    if (at_ >= bytes_.size()) {
      good_ = false;
      return 0;
    }
    return bytes_[at_++];
  }
  uint16_t two() {
    const uint8_t high = byte();
    return static_cast<uint16_t>(high << 8 | byte());
  }
  size_t at() const { return at_; }
  bool good() const { return good_; }

 private:
  const std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool good_ = true;
};

void read_picture_id(Reader& in, Vp9Descriptor& d) {
  const auto at = static_cast<uint8_t>(in.at());
  const uint8_t first = in.byte();
  if (first & 0x80) {
    d.picture_id_offset = at;
    d.picture_id = static_cast<uint16_t>((first & 0x7f) << 8 | in.byte());
  } else {
    d.picture_id = first;
  }
}

// | N_S |Y|G|-|-|-|, a width and a height per layer (Y), and the pictures of a group with their references
// (G).
LayerStructure read_structure(Reader& in) {
  LayerStructure structure;
  const uint8_t flags = in.byte();
  structure.spatial = static_cast<uint8_t>((flags >> 5) + 1);
  if (flags & 0x10)
    for (uint8_t layer = 0; layer < structure.spatial; ++layer) {
      const uint16_t width = in.two(), height = in.two();
      structure.heights[layer] = std::min(width, height);
    }
  if ((flags & 0x08) == 0) return structure;
  const uint8_t pictures = in.byte();
  for (uint8_t picture = 0; picture < pictures && in.good(); ++picture) {
    const uint8_t of_it = in.byte();
    structure.temporal = std::max(structure.temporal, static_cast<uint8_t>((of_it >> 5) + 1));
    for (int reference = (of_it >> 2) & 3; reference > 0; --reference)
      in.byte();
  }
  return structure;
}

}  // namespace

//       0 1 2 3 4 5 6 7
//      |I|P|L|F|B|E|V|Z|   (REQUIRED)
// I:   |M| PICTURE ID  |   M: another byte follows
// L:   | TID |U| SID |D|
//      |   TL0PICIDX   |   unless F (flexible mode)
// P,F: | P_DIFF      |N|   up to three; N: another follows
// V:   | SS            |
std::optional<Vp9Descriptor> parse_vp9(std::span<const uint8_t> payload) {
  Reader in(payload);
  Vp9Descriptor d;
  const uint8_t flags = in.byte();
  const bool layers = flags & 0x20, flexible = flags & 0x10;
  d.inter_picture = flags & 0x40;
  d.starts_frame = flags & 0x08;
  d.ends_frame = flags & 0x04;
  d.not_for_higher = flags & 0x01;
  if (flags & 0x80) read_picture_id(in, d);
  if (layers) {
    const uint8_t indices = in.byte();
    d.temporal_layer = indices >> 5;
    d.spatial_layer = (indices >> 1) & 7;
    if (!flexible) {
      d.tl0_picture_index_offset = static_cast<uint8_t>(in.at());
      in.byte();
    }
  }
  if (d.inter_picture && flexible)
    for (int references = 1; in.byte() & 1; ++references)
      if (references == 3) return std::nullopt;  // "up to 3 times"
  if (flags & 0x02) d.structure = read_structure(in);
  if (!in.good()) return std::nullopt;
  d.size = static_cast<uint16_t>(in.at());
  d.starts_key_frame = d.starts_frame && !d.inter_picture && d.spatial_layer == 0 && payload.size() > d.size;
  return d;
}

}  // namespace thranio::rtp
