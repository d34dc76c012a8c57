// Accepts connections and gives each a strand of its own; TLS and plain HTTP on one port, told apart by the
// first byte. Way: kernel → [Listener] → connection → router, static files or WebSocket routes. Bounds:
// Limits. Refusals are counted by cause; the log names the first of each kind a second, not each of a flood.
// Owned by main. Thread: start, stop: main; the rest: io.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "server/http/router.hpp"
#include "server/http/static_files.hpp"
#include "server/http/websocket.hpp"

namespace thranio::http {

struct Limits {
  size_t max_header_bytes = 16 * 1024;
  size_t max_body_bytes = 1024 * 1024;
  std::chrono::milliseconds header_timeout{
      10'000};  // a request's head, first byte to last: a slow loris dies here
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};   // between two requests of one connection
  std::chrono::milliseconds write_timeout{60'000};  // a whole answer: 60 kB on 32 kbit/s takes 15 s
  std::chrono::milliseconds hello_timeout{30'000};  // TLS handshake, WebSocket handshake
  size_t max_connections = 20'000;
  size_t max_connections_per_address = 6'000;  // a whole school may stand behind one address
};

struct ListenerSettings {
  std::string address = "0.0.0.0";
  uint16_t port = 8443;         // 0: the system chooses
  std::string tls_certificate;  // PEM files; empty: plain HTTP only
  std::string tls_key;
  Limits limits;
};

enum class Refusal : uint8_t {
  kTooManyConnections,
  kTooManyFromAddress,
  kUnknownFirstByte,
  kTlsNotConfigured,
  kTlsHandshake,
  kHeaderTimeout,
  kHeaderTooLarge,
  kBodyTimeout,
  kBodyTooLarge,
  kMalformedRequest,
  kWebSocketRefused,
  kCount
};
std::string_view to_string(Refusal refusal);

struct HttpCounters {
  std::atomic<uint64_t> connections{0};  // open now
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> web_sockets{0};              // open now
  std::array<std::atomic<uint64_t>, 6> responses{};  // by status / 100
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Refusal::kCount)> refusals{};
  std::string prometheus() const;
};

class Listener {
 public:
  // Binds and listens. Throws std::system_error naming the address, std::runtime_error naming a bad TLS file.
  Listener(boost::asio::any_io_executor executor, ListenerSettings settings, const Router& router,
           const StaticFiles& files, std::vector<WebSocketRoute> web_sockets);
  ~Listener();

  uint16_t port() const;
  const HttpCounters& counters() const;
  void start();
  // No new connections; idle ones close, requests under way are answered. Calls `done` (on an io thread) when
  // the last is gone, or after `patience`, when what is left is cut.
  void stop(std::chrono::milliseconds patience, std::function<void()> done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace thranio::http
