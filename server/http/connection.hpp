// One TCP connection: TLS or plain, read → route → write, upgrade to WebSocket; timeouts and limits.
// Way: listener → [serve_connection] → router / static files / WebSocketRoute → back. Private to server/http.
// Thread: io (the connection's strand).
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "server/http/listener.hpp"

namespace thranio::http {

// What all connections share; outlives them.
struct ConnectionContext {
  const Router& router;
  const StaticFiles& files;
  const std::vector<WebSocketRoute>& web_sockets;
  const Limits& limits;
  HttpCounters& counters;
  boost::asio::ssl::context* tls = nullptr;  // null: not configured
  std::atomic<bool> stopping{false};

  void refuse(Refusal refusal, const std::string& remote);
};

// How the listener reaches a connection that waits: closes it if it is between two requests.
struct ConnectionHandle {
  std::function<void()> close_if_idle;  // on the connection's strand
  std::function<void()> cut;            // on the connection's strand
};

// Serves until the peer or a limit ends it. The socket's executor is the connection's strand.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<ConnectionContext> context,
                                              std::shared_ptr<ConnectionHandle> handle);

}  // namespace thranio::http
