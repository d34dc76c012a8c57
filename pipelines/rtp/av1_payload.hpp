// AV1's RTP payload: whether a decoder may begin with a packet, of which temporal layer it is, and the OBUs
// in it, put together for a decoder. Spec: RTP Payload Format for AV1 (AOM, v1.0.0) sections 4.3 to 4.5; AV1
// Bitstream & Decoding Process sections 4.10.5 (leb128), 5.3 (OBU header), 7.5. Reads lengths with care,
// decodes nothing. Way: track_parser, publisher, layer_depay → [av1_payload]. Thread: any; an assembler has
// one owner. Not here: the dependency descriptor. A simulcast encoding of one spatial layer says in its OBUs
// what is needed; several in one stream (SVC) would need it towards every student, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace thranio::rtp {

struct Av1Payload {
  bool continues = false;         // Z: begins in the middle of an OBU
  bool goes_on = false;           // Y: the last OBU goes on in the next packet
  bool starts_key_frame = false;  // N: of a coded video sequence the first packet
  // Of the first OBU that begins here and tells: a stream of one layer tells none.
  std::optional<uint8_t> temporal_layer, spatial_layer;
};

// Nothing if its elements do not fit the payload.
std::optional<Av1Payload> parse_av1(std::span<const uint8_t> payload);

// The packets of a temporal unit, in order, back to the low-overhead format that decoders take (section 5.2
// of the bitstream's): each OBU with its size, a temporal delimiter first.
class Av1Assembler {
 public:
  static constexpr size_t kMostBytes = 1 << 20;

  // False: it does not follow what is there, is no payload, or is too much; what was there is gone then.
  bool add(std::span<const uint8_t> payload);
  // The unit is whole: its bytes, good until the next call. Empty if an OBU of it has no end.
  std::span<const uint8_t> take();
  void clear();

 private:
  bool append_obu(std::span<const uint8_t> obu);

  std::vector<uint8_t> unit_, done_;
  std::vector<uint8_t> fragment_;  // of an OBU that goes on in the next packet
  bool open_ = false;              // there is one
};

}  // namespace thranio::rtp
