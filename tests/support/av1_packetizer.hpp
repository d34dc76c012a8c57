// A temporal unit of AV1, as encoders make it, into RTP payloads: what a browser's sender does, simpler: each
// OBU in packets of its own. Spec: RTP Payload Format for AV1 (AOM, v1.0.0) section 4. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace thranio::test {

// Of at most so many bytes each. Throws on what is no unit.
std::vector<std::vector<uint8_t>> av1_payloads(std::span<const uint8_t> unit, size_t most_bytes);

// The same as whole packets of one stream, without a key: numbers go up, times by a fifteenth of a second.
class Av1Sender {
 public:
  explicit Av1Sender(uint16_t first_number) : next_(first_number) {}
  std::vector<std::vector<uint8_t>> packets(std::span<const uint8_t> unit, size_t most_bytes);

 private:
  uint16_t next_;
  uint32_t timestamp_ = 0;
};

}  // namespace thranio::test
