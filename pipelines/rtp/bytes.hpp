// Big-endian numbers in packets. The caller has checked that the bytes are there. Thread: any.
#pragma once

#include <cstdint>

namespace thranio::rtp {

inline uint16_t read16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] << 8 | at[1]);
}
inline uint32_t read24(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 16 | read16(at + 1);
}
inline uint32_t read32(const uint8_t* at) {
  return static_cast<uint32_t>(read16(at)) << 16 | read16(at + 2);
}
inline uint64_t read64(const uint8_t* at) {
  return static_cast<uint64_t>(read32(at)) << 32 | read32(at + 4);
}

inline void write16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
inline void write24(uint8_t* at, uint32_t value) {
  at[0] = static_cast<uint8_t>(value >> 16);
  write16(at + 1, static_cast<uint16_t>(value));
}
inline void write32(uint8_t* at, uint32_t value) {
  write16(at, static_cast<uint16_t>(value >> 16));
  write16(at + 2, static_cast<uint16_t>(value));
}
inline void write64(uint8_t* at, uint64_t value) {
  write32(at, static_cast<uint32_t>(value >> 32));
  write32(at + 4, static_cast<uint32_t>(value));
}

}  // namespace thranio::rtp
