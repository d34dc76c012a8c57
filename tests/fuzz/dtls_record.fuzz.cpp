// Datagrams to a DTLS server in each of its states: the input is split into datagrams, each behind two bytes
// of length; the first byte of all says how far the handshake had come. No crash, no keys for a stranger.
#include <cstdlib>
#include <deque>
#include <vector>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "tests/support/dtls_client.hpp"

using namespace thranio;
using namespace thranio::transport;

namespace {

using Datagrams = std::deque<std::vector<uint8_t>>;

struct Port : DatagramSink {
  void write_datagram(std::span<const uint8_t> datagram) override {
    sent.emplace_back(datagram.begin(), datagram.end());
    if (datagram.size() > static_cast<size_t>(kDtlsMtu)) std::abort();
  }
  Datagrams sent;
};

// Carries `steps` datagrams of a genuine handshake.
void shake_hands(DtlsEndpoint& server, Port& port, test::DtlsClient& client, Datagrams& up, int steps) {
  client.start();
  while (steps-- > 0 && !up.empty()) {
    server.handle(up.front(), TimePoint{});
    up.pop_front();
    while (!port.sent.empty()) {
      client.handle(port.sent.front());
      port.sent.pop_front();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto certificate = DtlsCertificate::create();
  if (size < 1) return 0;
  Datagrams up;
  test::DtlsClient client{[&](auto datagram) { up.emplace_back(datagram.begin(), datagram.end()); }};
  Port port;
  DtlsEndpoint server{*certificate, client.fingerprint(), port};
  const int state = data[0] % 4;  // before the handshake, amid it, after it, settled
  if (state > 0) shake_hands(server, port, client, up, state == 1 ? 1 : 100);
  if (state == 3) server.settle();
  const bool was_connected = server.state() == DtlsEndpoint::State::kConnected;
  server.take_keys();

  std::span<const uint8_t> rest{data + 1, size - 1};
  while (rest.size() >= 2) {
    const size_t length = std::min<size_t>(static_cast<size_t>(rest[0]) << 8 | rest[1], rest.size() - 2);
    server.handle(rest.subspan(2, length), TimePoint{});
    rest = rest.subspan(2 + length);
  }
  server.handle_timer(TimePoint{} + std::chrono::seconds{1});
  if (!was_connected && server.take_keys()) std::abort();
  return 0;
}
