// The emulated link as packets meet it: two sockets in two namespaces, the emulator between them. Figures are
// of the middle packet or of a whole run, as a busy machine delays some.
#include "tests/support/poor_link.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>
#include <optional>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/link_profiles.hpp"

using namespace thranio;
using namespace thranio::test;
using namespace std::chrono_literals;

namespace {

constexpr uint16_t kPort = 9;
constexpr size_t kHeaders = 28;  // IP and UDP

sockaddr_in address_of(const std::string& text, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

// A UDP socket that stands in a namespace.
class Socket {
 public:
  Socket(const std::string& home, const std::string& address, uint16_t port) {
    PoorLink::within(home, [&] { descriptor_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); });
    const auto own = address_of(address, port);
    REQUIRE(bind(descriptor_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    const timeval patience{2, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(const std::string& to, size_t bytes, uint64_t stamp) const {
    std::vector<char> packet(bytes - kHeaders);
    std::memcpy(packet.data(), &stamp, sizeof stamp);
    const auto address = address_of(to, kPort);
    sendto(descriptor_, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&address),
           sizeof address);
  }
  // Nothing once all is quiet.
  std::optional<uint64_t> receive(size_t* bytes = nullptr) const {
    char packet[2048];
    const ssize_t size = recv(descriptor_, packet, sizeof packet, 0);
    if (size < 8) return std::nullopt;
    if (bytes) *bytes = static_cast<size_t>(size) + kHeaders;
    uint64_t stamp = 0;
    std::memcpy(&stamp, packet, sizeof stamp);
    return stamp;
  }

 private:
  int descriptor_ = -1;
};

uint64_t nanos(TimePoint time) {
  return static_cast<uint64_t>(time.time_since_epoch() / 1ns);
}

struct Ends {
  explicit Ends(const std::string& profile)
      : link(profile),
        near(link.near(), link.near_address(), kPort),
        far(link.far(), link.far_address(), kPort) {}
  PoorLink link;
  Socket near, far;
};

// True, and said loudly, where this machine cannot.
bool skipped() {
  const auto why = PoorLink::missing();
  if (!why.empty()) std::cout << "SKIPPED: " << why << std::endl;
  return !why.empty();
}

}  // namespace

TEST_CASE("a packet comes out of the emulator when theory says", "[link][root]") {
  if (skipped()) return;
  Ends ends("P64pol");  // nobody waits, 100 ms
  std::vector<double> delays;
  for (int i = 0; i < 60; ++i) {
    ends.near.send(ends.link.far_address(), 100, nanos(std::chrono::steady_clock::now()));
    const auto sent = ends.far.receive();
    REQUIRE(sent);
    delays.push_back(static_cast<double>(nanos(std::chrono::steady_clock::now()) - *sent) / 1e6);
  }
  std::ranges::sort(delays);
  CHECK(delays.front() >= 100);
  CHECK(delays[delays.size() / 2] < 102);
}

TEST_CASE("as much comes out of the emulator as the link carries", "[link][root]") {
  if (skipped()) return;
  Ends ends("P128s");  // 128 kbit/s in its first half minute
  // 2.5 s worth at once: 40,000 bytes, of which the queue takes 32,000.
  for (int i = 0; i < 100; ++i)
    ends.near.send(ends.link.far_address(), 400, 1);
  TimePoint first, last;
  size_t packets = 0, bytes = 0;
  for (size_t size = 0; ends.far.receive(&size);) {
    last = std::chrono::steady_clock::now();
    if (packets++ == 0)
      first = last;
    else
      bytes += size;
  }
  const double rate = static_cast<double>(bytes) * 8 / std::chrono::duration<double>(last - first).count();
  CHECK(std::abs(rate - 128'000) < 128'000 * 0.02);
  const auto down = ends.link.counters()["down"];
  CHECK(down["queue_full"] == 100 - packets);
  CHECK(packets == 80);
}

TEST_CASE("as many come out of the emulator as chance lets through, both ways", "[link][root]") {
  if (skipped()) return;
  Ends ends("good");
  ends.link.change("P20");
  // Few enough at a time to find room in the queue of 64 kbit/s.
  constexpr int kPackets = 400;
  int arrived = 0;
  for (int batch = 0; batch < kPackets / 20; ++batch) {
    for (int i = 0; i < 20; ++i)
      ends.far.send(ends.link.near_address(), 40, 1);
    while (ends.link.counters()["up"]["offered_packets"] < (batch + 1) * 20)
      std::this_thread::yield();
  }
  while (ends.near.receive())
    ++arrived;
  const auto up = ends.link.counters()["up"];
  CHECK(up["delivered_packets"] == arrived);
  CHECK(up["lost"].get<int>() + arrived + up["queue_full"].get<int>() == kPackets);
  const double through = kPackets - up["queue_full"].get<double>();
  CHECK(std::abs(up["lost"].get<double>() - 0.2 * through) <= 4 * std::sqrt(0.2 * 0.8 * through));
  CHECK(ends.link.counters()["down"]["offered_packets"] == 0);
}
