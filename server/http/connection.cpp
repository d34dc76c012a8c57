#include "server/http/connection.hpp"

#include <array>
#include <ctime>
#include <deque>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "pipelines/base/log.hpp"
#include "server/http/problem.hpp"
#include "server/http/send_window.hpp"

namespace thranio::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = beast::http;
namespace ws = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::optional<Method> method_of(bhttp::verb verb) {
  switch (verb) {
    case bhttp::verb::get:
      return Method::kGet;
    case bhttp::verb::head:
      return Method::kHead;
    case bhttp::verb::post:
      return Method::kPost;
    case bhttp::verb::put:
      return Method::kPut;
    case bhttp::verb::patch:
      return Method::kPatch;
    case bhttp::verb::delete_:
      return Method::kDelete;
    case bhttp::verb::options:
      return Method::kOptions;
    default:
      return std::nullopt;
  }
}

bool parse_target(std::string_view target, Request& request) {
  if (!target.starts_with('/')) return false;
  const size_t question = target.find('?');
  auto path = percent_decode(target.substr(0, question), false);
  if (!path) return false;
  request.path = std::move(*path);
  if (question == std::string_view::npos) return true;
  auto query = parse_form(target.substr(question + 1));
  if (!query) return false;
  request.query = std::move(*query);
  return true;
}

using ParsedRequest = bhttp::request<bhttp::string_body>;

// RFC 9112 section 3.2: a server answers 400 to any HTTP/1.1 request without Host, or with more than one.
bool names_one_host(const ParsedRequest& parsed) {
  const auto count = parsed.count(bhttp::field::host);
  return count == 1 || (count == 0 && parsed.version() < 11);
}

// Nothing for a method, a target or a host that we cannot serve.
std::optional<Request> to_request(ParsedRequest& parsed, const std::string& remote, bool secure) {
  Request request;
  const auto method = method_of(parsed.method());
  const std::string_view target{parsed.target().data(), parsed.target().size()};
  if (!method || !names_one_host(parsed) || !parse_target(target, request)) return std::nullopt;
  request.method = *method;
  for (const auto& field : parsed) {
    std::string name{field.name_string()};
    for (char& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers.emplace_back(std::move(name), std::string{field.value()});
  }
  request.body = std::move(parsed.body());
  request.remote_address = remote;
  const std::string host{parsed[bhttp::field::host]};
  // The authority is written into links that we hand out: letters that a host can have, and no others.
  const bool plain = !host.empty() && host.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789.-:[]") == std::string::npos;
  request.origin = std::string(secure ? "https://" : "http://") + (plain ? host : "localhost");
  return request;
}

// RFC 9110 section 5.6.7, made anew once a second.
std::string_view date_now() {
  thread_local std::time_t told = 0;
  thread_local std::array<char, 32> text{};
  thread_local size_t length = 0;
  if (const std::time_t now = std::time(nullptr); now != told) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    told = now;
  }
  return {text.data(), length};
}

// The head as it goes out. Beast's own serializer walks its fields buffer by buffer, at the price of the rest
// of a request.
std::string head_of(const Response& response, unsigned version, bool keep_alive, size_t length) {
  const auto status = static_cast<unsigned>(response.status);
  std::string head = version < 11 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head.append(std::to_string(status)).append(1, ' ');
  head.append(std::string_view(bhttp::obsolete_reason(bhttp::int_to_status(status)))).append("\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    for (const char c : value)
      head += c == '\r' || c == '\n' ? ' ' : c;  // nobody's text begins a header of its own
    head.append("\r\n");
  };
  for (const auto& [name, value] : response.headers)
    add(name, value);
  add("Date", date_now());  // a page whose own clock is wrong goes by it
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  if (status != 204 && status != 304) add("Content-Length", std::to_string(length));
  if (keep_alive != (version >= 11)) add("Connection", keep_alive ? "keep-alive" : "close");
  return head.append("\r\n");
}

// A message queue in front of one Beast WebSocket.
template <typename Stream>
class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket<Stream>> {
 public:
  BeastWebSocket(ws::stream<Stream> stream, Request request)
      : stream_(std::move(stream)), request_(std::move(request)) {
    // The read itself ends only when the TCP connection is torn down, and may say so as a timeout.
    stream_.control_callback([this](ws::frame_type kind, beast::string_view) {
      if (kind == ws::frame_type::close) left_properly_ = true;
      last_heard_ = std::chrono::steady_clock::now();
    });
  }

  ws::stream<Stream>& stream() { return stream_; }

  asio::awaitable<std::optional<std::string>> receive() override {
    const auto self = this->shared_from_this();
    beast::flat_buffer buffer;
    const auto [error, size] = co_await stream_.async_read(buffer, as_result);
    if (error) co_return std::nullopt;
    last_heard_ = std::chrono::steady_clock::now();
    if (!stream_.got_text()) {
      start_close(1003, "text only");
      co_return std::nullopt;
    }
    co_return beast::buffers_to_string(buffer.data());
  }

  void send(std::shared_ptr<const std::string> message) override {
    asio::post(executor(), [self = this->shared_from_this(), message = std::move(message)]() mutable {
      self->enqueue(std::move(message));
    });
  }

  void send_if_drained(std::shared_ptr<const std::string> message, size_t most,
                       std::function<void(bool)> done) override {
    asio::post(executor(), [self = this->shared_from_this(), message = std::move(message), most,
                            done = std::move(done)]() mutable {
      int unsent = 0;  // what the kernel holds that the peer has not acknowledged
      auto& socket = beast::get_lowest_layer(self->stream_).socket();
      const bool drained = self->queue_.empty() && !self->behind_ && !self->close_ &&
                           ioctl(socket.native_handle(), SIOCOUTQ, &unsent) == 0 &&
                           static_cast<size_t>(unsent) <= most;
      if (drained) {
        self->queued_bytes_ += message->size();
        self->queue_.push_back({std::move(message), true});
        self->write_next();
      }
      done(drained);
    });
  }

  void on_caught_up(std::function<void()> caught_up) override { caught_up_ = std::move(caught_up); }

  void close(uint16_t code, std::string reason) override {
    asio::post(executor(), [self = this->shared_from_this(), code, reason = std::move(reason)] {
      self->left_properly_ = true;
      self->start_close(code, reason);
    });
  }

  asio::any_io_executor executor() const override {
    return const_cast<ws::stream<Stream>&>(stream_).get_executor();
  }
  const Request& request() const override { return request_; }
  bool left_properly() const override { return left_properly_; }
  std::chrono::steady_clock::time_point last_heard() const override { return last_heard_; }

 private:
  void start_close(uint16_t code, const std::string& reason) {
    if (close_) return;
    close_ = ws::close_reason(static_cast<ws::close_code>(code), reason);
    if (!writing_) write_next();
  }

  void enqueue(std::shared_ptr<const std::string> message) {
    if (behind_) return;  // the whole state will say it
    queued_bytes_ += message->size();
    queue_.push_back({std::move(message), false});
    if (queued_bytes_ > kMaxQueuedBytes && queue_.size() > 1) fall_behind();
    write_next();
  }

  // A write that is under way still reads from the queue's front.
  void fall_behind() {
    behind_ = true;
    while (queue_.size() > (writing_ ? 1u : 0u)) {
      queued_bytes_ -= queue_.back().text->size();
      queue_.pop_back();
    }
  }

  void write_next() {
    if (writing_) return;
    if (queue_.empty() && std::exchange(behind_, false) && caught_up_) caught_up_();
    if (queue_.empty()) {
      if (!close_) return;
      writing_ = true;  // nothing follows a close
      stream_.async_close(*close_, [self = this->shared_from_this()](const error_code&) {});
      return;
    }
    writing_ = true;
    const Message& next = queue_.front();
    stream_.text(!next.binary);
    stream_.async_write(asio::buffer(*next.text),
                        [self = this->shared_from_this()](const error_code& error, size_t) {
                          self->writing_ = false;
                          if (!self->queue_.empty()) {
                            self->queued_bytes_ -= self->queue_.front().text->size();
                            self->queue_.pop_front();
                          }
                          if (!error) self->write_next();
                        });
  }

  // io only.
  ws::stream<Stream> stream_;
  const Request request_;
  struct Message {
    std::shared_ptr<const std::string> text;
    bool binary;
  };
  std::deque<Message> queue_;
  std::optional<ws::close_reason> close_;
  std::function<void()> caught_up_;
  size_t queued_bytes_ = 0;
  bool behind_ = false;
  bool writing_ = false;
  bool left_properly_ = false;
  std::chrono::steady_clock::time_point last_heard_ = std::chrono::steady_clock::now();
};

// One of the few large bodies that are held in memory at a time, while it comes in.
class LargeBody {
 public:
  LargeBody(ConnectionContext& context, bool large) : context_(context), large_(large) {
    if (large_) fits_ = context_.large_bodies.fetch_add(1) < ConnectionContext::kMostLargeBodies;
  }
  ~LargeBody() {
    if (large_) context_.large_bodies.fetch_sub(1);
  }
  LargeBody(const LargeBody&) = delete;
  LargeBody& operator=(const LargeBody&) = delete;
  bool fits() const { return fits_; }

 private:
  ConnectionContext& context_;
  const bool large_;
  bool fits_ = true;
};

template <typename Stream>
class Connection {
  static constexpr bool kPlain = std::is_same_v<Stream, beast::tcp_stream>;

 public:
  Connection(Stream stream, beast::flat_buffer buffer, std::string remote, bool secure,
             std::shared_ptr<ConnectionContext> context, std::shared_ptr<ConnectionHandle> handle)
      : stream_(std::make_shared<Stream>(std::move(stream))),
        buffer_(std::move(buffer)),
        remote_(std::move(remote)),
        secure_(secure),
        context_(std::move(context)),
        handle_(std::move(handle)) {
    error_code ignored;
    beast::get_lowest_layer(*stream_).socket().non_blocking(true, ignored);  // for write()
    const auto cancel = [weak = std::weak_ptr(stream_), executor = stream_->get_executor()](auto only_if) {
      asio::post(executor, [weak, only_if] {
        const auto alive = weak.lock();
        if (alive && only_if()) beast::get_lowest_layer(*alive).cancel();
      });
    };
    handle_->set([cancel, idle = idle_] { cancel([idle] { return *idle; }); },
                 [cancel] { cancel([] { return true; }); });
  }

  asio::awaitable<void> run() {
    while (!context_->stopping) {
      bhttp::request_parser<bhttp::string_body> parser;
      parser.header_limit(static_cast<uint32_t>(context_->limits.max_header_bytes));
      parser.body_limit(boost::none);  // which path takes how much is known once the head is read
      if (!co_await read(parser)) co_return;
      context_->counters.requests.fetch_add(1, std::memory_order_relaxed);

      const unsigned version = parser.get().version();
      const bool keep_alive = parser.get().keep_alive();
      if (ws::is_upgrade(parser.get())) {
        co_await upgrade(parser.release());
        co_return;
      }
      ParsedRequest parsed = parser.release();
      const bool head = parsed.method() == bhttp::verb::head;
      auto request = to_request(parsed, remote_, secure_);
      const bool bad = !request;
      Response response;
      if (bad)
        response =
            refused(Refusal::kMalformedRequest, ErrorKind::kInvalid, "malformed-request",
                    "The method, the target or the host of this request is not one that can be served.");
      else
        response = co_await answer(std::move(*request));
      const bool go_on = keep_alive && !bad && !context_->stopping;
      if (!co_await write(response, version, go_on, head)) co_return;
      if (!go_on) break;
    }
    co_await shut();
  }

 private:
  // Head and body, each within its time. False when the connection is over; what can be answered has been.
  asio::awaitable<bool> read(bhttp::request_parser<bhttp::string_body>& parser) {
    auto& lowest = beast::get_lowest_layer(*stream_);
    if (buffer_.size() == 0) {  // between two requests: waiting is no fault
      lowest.expires_after(context_->limits.idle_timeout);
      *idle_ = true;
      const auto [error, size] = co_await stream_->async_read_some(buffer_.prepare(4096), as_result);
      *idle_ = false;
      if (error) co_return false;
      buffer_.commit(size);
    }
    error_code error;
    size_t size = parser.put(buffer_.data(), error);  // as a rule the whole head is there
    buffer_.consume(size);
    if (error == bhttp::error::need_more) error = {};
    if (!error && !parser.is_header_done()) {
      lowest.expires_after(context_->limits.header_timeout);
      std::tie(error, size) = co_await bhttp::async_read_header(*stream_, buffer_, parser, as_result);
    }
    if (error == beast::error::timeout) context_->refuse(Refusal::kHeaderTimeout, remote_);
    if (error) {
      co_await answer_parse_error(error, Refusal::kHeaderTimeout);
      co_return false;
    }
    if (parser.is_done()) co_return true;
    const auto limit = body_limit(parser.get());
    if (parser.content_length().value_or(0) > limit) {
      co_await answer_parse_error(bhttp::error::body_limit, Refusal::kBodyTimeout);
      co_return false;
    }
    parser.body_limit(limit);
    LargeBody large(*context_, limit > context_->limits.max_body_bytes);
    if (!large.fits()) {
      const auto full = problem(
          {ErrorKind::kUnavailable, "server-busy", "The server takes in other files just now.", "", {}}, "");
      if (co_await write(full, 11, false, false)) co_await shut();
      co_return false;
    }
    lowest.expires_after(context_->limits.body_timeout);
    if (beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
      bhttp::response<bhttp::empty_body> go_on{bhttp::status::continue_, parser.get().version()};
      const auto [failed, sent] = co_await bhttp::async_write(*stream_, go_on, as_result);
      if (failed) co_return false;
    }
    std::tie(error, size) = co_await bhttp::async_read(*stream_, buffer_, parser, as_result);
    if (error) co_await answer_parse_error(error, Refusal::kBodyTimeout);
    co_return !error;
  }

  size_t body_limit(const ParsedRequest& head) const {
    const auto method = method_of(head.method());
    const std::string_view target{head.target().data(), head.target().size()};
    const auto path = percent_decode(target.substr(0, target.find('?')), false);
    const auto own = method && path ? context_->router.max_body(*method, *path) : std::nullopt;
    return own.value_or(context_->limits.max_body_bytes);
  }

  asio::awaitable<void> answer_parse_error(error_code error, Refusal on_timeout) {
    if (error == bhttp::error::end_of_stream) {
      co_await shut();
      co_return;
    }
    if (error == beast::error::timeout) {
      if (on_timeout == Refusal::kBodyTimeout) context_->refuse(on_timeout, remote_);
      co_return;  // Beast has closed the socket
    }
    Response response;
    if (error == bhttp::error::header_limit)
      response = refused(Refusal::kHeaderTooLarge, ErrorKind::kHeadersTooLarge, "headers-too-large",
                         "The head of this request is larger than the server takes.");
    else if (error == bhttp::error::body_limit)
      response = refused(Refusal::kBodyTooLarge, ErrorKind::kTooLarge, "body-too-large",
                         "The body of this request is larger than the server takes.");
    else if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category())
      response = refused(Refusal::kMalformedRequest, ErrorKind::kInvalid, "malformed-request",
                         "This is not HTTP/1.1: " + error.message() + ".");
    else
      co_return;  // reset, aborted: nobody listens
    if (co_await write(response, 11, false, false)) co_await shut();
  }

  Response refused(Refusal refusal, ErrorKind kind, const std::string& code, const std::string& detail) {
    context_->refuse(refusal, remote_);
    return problem({kind, code, detail, "", {}}, "");
  }

  asio::awaitable<Response> answer(Request request) {
    if (context_->files.serves(request) && !request.path.starts_with("/healthz") &&
        !request.path.starts_with("/readyz") && !request.path.starts_with("/metrics"))
      co_return context_->files.respond(request);
    co_return co_await context_->router.handle(std::move(request));
  }

  // False when the peer is gone.
  asio::awaitable<bool> write(const Response& response, unsigned version, bool keep_alive, bool head) {
    const auto group = static_cast<size_t>(response.status / 100);
    context_->counters.responses[std::min<size_t>(group, 5)].fetch_add(1, std::memory_order_relaxed);
    const std::string_view body =
        response.static_body ? *response.static_body : std::string_view{response.body};
    const std::string top = head_of(response, version, keep_alive, body.size());
    const std::array<asio::const_buffer, 2> both{asio::buffer(top), asio::buffer(head ? "" : body)};
    size_t done = 0;
    if (asio::buffer_size(both) > (response.beside ? SendWindow::kBeside : kWritesAtOnce) && line_is_long())
      co_return co_await write_gently(both, response.beside ? beside_ : window_);
    if constexpr (kPlain) {  // what the socket takes at once needs no timer and no way through the scheduler
      error_code full;
      done = stream_->socket().write_some(both, full);
      if (done == asio::buffer_size(both)) co_return true;
    }
    beast::get_lowest_layer(*stream_).expires_after(context_->limits.write_timeout);
    beast::buffers_suffix rest{both};
    rest.consume(done);
    const auto [error, size] = co_await asio::async_write(*stream_, rest, as_result);
    co_return !error;
  }

  // Asked of the kernel once: the handshake has measured it, and a connection does not change its line.
  bool line_is_long() {
    if (!long_line_) {
      const auto line = tcp_line(beast::get_lowest_layer(*stream_).socket().native_handle());
      long_line_ = line && SendWindow::is_long(*line);
    }
    return *long_line_;
  }

  // No more on its way than a long line carries. What was acknowledged is no event of a socket: it is asked.
  asio::awaitable<bool> write_gently(std::array<asio::const_buffer, 2> both, SendWindow& window) {
    constexpr auto kLook = std::chrono::milliseconds(20);
    auto& lowest = beast::get_lowest_layer(*stream_);
    asio::steady_timer timer(lowest.get_executor());
    beast::buffers_suffix rest{both};
    auto moved = std::chrono::steady_clock::now();
    for (size_t left = asio::buffer_size(both); left > 0;) {
      const auto line = tcp_line(lowest.socket().native_handle());
      if (!line || context_->stopping) co_return false;
      const size_t room = std::min(left, window.room(*line, std::chrono::steady_clock::now()));
      if (room < std::min({left, line->segment, SendWindow::kBeside})) {
        if (std::chrono::steady_clock::now() - moved > context_->limits.write_timeout) co_return false;
        timer.expires_after(kLook);
        co_await timer.async_wait(as_result);
        continue;
      }
      moved = std::chrono::steady_clock::now();
      lowest.expires_after(context_->limits.write_timeout);
      const auto [error, size] =
          co_await asio::async_write(*stream_, beast::buffers_prefix(room, rest), as_result);
      if (error) co_return false;
      rest.consume(size);
      left -= size;
    }
    co_return true;
  }

  const WebSocketRoute* find_route(Request& request) const {
    for (const auto& route : context_->web_sockets) {
      auto parameters = match_path(route.pattern, request.path);
      if (!parameters) continue;
      request.path_parameters = std::move(*parameters);
      return &route;
    }
    return nullptr;
  }

  static bool offers(const Request& request, const std::string& subprotocol) {
    const std::string offered =
        "," + std::string{request.header("sec-websocket-protocol").value_or("")} + ",";
    std::string compact;
    for (const char c : offered)
      if (c != ' ') compact += c;
    return compact.find("," + subprotocol + ",") != std::string::npos;
  }

  asio::awaitable<void> upgrade(ParsedRequest parsed) {
    auto request = to_request(parsed, remote_, secure_);
    const WebSocketRoute* route = request ? find_route(*request) : nullptr;
    if (!route || !offers(*request, route->subprotocol)) {
      Response response;
      if (!route)
        response = refused(Refusal::kWebSocketRefused, ErrorKind::kNotFound, "not-found",
                           "There is no WebSocket at this path.");
      else
        response = refused(Refusal::kWebSocketRefused, ErrorKind::kInvalid, "subprotocol-required",
                           "Offer the subprotocol " + route->subprotocol + " in Sec-WebSocket-Protocol.");
      if (co_await write(response, parsed.version(), false, false)) co_await shut();
      co_return;
    }
    beast::get_lowest_layer(*stream_).expires_never();
    ws::stream<Stream> stream(std::move(*stream_));
    stream_.reset();
    configure(stream, route->subprotocol);
    auto socket = std::make_shared<BeastWebSocket<Stream>>(std::move(stream), std::move(*request));
    const auto cut = [weak = std::weak_ptr(socket), executor = socket->executor()] {
      asio::post(executor, [weak] {
        if (const auto alive = weak.lock()) beast::get_lowest_layer(alive->stream()).cancel();
      });
    };
    handle_->set(nullptr, cut);  // idle or not: its owner says goodbye
    const auto [error] = co_await socket->stream().async_accept(parsed, as_result);
    if (error) co_return;
    context_->counters.web_sockets.fetch_add(1, std::memory_order_relaxed);
    const auto counted = std::shared_ptr<void>(nullptr, [context = context_](void*) {
      context->counters.web_sockets.fetch_sub(1, std::memory_order_relaxed);
    });
    co_await route->serve(socket);
  }

  void configure(ws::stream<Stream>& stream, const std::string& subprotocol) const {
    ws::stream_base::timeout timeout{};
    timeout.handshake_timeout = context_->limits.hello_timeout;
    timeout.idle_timeout =
        std::chrono::seconds(30);  // Beast pings at half of it, and ends a peer that is silent
    timeout.keep_alive_pings = true;
    stream.set_option(timeout);
    ws::permessage_deflate deflate;
    deflate.server_enable = true;
    // 6 kB of window and tables instead of zlib's 256: thousands of students hold one each.
    deflate.server_max_window_bits = 10;
    deflate.client_max_window_bits = 10;
    deflate.memLevel = 2;
    deflate.msg_size_threshold = 512;  // a line to a large class is not worth a thousand compressions
    stream.set_option(deflate);
    stream.read_message_max(WebSocket::kMaxMessageBytes);
    stream.set_option(ws::stream_base::decorator([subprotocol](ws::response_type& response) {
      response.set(bhttp::field::sec_websocket_protocol, subprotocol);
    }));
  }

  asio::awaitable<void> shut() {
    auto& lowest = beast::get_lowest_layer(*stream_);
    lowest.expires_after(std::chrono::seconds(5));
    if constexpr (!kPlain) co_await stream_->async_shutdown(as_result);
    error_code ignored;
    lowest.socket().shutdown(tcp::socket::shutdown_send, ignored);
    // A peer that is still sending would lose our answer to the reset of an early close: read it out, within
    // a bound.
    beast::flat_buffer rest;
    for (size_t total = 0; total < 256 * 1024;) {
      const auto [error, size] = co_await lowest.async_read_some(rest.prepare(8192), as_result);
      if (error) co_return;
      total += size;
    }
  }

  static constexpr size_t kWritesAtOnce = 3000;  // bytes: two packets

  std::shared_ptr<Stream> stream_;
  beast::flat_buffer buffer_;
  SendWindow window_, beside_{true};
  std::optional<bool> long_line_;  // once an answer was so large that it matters
  const std::string remote_;
  const bool secure_;
  const std::shared_ptr<ConnectionContext> context_;
  const std::shared_ptr<ConnectionHandle> handle_;
  const std::shared_ptr<bool> idle_ = std::make_shared<bool>(false);
};

}  // namespace

asio::awaitable<void> serve_connection(tcp::socket socket, std::shared_ptr<ConnectionContext> context,
                                       std::shared_ptr<ConnectionHandle> handle) {
  error_code ignored;
  const std::string remote = socket.remote_endpoint(ignored).address().to_string();
  auto waiting = std::make_shared<beast::tcp_stream>(std::move(socket));
  const auto cancel = [weak = std::weak_ptr(waiting), executor = waiting->get_executor()] {
    asio::post(executor, [weak] {
      if (const auto alive = weak.lock()) alive->cancel();
    });
  };
  handle->set(cancel, cancel);
  beast::flat_buffer buffer;
  waiting->expires_after(context->limits.header_timeout);
  const auto [error, size] = co_await waiting->async_read_some(buffer.prepare(4096), as_result);
  beast::tcp_stream stream(std::move(*waiting));
  waiting.reset();  // what comes next has a handle of its own
  if (error) {
    if (error == beast::error::timeout) context->refuse(Refusal::kHeaderTimeout, remote);
    co_return;
  }
  buffer.commit(size);
  const auto first = static_cast<const uint8_t*>(buffer.data().data())[0];
  if (first == 0x16) {  // TLS: a handshake record
    if (!context->tls) {
      context->refuse(Refusal::kTlsNotConfigured, remote);
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *context->tls);
    beast::get_lowest_layer(secure).expires_after(context->limits.hello_timeout);
    const auto [failed, used] =
        co_await secure.async_handshake(asio::ssl::stream_base::server, buffer.data(), as_result);
    if (failed) {
      context->refuse(Refusal::kTlsHandshake, remote);
      co_return;
    }
    buffer.consume(used);
    Connection connection(std::move(secure), std::move(buffer), remote, true, context, handle);
    co_await connection.run();
    co_return;
  }
  if (first < 'A' || first > 'Z') {  // no method begins so; ICE-TCP (RFC 4571 framing) is not served yet
    context->refuse(Refusal::kUnknownFirstByte, remote);
    co_return;
  }
  Connection connection(std::move(stream), std::move(buffer), remote, false, context, handle);
  co_await connection.run();
}

}  // namespace thranio::http
