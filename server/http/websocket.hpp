// One WebSocket (RFC 6455) as its user sees it: text messages in order, a bounded send queue, a close.
// Beast stays inside connection.cpp. Way: browser ↔ connection ↔ [WebSocket] ↔ signaling/ws_session.
// Thread: io (the connection's strand) for receive(); send() and close() from any thread (they post).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "server/http/message.hpp"

namespace thranio::http {

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // The next whole text message; nothing once the socket is closed or broken (binary and oversized messages
  // close it).
  virtual boost::asio::awaitable<std::optional<std::string>> receive() = 0;
  // Queues a message (encoded once, shared between receivers). When more than kMaxQueuedBytes wait, the
  // reader is too slow: what waits is thrown away, as is everything until the socket has taken what was on
  // its way, and then `caught_up` is called: the place to send the whole state anew. (A reader who takes
  // nothing at all is ended by the connection's idle time.) A single message may be larger.
  virtual void send(std::shared_ptr<const std::string> message) = 0;
  // A binary message for a thin link: queued only if nothing else waits and at most `most` bytes are on their
  // way, so that what comes after it is not held up. done: on the connection's strand, whether it was.
  virtual void send_if_drained(std::shared_ptr<const std::string> message, size_t most,
                               std::function<void(bool)> done) = 0;
  // Before the first send; called on the connection's strand.
  virtual void on_caught_up(std::function<void()> caught_up) = 0;
  // Sends what is queued, then a close frame.
  virtual void close(uint16_t code, std::string reason) = 0;
  // After receive() gave nothing: the browser closed it (a page that left), not the link.
  virtual bool left_properly() const = 0;
  // When anything last came from it, be it a pong: a link that broke is noticed half a minute later.
  virtual std::chrono::steady_clock::time_point last_heard() const = 0;
  virtual boost::asio::any_io_executor executor() const = 0;
  virtual const Request& request() const = 0;  // the upgrade request, path parameters filled

  static constexpr size_t kMaxQueuedBytes = 256 * 1024;  // half a minute of a busy class on 64 kbit/s
  static constexpr size_t kMaxMessageBytes = 64 * 1024;
};

// A path that answers an upgrade: pattern as in Router, subprotocol as in Sec-WebSocket-Protocol
// ("thranio.v1"). An upgrade that does not offer the subprotocol is refused with problem
// subprotocol-required.
struct WebSocketRoute {
  std::string pattern;
  std::string subprotocol;
  std::function<boost::asio::awaitable<void>(std::shared_ptr<WebSocket>)>
      serve;  // returns when the session is over
};

}  // namespace thranio::http
