// One TCP connection: TLS or plain, read → route → write, upgrade to WebSocket; timeouts and limits.
// Way: listener → [serve_connection] → router / static files / WebSocketRoute → back. Private to server/http.
// Thread: io (the connection's strand).
#pragma once

#include <functional>
#include <memory>
#include <mutex>

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
  static constexpr int kMostLargeBodies = 4;  // of those that a route takes beyond the limit of all
  std::atomic<int> large_bodies{0};

  void refuse(Refusal refusal, const std::string& remote);
};

// How the listener reaches a connection: closes it if it waits for a request, or cuts it whatever it does.
// Thread: any; what is set only posts to the connection's strand.
class ConnectionHandle {
 public:
  void set(std::function<void()> close_if_idle, std::function<void()> cut) {
    const std::lock_guard lock(mutex_);
    close_if_idle_ = std::move(close_if_idle);
    cut_ = std::move(cut);
  }
  void close_if_idle() const { call(&ConnectionHandle::close_if_idle_); }
  void cut() const { call(&ConnectionHandle::cut_); }

 private:
  void call(std::function<void()> ConnectionHandle::*action) const {
    std::function<void()> copy;
    {
      const std::lock_guard lock(mutex_);
      copy = this->*action;
    }
    if (copy) copy();
  }

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::function<void()> close_if_idle_;
  std::function<void()> cut_;
};

// Serves until the peer or a limit ends it. The socket's executor is the connection's strand.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<ConnectionContext> context,
                                              std::shared_ptr<ConnectionHandle> handle);

}  // namespace thranio::http
