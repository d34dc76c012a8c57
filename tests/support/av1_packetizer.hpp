// A temporal unit of AV1, as encoders make it, into RTP payloads: what a browser's sender does, simpler: each
// OBU in packets of its own. Spec: RTP Payload Format for AV1 (AOM, v1.0.0) section 4. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace thranio::test {

// Of at most so many bytes each. Throws on what is no unit.
std::vector<std::vector<uint8_t>> av1_payloads(std::span<const uint8_t> unit, size_t most_bytes);

}  // namespace thranio::test
