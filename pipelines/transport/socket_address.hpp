// An IPv4 or IPv6 address with port, as a value that hashes fast: the key of the worker's tuple table.
// Thread: any (value).
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

namespace thranio::transport {

class SocketAddress {
 public:
  SocketAddress() = default;
  // Takes a sockaddr_in or sockaddr_in6 from the kernel.
  SocketAddress(const sockaddr_storage& storage);

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t size() const {
    return storage_.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  }
  static constexpr socklen_t capacity() { return sizeof(sockaddr_in6); }
  sa_family_t family() const { return storage_.sin6_family; }
  uint16_t port() const;
  std::string to_string() const;  // "192.0.2.7:5004", "[2001:db8::7]:5004"
  size_t hash() const;
  // The padding of sockaddr_in and the flow label are the kernel's business, not part of who it is. Inline
  // for the send ring, which asks it of every packet: a sockaddr_in's family, port and address are 8 bytes.
  bool operator==(const SocketAddress& other) const {
    if (family() != AF_INET) return equals_v6(other);
    uint64_t mine, others;
    std::memcpy(&mine, &storage_, sizeof mine);
    std::memcpy(&others, &other.storage_, sizeof others);
    return mine == others;
  }

 private:
  bool equals_v6(const SocketAddress& other) const;

  sockaddr_in6 storage_{};  // 28 bytes; holds a sockaddr_in as well
};

}  // namespace thranio::transport

template <>
struct std::hash<thranio::transport::SocketAddress> {
  size_t operator()(const thranio::transport::SocketAddress& address) const noexcept {
    return address.hash();
  }
};
