// The hash of a certificate as SDP carries it (RFC 8122): what a DTLS peer must show to be the one of the
// offer. Thread: any (value).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace thranio::transport {

struct Fingerprint {
  std::string algorithm;       // "sha-256", lower case
  std::vector<uint8_t> value;  // bytes, not the hex text
  bool operator==(const Fingerprint&) const = default;
};

}  // namespace thranio::transport
