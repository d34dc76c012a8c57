#include "server/http/listener.hpp"

#include <list>
#include <map>
#include <mutex>
#include <sstream>
#include <system_error>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "server/http/connection.hpp"
#include "server/http/send_window.hpp"

namespace thranio::http {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::kTooManyConnections:
      return "too_many_connections";
    case Refusal::kTooManyFromAddress:
      return "too_many_from_address";
    case Refusal::kUnknownFirstByte:
      return "unknown_first_byte";
    case Refusal::kTlsNotConfigured:
      return "tls_not_configured";
    case Refusal::kTlsHandshake:
      return "tls_handshake";
    case Refusal::kHeaderTimeout:
      return "header_timeout";
    case Refusal::kHeaderTooLarge:
      return "header_too_large";
    case Refusal::kBodyTimeout:
      return "body_timeout";
    case Refusal::kBodyTooLarge:
      return "body_too_large";
    case Refusal::kMalformedRequest:
      return "malformed_request";
    case Refusal::kWebSocketRefused:
      return "web_socket_refused";
    case Refusal::kCount:
      break;
  }
  return "unknown";
}

std::string HttpCounters::prometheus() const {
  std::ostringstream out;
  const auto family = [&out](const char* name, const char* type, const char* help) {
    out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
  };
  family("thranio_http_connections", "gauge", "TCP connections open now.");
  out << "thranio_http_connections " << connections << '\n';
  family("thranio_http_accepted_total", "counter", "TCP connections accepted.");
  out << "thranio_http_accepted_total " << accepted << '\n';
  family("thranio_http_requests_total", "counter", "HTTP requests read.");
  out << "thranio_http_requests_total " << requests << '\n';
  family("thranio_http_web_sockets", "gauge", "WebSockets open now.");
  out << "thranio_http_web_sockets " << web_sockets << '\n';
  family("thranio_http_responses_total", "counter", "HTTP responses by class.");
  for (size_t i = 2; i < responses.size(); ++i)
    out << "thranio_http_responses_total{class=\"" << i << "xx\"} " << responses[i] << '\n';
  family("thranio_http_refusals_total", "counter", "Connections and requests cut short, by cause.");
  for (size_t i = 0; i < refusals.size(); ++i)
    out << "thranio_http_refusals_total{cause=\"" << to_string(static_cast<Refusal>(i)) << "\"} "
        << refusals[i] << '\n';
  return out.str();
}

void ConnectionContext::refuse(Refusal refusal, const std::string& remote) {
  const auto before = counters.refusals[static_cast<size_t>(refusal)].fetch_add(1, std::memory_order_relaxed);
  // The first, the second, the fourth ...: a flood fills a counter, not the disk.
  if ((before & (before + 1)) == 0)
    log::warn("connection refused", {{"cause", to_string(refusal)}, {"from", remote}, {"count", before + 1}});
}

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(asio::any_io_executor io, ListenerSettings s, const Router& router, const StaticFiles& files,
       std::vector<WebSocketRoute> routes)
      : executor(std::move(io)),
        settings(std::move(s)),
        web_sockets(std::move(routes)),
        acceptor(asio::make_strand(executor)),
        context(new ConnectionContext{router, files, web_sockets, settings.limits, counters}) {}

  asio::any_io_executor executor;
  const ListenerSettings settings;
  const std::vector<WebSocketRoute> web_sockets;
  HttpCounters counters;
  tcp::acceptor acceptor;  // on a strand of its own
  uint16_t port = 0;
  std::optional<asio::ssl::context> tls;
  std::shared_ptr<ConnectionContext> context;

  // Guarded by mutex.
  std::mutex mutex;
  std::list<std::shared_ptr<ConnectionHandle>> open;
  std::map<std::string, size_t> per_address;
  std::function<void()> done;

  void listen();
  void load_tls();
  asio::awaitable<void> accept();
  void admit(tcp::socket socket);
  void forget(std::list<std::shared_ptr<ConnectionHandle>>::iterator at, const std::string& address);
  void finish();
};

Listener::Listener(asio::any_io_executor executor, ListenerSettings settings, const Router& router,
                   const StaticFiles& files, std::vector<WebSocketRoute> web_sockets)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), router, files,
                                   std::move(web_sockets))) {
  impl_->listen();
  impl_->load_tls();
}

Listener::~Listener() = default;

uint16_t Listener::port() const {
  return impl_->port;
}
const HttpCounters& Listener::counters() const {
  return impl_->counters;
}

void Listener::start() {
  asio::co_spawn(impl_->acceptor.get_executor(), impl_->accept(), asio::detached);
}

void Listener::Impl::listen() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  const std::string name = settings.address + ":" + std::to_string(settings.port);
  const auto check = [&](const char* what) {
    if (error)
      throw std::system_error(error.value(), std::generic_category(), std::string(what) + " " + name);
  };
  check("address");
  const tcp::endpoint endpoint(address, settings.port);
  acceptor.open(endpoint.protocol(), error);
  check("TCP");
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  check("TCP");
  acceptor.bind(endpoint, error);
  check("TCP");
  acceptor.listen(tcp::acceptor::max_listen_connections, error);
  check("TCP");
  port = acceptor.local_endpoint().port();
}

void Listener::Impl::load_tls() {
  if (settings.tls_certificate.empty()) return;
  tls.emplace(asio::ssl::context::tls_server);
  boost::system::error_code error;
  tls->use_certificate_chain_file(settings.tls_certificate, error);
  if (error) throw std::runtime_error("TLS certificate " + settings.tls_certificate + ": " + error.message());
  tls->use_private_key_file(settings.tls_key, asio::ssl::context::pem, error);
  if (error) throw std::runtime_error("TLS key " + settings.tls_key + ": " + error.message());
  tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1 |
                   asio::ssl::context::no_compression);
  context->tls = &*tls;
}

asio::awaitable<void> Listener::Impl::accept() {
  const auto self = shared_from_this();
  for (;;) {
    auto [error, socket] =
        co_await acceptor.async_accept(asio::make_strand(executor), asio::as_tuple(asio::use_awaitable));
    if (context->stopping || error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, mostly: waiting lets others end; spinning would starve them.
      log::warn("accept failed", {{"cause", error.message()}});
      asio::steady_timer pause(acceptor.get_executor(), std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    admit(std::move(socket));
  }
}

void Listener::Impl::admit(tcp::socket socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  const std::string address = remote.address().to_string();
  auto handle = std::make_shared<ConnectionHandle>();
  std::list<std::shared_ptr<ConnectionHandle>>::iterator at;
  std::optional<Refusal> refusal;
  {
    const std::lock_guard lock(mutex);
    size_t& here = per_address[address];
    if (open.size() >= settings.limits.max_connections) refusal = Refusal::kTooManyConnections;
    if (here >= settings.limits.max_connections_per_address) refusal = Refusal::kTooManyFromAddress;
    if (!refusal) {
      ++here;
      at = open.insert(open.end(), handle);
    } else if (here == 0) {
      per_address.erase(address);
    }
  }
  if (refusal) {
    context->refuse(*refusal, address);
    return;  // the socket closes
  }
  counters.accepted.fetch_add(1, std::memory_order_relaxed);
  counters.connections.fetch_add(1, std::memory_order_relaxed);
  socket.set_option(tcp::no_delay(true), error);
  expect_loss(socket.native_handle());
  const auto strand = socket.get_executor();
  asio::co_spawn(strand, serve_connection(std::move(socket), context, handle),
                 [self = shared_from_this(), at, address](std::exception_ptr fault) {
                   try {
                     if (fault) std::rethrow_exception(fault);
                   } catch (const std::exception& e) {
                     log::error("connection failed", {{"from", address}, {"cause", e.what()}});
                   }
                   self->forget(at, address);
                 });
}

void Listener::Impl::forget(std::list<std::shared_ptr<ConnectionHandle>>::iterator at,
                            const std::string& address) {
  counters.connections.fetch_sub(1, std::memory_order_relaxed);
  bool last = false;
  {
    const std::lock_guard lock(mutex);
    open.erase(at);
    if (--per_address[address] == 0) per_address.erase(address);
    last = open.empty() && done;
  }
  if (last) finish();
}

void Listener::Impl::finish() {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex);
    call.swap(done);
  }
  if (call) call();
}

void Listener::stop(std::chrono::milliseconds patience, std::function<void()> done) {
  const auto impl = impl_;
  impl->context->stopping = true;
  asio::post(impl->acceptor.get_executor(), [impl] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
  });
  std::vector<std::shared_ptr<ConnectionHandle>> handles;
  {
    const std::lock_guard lock(impl->mutex);
    impl->done = std::move(done);
    handles.assign(impl->open.begin(), impl->open.end());
  }
  if (handles.empty()) return impl->finish();
  for (const auto& handle : handles)
    handle->close_if_idle();
  auto timer = std::make_shared<asio::steady_timer>(impl->executor, patience);
  timer->async_wait([impl, timer](const boost::system::error_code&) {
    std::vector<std::shared_ptr<ConnectionHandle>> left;
    {
      const std::lock_guard lock(impl->mutex);
      left.assign(impl->open.begin(), impl->open.end());
    }
    for (const auto& handle : left)
      handle->cut();
    impl->finish();
  });
}

}  // namespace thranio::http
