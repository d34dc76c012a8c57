// VP9's payload descriptor: of which picture and layer a packet is, whether a decoder may begin with it, and
// what layers its sender makes. Spec: RFC 9628 section 4.2. Reads lengths with care, decodes nothing.
// Way: track_parser, publisher → [vp9_descriptor] → MediaPacket. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pipelines/rtp/layer_structure.hpp"

namespace thranio::rtp {

struct Vp9Descriptor {
  uint16_t size = 0;           // bytes before the VP9 payload
  bool inter_picture = false;  // P: refers to an earlier picture
  bool starts_frame = false;   // B, of its spatial layer
  bool ends_frame = false;     // E
  bool starts_key_frame = false;
  bool not_for_higher = false;           // Z: no higher spatial layer refers to this frame
  uint8_t picture_id_offset = 0;         // 0: none, or the 7-bit form, which is passed on as it is
  uint8_t tl0_picture_index_offset = 0;  // 0: none
  std::optional<uint16_t> picture_id;
  uint8_t temporal_layer = 0, spatial_layer = 0;
  std::optional<LayerStructure> structure;  // where the packet carries one
};

// Nothing if the descriptor does not fit the payload.
std::optional<Vp9Descriptor> parse_vp9(std::span<const uint8_t> payload);

}  // namespace thranio::rtp
