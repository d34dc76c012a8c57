// A Listener in this process on a port of its own, with routes that show what it does: "hello", "echo" (the
// body back), "held" (answered when the test says so), "broken" (throws), and a WebSocket that says back what
// it hears. Thread: the test's; the handlers run on two io threads.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/http/listener.hpp"

namespace thranio::test {

class TestListener {
 public:
  static constexpr auto kPatience = std::chrono::seconds(20);
  // A request that is answered "hello".
  static inline const std::string kHello = "GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
  static constexpr int kFlood = 400;

  explicit TestListener(http::Limits limits = {}, std::string certificate = {}, std::string key = {})
      : work_(boost::asio::make_work_guard(io_)), gate_(boost::asio::make_strand(io_)), files_({}) {
    gate_.expires_at(std::chrono::steady_clock::time_point::max());
    add_routes();
    http::ListenerSettings settings;
    settings.address = "127.0.0.1";
    settings.port = 0;
    settings.limits = limits;
    settings.tls_certificate = std::move(certificate);
    settings.tls_key = std::move(key);
    listener_.emplace(io_.get_executor(), settings, router_, files_, web_sockets());
    listener_->start();
    for (int i = 0; i < 2; ++i)
      threads_.emplace_back([this] { io_.run(); });
  }

  ~TestListener() {
    release();
    if (!stopped_) stop(std::chrono::seconds(1)).wait_for(kPatience);
    io_.stop();
    for (auto& thread : threads_)
      thread.join();
  }

  uint16_t port() const { return listener_->port(); }
  const http::HttpCounters& counters() const { return listener_->counters(); }
  uint64_t refused(http::Refusal cause) const {
    return counters().refusals[static_cast<size_t>(cause)].load();
  }

  // The same once there is one: a client sees the end of its connection before the listener has counted it.
  uint64_t wait_for_refusal(http::Refusal cause) const {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    while (refused(cause) == 0 && std::chrono::steady_clock::now() < patience)
      std::this_thread::yield();
    return refused(cause);
  }

  // Ready when the listener says that all is over.
  std::future<void> stop(std::chrono::milliseconds patience) {
    stopped_ = true;
    auto done = std::make_shared<std::promise<void>>();
    auto over = done->get_future();
    listener_->stop(patience, [done] { done->set_value(); });
    return over;
  }

  void wait_until_held() { held_.get_future().wait_for(kPatience); }
  void release() {
    boost::asio::post(gate_.get_executor(), [this] { gate_.expires_at({}); });
  }
  // How the last WebSocket ended: true if its browser or its server closed it, false if the link broke.
  bool web_socket_left_properly() {
    auto over = web_socket_over_.get_future();
    if (over.wait_for(kPatience) != std::future_status::ready) throw std::runtime_error("it is still open");
    return over.get();
  }

 private:
  using Answer = boost::asio::awaitable<Result<http::Response>>;

  static Answer text(std::string body) {
    http::Response response;
    response.set("Content-Type", "text/plain");
    response.body = std::move(body);
    co_return response;
  }
  Answer hold() {
    held_.set_value();
    co_await boost::asio::co_spawn(gate_.get_executor(), wait_at_gate(), boost::asio::use_awaitable);
    co_return co_await text("held");
  }
  boost::asio::awaitable<void> wait_at_gate() {
    co_await gate_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  static Answer fail_badly() {
    throw std::runtime_error("a fault");
    co_return http::Response{};
  }

  void add_routes() {
    using http::Method;
    router_.add({
        {Method::kGet, "/api/v1/hello", [](http::Request) { return text("hello"); }},
        {Method::kPost, "/api/v1/echo", [](http::Request request) { return text(std::move(request.body)); }},
        {Method::kGet, "/api/v1/held", [this](http::Request) { return hold(); }},
        {Method::kGet, "/api/v1/broken", [](http::Request) { return fail_badly(); }},
    });
  }

  std::vector<http::WebSocketRoute> web_sockets() {
    return {{"/live/{what}", "thranio.v1", [this](std::shared_ptr<http::WebSocket> s) { return serve(s); }}};
  }

  // "/live/flood" sends kFlood messages, more than queue and kernel hold, and "all of it" to who fell behind.
  boost::asio::awaitable<void> serve(std::shared_ptr<http::WebSocket> socket) {
    if (socket->request().path_parameter("what") == "flood") {
      socket->on_caught_up([weak = std::weak_ptr(socket)] {
        if (const auto alive = weak.lock()) alive->send(std::make_shared<const std::string>("all of it"));
      });
      const auto chunk = std::make_shared<const std::string>(60'000, 'x');
      for (int i = 0; i < kFlood; ++i)
        socket->send(chunk);
    }
    while (const auto message = co_await socket->receive()) {
      if (*message == "close me") {
        socket->close(4401, "as you wish");
        continue;
      }
      socket->send(std::make_shared<const std::string>(*message));
    }
    web_socket_over_.set_value(socket->left_properly());
  }

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer gate_;
  std::promise<void> held_;
  std::promise<bool> web_socket_over_;
  bool stopped_ = false;
  http::Router router_;
  http::StaticFiles files_;
  std::optional<http::Listener> listener_;
  std::vector<std::thread> threads_;
};

}  // namespace thranio::test
