// One worker's UDP socket on the shared port, and the ring in which its outgoing packets are built.
// Way in: kernel → [UdpPort::receive] → first_byte → peers. Way out: rtp_fanout, peers → [SendRing] →
// sendmmsg → kernel. SO_REUSEPORT: every worker binds the same port, the kernel spreads the students by
// address. Packets of equal size that follow each other to one address leave as one UDP GSO message; where
// the kernel or the device refuses that (EIO, EINVAL), each leaves alone from then on. Owned by the worker.
// Thread: net.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/transport/socket_address.hpp"

namespace thranio::transport {

constexpr size_t kMaxDatagram =
    2048;  // more than any path's MTU that WebRTC uses; longer datagrams are dropped

class UdpPort {
 public:
  // Throws std::system_error naming the address. Port 0: the system chooses.
  UdpPort(const std::string& address, uint16_t port);
  ~UdpPort();
  UdpPort(const UdpPort&) = delete;
  UdpPort& operator=(const UdpPort&) = delete;

  struct Datagram {
    std::span<uint8_t> bytes;
    SocketAddress from;
  };
  // What has arrived, at most kReceiveBatch datagrams; empty when nothing waits. Valid until the next call.
  std::span<Datagram> receive(DropCounters& drops);
  static constexpr size_t kReceiveBatch = 64;
  // How long the first datagram of the last batch had waited in the socket, by the kernel's stamp.
  Duration waited() const { return waited_; }

  int descriptor() const { return descriptor_; }
  uint16_t port() const { return port_; }

 private:
  int descriptor_;
  uint16_t port_;
  std::vector<uint8_t> buffers_;
  std::array<iovec, kReceiveBatch> vectors_;
  std::array<mmsghdr, kReceiveBatch> messages_;
  std::array<Datagram, kReceiveBatch> datagrams_;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> stamp_;
  Duration waited_{};
};

class SendRing {
 public:
  // 64 segments a message is what Debian 12's kernel takes (UDP_MAX_SEGMENTS).
  static constexpr size_t kMaxSegments = 64;
  static constexpr size_t kMaxMessages = 256;
  static constexpr size_t kArena = 512 * 1024;  // fits a worker's L2 cache

  explicit SendRing(int descriptor, DropCounters& drops);

  // Room for one packet of at most kMaxDatagram bytes, SRTP's overhead included; sends what waits when there
  // is none.
  uint8_t* reserve() {
    if (used_ + kMaxDatagram > kArena || message_count_ == kMaxMessages) flush();
    return arena_.get() + used_;
  }
  // The packet at reserve() is complete.
  void commit(const SocketAddress& to, size_t size);
  // Hands everything to the kernel. What it will not take within kMaxWait is dropped and counted.
  void flush();

  struct Counts {
    uint64_t packets = 0;
    uint64_t bytes = 0;
    uint64_t messages = 0;  // what sendmmsg saw: packets / messages is how well GSO joins
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Message {
    SocketAddress to;
    uint32_t offset;
    uint32_t size;
    uint16_t segment_size;
    uint16_t segments;
    bool closed;  // its last segment is short: nothing may follow
  };

  bool extends_last(const SocketAddress& to, size_t size) const;
  size_t send_messages(size_t first);
  void send_one_by_one(const Message& message);
  bool wait_until_writable() const;

  int descriptor_;
  DropCounters& drops_;
  bool gso_ = true;
  std::unique_ptr<uint8_t[]> arena_;
  size_t used_ = 0;
  size_t message_count_ = 0;
  std::array<Message, kMaxMessages> messages_;
  Counts counts_;
};

}  // namespace thranio::transport
