// What one outgoing packet costs to protect, by profile, backend and size, beside libsrtp2 in the same run;
// what a handshake costs, and what one peer's transport keeps in memory.
//   cmake --preset bench && cmake --build build/bench --target bench_srtp && build/bench/bench_srtp
// Read the ratios: nanoseconds are this machine's. "1000 peers": every packet goes to another peer, as in the
// fan-out, so that keys come from the cache's far end. CPU time, the best of nine rounds.
// Proves: the design's second decision (outbound SRTP is ours), sizes named in dtls_endpoint.hpp.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <malloc.h>
#include <srtp2/srtp.h>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/peer_transport.hpp"
#include "tests/support/dtls_client.hpp"
#include "tests/support/stun_client.hpp"

using namespace thranio;
using namespace thranio::transport;

namespace {

constexpr size_t kVoice = 120, kVideo = 1100;
constexpr int kRounds = 9;
constexpr int kPackets = 20000;

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

SrtpKey some_key(int seed) {
  SrtpKey key;
  key.key.fill(static_cast<uint8_t>(seed));
  key.salt.fill(static_cast<uint8_t>(seed >> 8));
  return key;
}

std::vector<uint8_t> packet_of(size_t size) {
  std::vector<uint8_t> packet(size + 64, 0x5a);
  packet[0] = 0x80;
  packet[1] = 96;
  return packet;
}

void set_index(uint8_t* packet, uint16_t sequence_number) {
  packet[2] = static_cast<uint8_t>(sequence_number >> 8);
  packet[3] = static_cast<uint8_t>(sequence_number);
}

// The best round's nanoseconds per packet; `protect` takes the number of a packet and protects it.
template <typename Protect>
double measure(Protect protect) {
  double best = 1e18;
  int n = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double start = cpu_ns();
    for (int i = 0; i < kPackets; ++i)
      protect(n++);
    best = std::min(best, (cpu_ns() - start) / kPackets);
  }
  return best;
}

double measure_ours(SrtpProfile profile, CipherBackend backend, size_t size, int peers) {
  std::vector<SrtpSender> senders;
  for (int i = 0; i < peers; ++i)
    senders.emplace_back(profile, some_key(i), backend);
  std::vector<uint8_t> packet = packet_of(size);
  return measure([&](int n) {
    const auto extended = static_cast<uint32_t>(n / peers);
    set_index(packet.data(), static_cast<uint16_t>(extended));
    senders[static_cast<size_t>(n % peers)].protect_rtp(packet.data(), 12, size, extended >> 16);
  });
}

double measure_libsrtp(SrtpProfile profile, size_t size, int peers) {
  std::vector<srtp_t> sessions(static_cast<size_t>(peers));
  for (auto& session : sessions) {
    std::vector<uint8_t> master(30, 7);
    srtp_policy_t policy{};
    const auto which = profile == SrtpProfile::kAeadAes128Gcm ? srtp_profile_aead_aes_128_gcm
                                                              : srtp_profile_aes128_cm_sha1_80;
    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, which);
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, which);
    policy.ssrc.type = ssrc_any_outbound;
    policy.key = master.data();
    policy.window_size = 1024;
    if (srtp_create(&session, &policy) != srtp_err_status_ok) return 0;
  }
  std::vector<uint8_t> packet = packet_of(size);
  const double ns = measure([&](int n) {
    set_index(packet.data(), static_cast<uint16_t>(n / peers));
    int protected_size = static_cast<int>(size);
    srtp_protect(sessions[static_cast<size_t>(n % peers)], packet.data(), &protected_size);
  });
  for (auto& session : sessions)
    srtp_dealloc(session);
  return ns;
}

// libipsec-mb ciphers GCM alone.
bool differs(SrtpProfile profile, CipherBackend backend) {
  return backend == CipherBackend::kOpenSsl ||
         (profile == SrtpProfile::kAeadAes128Gcm && SrtpSender::available(backend));
}

void print_profile(const char* name, SrtpProfile profile) {
  for (const size_t size : {kVoice, kVideo}) {
    for (const int peers : {1, 1000}) {
      const double libsrtp = measure_libsrtp(profile, size, peers);
      std::printf("%-22s %5zu B %6d  %-10s %8.0f ns\n", name, size, peers, "libsrtp2", libsrtp);
      for (const auto backend : {CipherBackend::kOpenSsl, CipherBackend::kIpsecMb}) {
        if (!differs(profile, backend)) continue;
        const double ours = measure_ours(profile, backend, size, peers);
        std::printf("%-22s %5zu B %6d  %-10s %8.0f ns  %5.1f times as fast\n", "", size, peers,
                    backend == CipherBackend::kOpenSsl ? "openssl" : "ipsec-mb", ours, libsrtp / ours);
      }
    }
  }
}

// --- memory ---

size_t heap() {
  return mallinfo2().uordblks;
}

constexpr int kCounted = 100;

template <typename Make>
void print_memory(const char* what, Make make) {
  make();  // what is made once for the process
  const size_t before = heap();
  std::vector<decltype(make())> kept;
  kept.reserve(kCounted);
  for (int i = 0; i < kCounted; ++i)
    kept.push_back(make());
  std::printf("%-40s %8.1f KiB\n", what, static_cast<double>(heap() - before) / kCounted / 1024);
}

// A transport and its browser's side; the latter can be dropped.
struct Peer : PeerTransport::Listener {
  explicit Peer(const DtlsCertificate& certificate)
      : client(std::make_unique<test::DtlsClient>(
            [this](auto datagram) { up.emplace_back(datagram.begin(), datagram.end()); })),
        transport({kServer, kClient, client->fingerprint(), &certificate}, *this, {}) {
    test::StunClient stun{kServer, kClient};
    transport.handle_stun(stun.check(true), address(), {});
    down.clear();
  }
  // Carries at most `limit` datagrams from the browser.
  void shake_hands(int limit) {
    client->start();
    while (!up.empty() && limit-- > 0) {
      const double start = cpu_ns();
      transport.handle_dtls(up.front(), address(), {});
      server_ns += cpu_ns() - start;
      up.pop_front();
      for (const auto& datagram : std::exchange(down, {}))
        client->handle(datagram);
    }
  }
  // One report from the browser.
  void talk() {
    SrtpSender sender{client->keys().profile, client->keys().ours};
    std::vector<uint8_t> report(8 + SrtpSender::kMaxRtcpOverhead);
    report[0] = 0x80;
    report[1] = 201;
    report.resize(sender.protect_rtcp(report.data(), 8));
    (void)transport.unprotect_rtcp(report, {});
  }
  void forget_browser() {
    client.reset();
    up = {};
    down = {};
  }
  static SocketAddress address() {
    sockaddr_storage storage{};
    storage.ss_family = AF_INET;
    return storage;
  }
  void send_datagram(const SocketAddress&, std::span<const uint8_t> datagram) override {
    down.emplace_back(datagram.begin(), datagram.end());
  }
  void transport_connected() override {}
  void transport_closed(const std::string&) override {}
  void remote_changed(const SocketAddress&) override {}

  static inline const IceCredentials kServer{"srvu", "server-password-of-24-ch"};
  static inline const IceCredentials kClient{"clnt", "client-password-of-24-ch"};
  std::deque<std::vector<uint8_t>> up;
  std::vector<std::vector<uint8_t>> down;
  double server_ns = 0;
  std::unique_ptr<test::DtlsClient> client;
  PeerTransport transport;
};

// What a joining student costs: the server's part of one handshake.
void print_handshake(const DtlsCertificate& certificate) {
  double best = 1e18;
  for (int i = 0; i < 50; ++i) {
    Peer peer{certificate};
    peer.shake_hands(1000);
    best = std::min(best, peer.server_ns);
  }
  std::printf("\n%-40s %8.0f us\n", "DTLS handshake, the server's CPU", best / 1000);
}

void print_memories(const DtlsCertificate& certificate) {
  enum class Then { kNothing, kTalk };
  const auto peer = [&](int datagrams, Then then = Then::kNothing) {
    auto fresh = std::make_unique<Peer>(certificate);
    fresh->shake_hands(datagrams);
    if (then == Then::kTalk) fresh->talk();
    fresh->forget_browser();
    return fresh;
  };
  print_memory("transport before DTLS", [&] { return peer(0); });
  print_memory("transport in mid-handshake", [&] { return peer(1); });
  print_memory("transport connected", [&] { return peer(1000); });
  print_memory("transport after its first report", [&] { return peer(1000, Then::kTalk); });
  const auto profile = SrtpProfile::kAeadAes128Gcm;
  print_memory("of it: sender, GCM", [&] { return SrtpSender{profile, some_key(1)}; });
  print_memory("of it: receiver, GCM", [&] { return SrtpReceiver{profile, some_key(1)}; });
  print_memory("sender, GCM, OpenSSL", [&] {
    return SrtpSender{profile, some_key(1), CipherBackend::kOpenSsl};
  });
  print_memory("sender, CM", [&] { return SrtpSender{SrtpProfile::kAes128CmSha1_80, some_key(1)}; });
}

}  // namespace

int main() {
  srtp_init();
  std::printf("%-22s %7s %6s  %-10s %11s\n", "profile", "packet", "peers", "backend", "CPU");
  print_profile("AEAD_AES_128_GCM", SrtpProfile::kAeadAes128Gcm);
  print_profile("AES128_CM_SHA1_80", SrtpProfile::kAes128CmSha1_80);
  const auto certificate = DtlsCertificate::create();
  print_handshake(*certificate);
  std::printf("\n%-40s %12s\n", "memory per peer", "heap");
  print_memories(*certificate);
}
