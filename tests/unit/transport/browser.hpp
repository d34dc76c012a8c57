// A browser and the transport under test, joined by a wire that the test holds: checks by libnice, DTLS by
// OpenSSL, datagrams carried in order or lost. Thread: the test's. Time moves only by advance().
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/first_byte.hpp"
#include "pipelines/transport/peer_transport.hpp"
#include "tests/support/dtls_client.hpp"
#include "tests/support/libssl_clock.hpp"
#include "tests/support/stun_client.hpp"

namespace thranio::test {

using Bytes = std::vector<uint8_t>;

inline transport::SocketAddress ipv4(const char* address, uint16_t port) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  inet_pton(AF_INET, address, &v4.sin_addr);
  return storage;
}

inline transport::SocketAddress ipv6(const char* address, uint16_t port) {
  sockaddr_storage storage{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  inet_pton(AF_INET6, address, &v6.sin6_addr);
  return storage;
}

inline const transport::DtlsCertificate& server_certificate() {
  static const auto certificate = transport::DtlsCertificate::create();
  return *certificate;
}

inline const transport::IceCredentials kServerIce{"srvu", "server-password-of-24-ch"};
inline const transport::IceCredentials kClientIce{"clnt", "client-password-of-24-ch"};

class Browser : public transport::PeerTransport::Listener {
 public:
  struct Sent {
    transport::SocketAddress to;
    Bytes bytes;
  };

  explicit Browser(const std::string& srtp_profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80")
      : dtls([this](auto datagram) { flight.emplace_back(datagram.begin(), datagram.end()); },
             srtp_profiles) {
    offer(dtls.fingerprint());
  }

  void offer(transport::Fingerprint fingerprint) {
    server = std::make_unique<transport::PeerTransport>(
        transport::PeerTransportSettings{kServerIce, kClientIce, std::move(fingerprint),
                                         &server_certificate()},
        *this, now);
  }

  // One check from `address`; what came back.
  StunClient::Reply check(bool nominate = true) {
    to_browser.clear();
    last_drop = server->handle_stun(stun.check(nominate), address, now);
    if (to_browser.empty()) return {};
    auto reply = stun.read(to_browser.back().bytes);
    to_browser.clear();
    return reply;
  }

  void start_dtls() { dtls.start(); }

  // Carries DTLS both ways until nobody has more to say. `lose` tells whether the n-th datagram of this call
  // is lost, counting both ways.
  void carry(const std::function<bool(int)>& lose = [](int) { return false; }) {
    int n = 0;
    while (!flight.empty() || !to_browser.empty()) {
      while (!flight.empty()) {
        const Bytes datagram = std::exchange(flight.front(), {});
        flight.pop_front();
        if (!lose(n++)) last_drop = server->handle_dtls(datagram, address, now);
      }
      for (const Sent& sent : std::exchange(to_browser, {})) {
        if (!lose(n++)) dtls.handle(sent.bytes);
      }
    }
  }

  void connect() {
    check();
    start_dtls();
    carry();
  }

  void advance(Duration by) {
    now += by;
    advance_libssl_clock(std::chrono::duration_cast<std::chrono::microseconds>(by));
  }

  // Lets time pass until somebody's timer is due, and serves it.
  void serve_next_timer() {
    Duration wait = server->next_deadline() - now;
    if (const auto timer = dtls.timer()) wait = std::min<Duration>(wait, *timer);
    advance(wait);
    dtls.handle_timer();
    server->handle_timer(now);
  }

  void send_datagram(const transport::SocketAddress& to, std::span<const uint8_t> datagram) override {
    to_browser.push_back({to, Bytes(datagram.begin(), datagram.end())});
  }
  void transport_connected() override { ++connected; }
  void transport_closed(const std::string& cause) override { closed.push_back(cause); }
  void remote_changed(const transport::SocketAddress& remote) override { remotes.push_back(remote); }

  TimePoint now{std::chrono::hours{1}};
  transport::SocketAddress address = ipv4("192.0.2.7", 50000);
  std::vector<Sent> to_browser;
  std::deque<Bytes> flight;  // from the browser
  int connected = 0;
  std::vector<std::string> closed;
  std::vector<transport::SocketAddress> remotes;
  DropReason last_drop = DropReason::kNone;
  StunClient stun{kServerIce, kClientIce};
  DtlsClient dtls;
  std::unique_ptr<transport::PeerTransport> server;
};

}  // namespace thranio::test
