#include "pipelines/transport/rtp_fanout.hpp"

#include <map>
#include <random>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/packet_history.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/subscriber.hpp"

using namespace thranio;
using namespace thranio::transport;
using namespace std::chrono_literals;

namespace {

constexpr uint8_t kVp8 = 96, kVp8Rtx = 97, kOpus = 111;
constexpr uint32_t kSsrc = 1000, kRtxSsrc = 1001;
using Bytes = std::vector<uint8_t>;

class Socket {
 public:
  Socket() : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_; }
  SocketAddress address() const {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&storage), &size);
    return SocketAddress(storage);
  }
  // What has come; on loopback that is all that was sent.
  std::vector<Bytes> datagrams() const {
    std::vector<Bytes> all;
    Bytes room(kMaxDatagram);
    for (ssize_t size; (size = recv(descriptor_, room.data(), room.size(), 0)) >= 0;)
      all.emplace_back(room.begin(), room.begin() + size);
    return all;
  }

 private:
  int descriptor_;
};

// One student with one slot, her keys on both sides, and a worker's ring.
struct Student {
  explicit Student(rtp::Slot slot, bool rtx)
      : ring(server.descriptor(), drops),
        subscriber(PeerId{"m_1"}, transport(), settings(slot, rtx), {}, {}) {
    OutStream& out = stream();
    out.srtp = sender.state();
    out.to = browser.address();
    out.numbers = &numbers;
    out.transport_sequence_id = 3;
    if (rtp::is_voice(slot)) out.resend_log = std::make_unique<ResendLog>();
  }

  static SrtpKey key() {
    SrtpKey key;
    key.key.fill(0x17);
    std::fill_n(key.salt.begin(), 12, uint8_t{0x42});  // GCM's is 12 bytes long
    return key;
  }
  static PeerTransportSettings transport() {
    static const auto certificate = DtlsCertificate::create();
    return {{"ours", "password"}, {"theirs", "password"}, {}, certificate.get()};
  }
  static SubscriberSettings settings(rtp::Slot slot, bool rtx) {
    OutStreamSettings stream;
    stream.slot = slot;
    stream.ssrc = kSsrc;
    stream.rtx_ssrc = kRtxSsrc;
    stream.payload_types[static_cast<size_t>(rtp::CodecId::kVp8)] = kVp8;
    stream.payload_types[static_cast<size_t>(rtp::CodecId::kOpus)] = kOpus;
    if (rtx) stream.rtx_payload_types[static_cast<size_t>(rtp::CodecId::kVp8)] = kVp8Rtx;
    stream.first_sequence = 32'000;
    SubscriberSettings settings;
    settings.streams = {stream};
    return settings;
  }

  OutStream& stream() { return subscriber.streams().front(); }
  void send(const std::vector<rtp::MediaPacketPtr>& packets) {
    OutStream* const takers[] = {&stream()};
    fan_out(packets, takers, ring, now);
    ring.flush();
  }
  // As her browser opens it; the payload without padding.
  Bytes opened(Bytes datagram) {
    const auto plain = receiver.unprotect_rtp(datagram);
    REQUIRE(plain);
    const auto packet = rtp::parse_rtp(*plain);
    REQUIRE(packet);
    return {packet->payload.begin(), packet->payload.end()};
  }

  DropCounters drops;
  Socket server, browser;
  SendRing ring;
  Subscriber subscriber;
  SrtpSender sender{SrtpProfile::kAeadAes128Gcm, key()};
  SrtpReceiver receiver{SrtpProfile::kAeadAes128Gcm, key()};
  TransportNumbers numbers;
  TimePoint now{1000h};
};

rtp::MediaPacketPtr picture(int64_t sequence, uint32_t timestamp, size_t size, bool key = false) {
  auto packet = std::make_shared<rtp::MediaPacket>();
  packet->codec = rtp::CodecId::kVp8;
  packet->sequence = sequence;
  packet->timestamp = timestamp;
  packet->starts_key_frame = key;
  packet->payload = std::vector<uint8_t>(size, static_cast<uint8_t>(sequence));
  return packet;
}

rtp::MediaPacketPtr voice(int64_t sequence, uint8_t content) {
  auto packet = std::make_shared<rtp::MediaPacket>();
  packet->sequence = sequence;
  packet->timestamp = static_cast<uint32_t>(sequence) * 960;
  packet->payload = std::vector<uint8_t>(80, content);
  return packet;
}

}  // namespace

TEST_CASE("a frame's packets that differ by a byte leave as one message and arrive as they were",
          "[fan-out][gso]") {
  Student student(rtp::Slot::kCamera, true);
  const std::vector frame{picture(1, 0, 1001, true), picture(2, 0, 1000), picture(3, 0, 1001),
                          picture(4, 0, 1000)};
  student.send(frame);
  CHECK(student.ring.counts().packets == 4);
  CHECK(student.ring.counts().messages == 1);
  const auto arrived = student.browser.datagrams();
  REQUIRE(arrived.size() == 4);
  for (size_t i = 0; i < arrived.size(); ++i)
    CHECK(std::ranges::equal(student.opened(arrived[i]), frame[i]->payload));
}

TEST_CASE("on a line at ease a few packets carry a transport-wide number, without a gap", "[fan-out][line]") {
  Student student(rtp::Slot::kVoice0, false);
  student.numbers.next = 65'534;
  student.numbers.sparse = true;
  std::vector<Bytes> arrived;
  for (int64_t i = 0; i < 30; ++i, student.now += 60ms) {
    student.send({voice(i, 1)});
    for (auto& datagram : student.browser.datagrams())
      arrived.push_back(std::move(datagram));
  }
  REQUIRE(arrived.size() == 30);
  std::vector<uint16_t> numbers;
  for (const Bytes& datagram : arrived) {
    if (datagram[0] & 0x10) numbers.push_back(rtp::read16(datagram.data() + 17));
    student.opened(datagram);
  }
  REQUIRE(numbers.size() == 10);
  for (size_t i = 0; i < numbers.size(); ++i)
    CHECK(numbers[i] == static_cast<uint16_t>(65'534 + i));

  // A frame's packets are of one length: all of them carry one, or none does.
  Student watcher(rtp::Slot::kCamera, true);
  watcher.numbers.sparse = true;
  for (uint32_t frame = 0; frame < 2; ++frame, watcher.now += 40ms)
    watcher.send({picture(3 * frame + 1, 3600 * frame, 900, frame == 0),
                  picture(3 * frame + 2, 3600 * frame, 900), picture(3 * frame + 3, 3600 * frame, 900)});
  CHECK(watcher.ring.counts().messages == 2);
  const auto frames = watcher.browser.datagrams();
  REQUIRE(frames.size() == 6);
  for (size_t i = 0; i < frames.size(); ++i)
    CHECK(((frames[i][0] & 0x10) != 0) == (i < 3));
}

TEST_CASE("where the kernel refuses GSO each packet leaves alone, and none is lost", "[fan-out][gso]") {
  Student student(rtp::Slot::kCamera, true);
  const int on = 1;  // Linux refuses segmentation on a socket that sends no checksums
  REQUIRE(setsockopt(student.server.descriptor(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on) == 0);
  for (int64_t i = 0; i < 3; ++i)
    student.send({picture(2 * i, 0, 900, true), picture(2 * i + 1, 0, 900)});
  CHECK(student.browser.datagrams().size() == 6);
  CHECK(student.drops.of(DropReason::kSendBufferFull) == 0);
}

TEST_CASE(
    "no SRTP index ever serves two different packets, whatever is switched, lost, padded and sent again",
    "[fan-out][srtp]") {
  const auto [slot, rtx] = GENERATE(table<rtp::Slot, bool>(
      {{rtp::Slot::kCamera, true}, {rtp::Slot::kCamera, false}, {rtp::Slot::kVoice0, false}}));
  const bool speaks = rtp::is_voice(slot);
  Student student(slot, rtx);
  std::mt19937 random{7};
  const auto dice = [&](int sides) { return static_cast<int>(random() % static_cast<unsigned>(sides)); };

  struct Source {
    int64_t next;
    uint32_t timestamp = 0;
    rtp::PacketHistory history;
    std::vector<rtp::MediaPacketPtr> held;  // overtaken by others on their way
  };
  std::vector<std::unique_ptr<Source>> sources;
  for (const int64_t first : {100, 65'500, 7})
    sources.push_back(std::make_unique<Source>(Source{first, 0, {}, {}}));
  Source* source = sources[0].get();

  std::map<std::pair<uint32_t, uint16_t>, Bytes> sent;
  size_t again = 0;
  const auto check = [&] {
    for (auto& datagram : student.browser.datagrams()) {
      const auto [at, news] =
          sent.try_emplace({rtp::read32(datagram.data() + 8), rtp::read16(datagram.data() + 2)}, datagram);
      if (!news) ++again;
      REQUIRE(at->second == datagram);  // the same index: then the same bytes
    }
  };
  const auto news = [&](std::vector<rtp::MediaPacketPtr> packets) {
    std::erase_if(packets,
                  [&](const auto& p) { return source->history.insert(p, student.now) != DropReason::kNone; });
    student.send(packets);
  };
  for (int i = 0; i < 6000; ++i) {
    student.now += 5ms;
    switch (dice(12)) {
      case 0:  // another source takes the slot
        if (dice(40) != 0) break;
        source = sources[static_cast<size_t>(dice(3))].get();
        student.stream().rewriter.detach();
        break;
      case 1:
      case 2: {  // a NACK, also of what was never sent
        const auto asked =
            static_cast<uint16_t>(student.stream().rewriter.last_sequence() - dice(dice(2) ? 15 : 300));
        const auto number = student.stream().rewriter.source_sequence(asked);
        const auto* packet = number ? source->history.find(*number) : nullptr;
        if (packet) retransmit(student.stream(), *packet, student.ring, student.now);
        student.ring.flush();
        break;
      }
      case 4:  // her line is at ease, or no longer
        student.numbers.sparse = dice(2) != 0;
        break;
      case 3:  // what was overtaken comes late, even very late, and some of it twice
        if (dice(20) != 0) break;
        news(source->held);
        if (dice(2)) source->held.clear();
        break;
      default: {  // a frame, or a voice packet; some are overtaken
        std::vector<rtp::MediaPacketPtr> frame;
        source->timestamp += 3000;
        const int count = speaks ? 1 : 1 + dice(4);
        const bool key = dice(10) == 0;
        for (int p = 0; p < count; ++p) {
          const int64_t number = source->next++;
          auto packet =
              speaks ? voice(number, static_cast<uint8_t>(random()))
                     : picture(number, source->timestamp, 200 + static_cast<size_t>(dice(3)), key && p == 0);
          (dice(10) == 0 ? source->held : frame).push_back(std::move(packet));
        }
        news(std::move(frame));
      }
    }
    check();
  }
  CHECK(sent.size() > 3000);
  CHECK((rtx || !speaks || again > 100));  // a voice's resend is the very same packet
}
