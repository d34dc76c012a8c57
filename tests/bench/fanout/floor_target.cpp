#include <memory>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include "pipelines/transport/udp_port.hpp"
#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"

namespace thranio::bench {
namespace {

// One student's share: her keys, her numbers. The header is as long as the server's, with its extension.
struct FloorStudent {
  transport::SocketAddress to;
  std::unique_ptr<transport::SrtpSender> srtp;
  uint16_t transport_sequence = 0;
};

struct Packet {
  std::vector<uint8_t> bytes;  // header with extension, then payload
  uint32_t roll_over = 0;
};

constexpr size_t kHeader = rtp::kRtpHeaderSize + 8;

Packet with_extension(std::span<const uint8_t> header, std::span<const uint8_t> payload, uint32_t roll_over) {
  Packet packet{std::vector<uint8_t>(header.begin(), header.end()), roll_over};
  packet.bytes[0] |= 0x10;
  packet.bytes.insert(packet.bytes.end(), {0xbe, 0xde, 0, 1, 0x31, 0, 0, 0});
  packet.bytes.insert(packet.bytes.end(), payload.begin(), payload.end());
  return packet;
}

[[noreturn]] void send_for_ever(unsigned kilobits, const std::vector<transport::SocketAddress>& addresses) {
  std::vector<FloorStudent> students;
  for (const auto& to : addresses) {
    const transport::SrtpKey key{};
    students.push_back(
        {to, std::make_unique<transport::SrtpSender>(transport::SrtpProfile::kAeadAes128Gcm, key)});
  }
  const int socket_of_all = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int size = 4 * 1024 * 1024;
  setsockopt(socket_of_all, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  DropCounters drops;
  transport::SendRing ring(socket_of_all, drops);
  MadeUpMedia media(kilobits, 1, 2);
  std::vector<Packet> packets;
  for (auto next = std::chrono::steady_clock::now();; next += kVoiceEvery) {
    std::this_thread::sleep_until(next);  // the pace of the media
    packets.clear();
    media.tick([&](auto header, auto payload, uint32_t roll_over) {
      packets.push_back(with_extension(header, payload, roll_over));
    });
    // The voice comes first, as on the server, where it arrives alone.
    for (const auto turn : {std::span(packets).first(1), std::span(packets).subspan(1)})
      for (auto& student : students)
        for (const auto& packet : turn) {
          uint8_t* out = ring.reserve();
          std::memcpy(out, packet.bytes.data(), packet.bytes.size());
          rtp::write16(out + rtp::kRtpHeaderSize + 5, student.transport_sequence++);
          ring.commit(student.to,
                      student.srtp->protect_rtp(out, kHeader, packet.bytes.size(), packet.roll_over));
        }
    ring.flush();
  }
}

class FloorTarget final : public Target {
 public:
  FloorTarget(const Scene& scene, const std::vector<transport::SocketAddress>& students)
      : process_([&] { send_for_ever(scene.kilobits, students); }, scene.server_core) {}
  std::string name() const override { return "floor"; }
  const Process& process() const override { return process_; }
  void let_in(LoadStudent&) override {}

 private:
  Process process_;
};

}  // namespace

std::unique_ptr<Target> floor_target(const Scene& scene,
                                     const std::vector<transport::SocketAddress>& students) {
  return std::make_unique<FloorTarget>(scene, students);
}

}  // namespace thranio::bench
