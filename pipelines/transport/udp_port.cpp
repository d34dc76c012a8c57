#include "pipelines/transport/udp_port.hpp"

#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <poll.h>
#include <unistd.h>

namespace thranio::transport {
namespace {

constexpr int kSocketBuffer =
    8 * 1024 * 1024;  // asked for; the system's limit (net.core.{r,w}mem_max) may give less
constexpr int kMaxWaitMs =
    2;  // for a full send buffer: shorter than a voice packet's spacing, long enough to drain

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_storage parse_address(const std::string& address, uint16_t port) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
  } else {
    throw std::system_error(EINVAL, std::generic_category(), "not an IP address: " + address);
  }
  return storage;
}

void set_option(int descriptor, int level, int name, int value, const char* what) {
  if (setsockopt(descriptor, level, name, &value, sizeof value) != 0) throw_errno(what);
}

// A wall clock that was set back or far ahead meanwhile says nothing.
Duration age_of(msghdr& message) {
  const cmsghdr* const told = CMSG_FIRSTHDR(&message);
  if (!told || told->cmsg_level != SOL_SOCKET || told->cmsg_type != SCM_TIMESTAMPNS) return {};
  timespec stamp{};
  std::memcpy(&stamp, CMSG_DATA(told), sizeof stamp);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const Duration age =
      std::chrono::seconds(now.tv_sec - stamp.tv_sec) + std::chrono::nanoseconds(now.tv_nsec - stamp.tv_nsec);
  return age < std::chrono::minutes(1) ? std::max(age, Duration::zero()) : Duration::zero();
}

}  // namespace

UdpPort::UdpPort(const std::string& address, uint16_t port) : buffers_(kReceiveBatch * kMaxDatagram) {
  const sockaddr_storage storage = parse_address(address, port);
  descriptor_ = ::socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) throw_errno("UDP socket");
  try {
    set_option(descriptor_, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
    set_option(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
    const SocketAddress local{storage};
    if (::bind(descriptor_, local.data(), local.size()) != 0) throw_errno("UDP " + local.to_string());
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    if (getsockname(descriptor_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) throw_errno("getsockname");
    port_ = SocketAddress{bound}.port();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
  for (size_t i = 0; i < kReceiveBatch; ++i)
    vectors_[i] = {buffers_.data() + i * kMaxDatagram, kMaxDatagram};
}

UdpPort::~UdpPort() {
  ::close(descriptor_);
}

std::span<UdpPort::Datagram> UdpPort::receive(DropCounters& drops) {
  for (size_t i = 0; i < kReceiveBatch; ++i) {
    messages_[i].msg_hdr = {};
    messages_[i].msg_hdr.msg_name = datagrams_[i].from.data();
    messages_[i].msg_hdr.msg_namelen = SocketAddress::capacity();
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
  messages_[0].msg_hdr.msg_control = stamp_.data();
  messages_[0].msg_hdr.msg_controllen = stamp_.size();
  const int received = ::recvmmsg(descriptor_, messages_.data(), kReceiveBatch, MSG_DONTWAIT, nullptr);
  waited_ = {};
  if (received <= 0) return {};
  waited_ = age_of(messages_[0].msg_hdr);
  size_t kept = 0;
  for (int i = 0; i < received; ++i) {
    if (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) {
      drops.add(DropReason::kTooLarge);
      continue;
    }
    if (kept != static_cast<size_t>(i)) datagrams_[kept].from = datagrams_[i].from;
    datagrams_[kept].bytes = {buffers_.data() + i * kMaxDatagram, messages_[i].msg_len};
    ++kept;
  }
  return {datagrams_.data(), kept};
}

SendRing::SendRing(int descriptor, DropCounters& drops)
    : descriptor_(descriptor), drops_(drops), arena_(std::make_unique<uint8_t[]>(kArena)) {}

void SendRing::commit(const SocketAddress& to, size_t size) {
  ++counts_.packets;
  counts_.bytes += size;
  if (extends_last(to, size)) {
    Message& last = messages_[message_count_ - 1];
    last.size += static_cast<uint32_t>(size);
    ++last.segments;
    last.closed = size < last.segment_size;
  } else {
    messages_[message_count_++] = {
        to, static_cast<uint32_t>(used_), static_cast<uint32_t>(size), static_cast<uint16_t>(size), 1, false};
  }
  used_ += size;
}

// GSO cuts a message into equal segments, of which only the last may be shorter.
bool SendRing::extends_last(const SocketAddress& to, size_t size) const {
  constexpr size_t kMaxMessage = 65'000;  // under the largest UDP payload of an IPv4 packet (65507)
  if (!gso_ || message_count_ == 0) return false;
  const Message& last = messages_[message_count_ - 1];
  return !last.closed && size <= last.segment_size && last.segments < kMaxSegments &&
         last.size + size <= kMaxMessage && last.to == to;
}

void SendRing::flush() {
  size_t first = 0;
  while (first < message_count_)
    first += send_messages(first);
  counts_.messages += message_count_;
  message_count_ = 0;
  used_ = 0;
}

// Sends from `first` on; returns how many messages are dealt with (sent or given up), at least one.
size_t SendRing::send_messages(size_t first) {
  struct alignas(cmsghdr) Control {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
  };
  std::array<mmsghdr, kMaxMessages> headers;
  std::array<iovec, kMaxMessages> vectors;
  std::array<Control, kMaxMessages> controls;
  const size_t count = message_count_ - first;
  for (size_t i = 0; i < count; ++i) {
    Message& message = messages_[first + i];
    vectors[i] = {arena_.get() + message.offset, message.size};
    headers[i] = {};
    msghdr& header = headers[i].msg_hdr;
    header.msg_name = message.to.data();
    header.msg_namelen = message.to.size();
    header.msg_iov = &vectors[i];
    header.msg_iovlen = 1;
    if (message.segments > 1) {
      header.msg_control = controls[i].bytes;
      header.msg_controllen = sizeof controls[i].bytes;
      cmsghdr* control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      std::memcpy(CMSG_DATA(control), &message.segment_size, sizeof(uint16_t));
    }
  }
  const int sent = ::sendmmsg(descriptor_, headers.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  if (sent > 0) return static_cast<size_t>(sent);
  Message& refused = messages_[first];
  if (errno == EINTR) return 0;
  if ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_until_writable()) return 0;
  if (refused.segments > 1 && (errno == EIO || errno == EINVAL || errno == EMSGSIZE)) {
    gso_ = false;
    send_one_by_one(refused);
    return 1;
  }
  drops_.add(DropReason::kSendBufferFull, refused.segments);
  return 1;
}

void SendRing::send_one_by_one(const Message& message) {
  for (uint32_t at = 0; at < message.size; at += message.segment_size) {
    const size_t size = std::min<size_t>(message.segment_size, message.size - at);
    if (::sendto(descriptor_, arena_.get() + message.offset + at, size, MSG_DONTWAIT, message.to.data(),
                 message.to.size()) < 0)
      drops_.add(DropReason::kSendBufferFull);
  }
}

bool SendRing::wait_until_writable() const {
  pollfd wanted{descriptor_, POLLOUT, 0};
  return ::poll(&wanted, 1, kMaxWaitMs) == 1 && (wanted.revents & POLLOUT) != 0;
}

}  // namespace thranio::transport
