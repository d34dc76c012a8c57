#include "pipelines/transport/socket_address.hpp"

#include <arpa/inet.h>

namespace thranio::transport {
namespace {

const sockaddr_in& as_v4(const sockaddr_in6& storage) {
  return reinterpret_cast<const sockaddr_in&>(storage);
}

// The finaliser of splitmix64: cheap, and every input bit reaches every output bit.
uint64_t mix(uint64_t value) {
  value ^= value >> 30;
  value *= 0xbf58476d1ce4e5b9;
  value ^= value >> 27;
  value *= 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr_storage& storage) {
  const size_t size = storage.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::memcpy(&storage_, &storage, size);
}

uint16_t SocketAddress::port() const {
  return ntohs(storage_.sin6_port);  // sin_port stands at the same place
}

std::string SocketAddress::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &as_v4(storage_).sin_addr, text, sizeof text);
    return std::string{text} + ':' + std::to_string(port());
  }
  if (family() != AF_INET6) return "none";
  inet_ntop(AF_INET6, &storage_.sin6_addr, text, sizeof text);
  return '[' + std::string{text} + "]:" + std::to_string(port());
}

size_t SocketAddress::hash() const {
  if (family() == AF_INET) {
    return mix(uint64_t{as_v4(storage_).sin_addr.s_addr} << 16 | storage_.sin6_port);
  }
  uint64_t high, low;
  std::memcpy(&high, &storage_.sin6_addr, sizeof high);
  std::memcpy(&low, storage_.sin6_addr.s6_addr + sizeof high, sizeof low);
  return mix(mix(high ^ storage_.sin6_port) ^ low);
}

bool SocketAddress::equals_v6(const SocketAddress& other) const {
  return family() == other.family() && storage_.sin6_port == other.storage_.sin6_port &&
         storage_.sin6_scope_id == other.storage_.sin6_scope_id &&
         std::memcmp(&storage_.sin6_addr, &other.storage_.sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace thranio::transport
