// Unguessable values for the wire: credentials, session ids, SSRCs. OpenSSL's generator. Thread: any.
#pragma once

#include <cstdint>
#include <string>

namespace thranio::transport {

// `length` characters of [A-Za-z0-9] (RFC 8839's ice-char without the two that URLs dislike): 5.95 bits each.
// Throws std::runtime_error if the system has no randomness.
std::string random_token(size_t length);
uint32_t random_ssrc();

}  // namespace thranio::transport
