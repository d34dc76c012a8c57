// The rival of tests/bench/run rest: a Beast server that answers every request with the same bytes, and
// nothing else.
//   bench_bare_http PORT BYTES
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket, const std::string& constant) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    const auto [error, size] = co_await http::async_read(socket, buffer, request, as_result);
    if (error) co_return;
    http::response<http::string_body> response{http::status::ok, request.version()};
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = constant;
    response.prepare_payload();
    const auto [failed, sent] = co_await http::async_write(socket, response, as_result);
    if (failed || !request.keep_alive()) co_return;
  }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, const std::string& constant) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(as_result);
    if (error) co_return;
    socket.set_option(tcp::no_delay(true));
    auto session = serve(std::move(socket), constant);
    asio::co_spawn(acceptor.get_executor(), std::move(session), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string constant(static_cast<size_t>(std::atoi(argv[2])), 'x');
  asio::io_context io(1);
  tcp::acceptor acceptor(io,
                         {asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(std::atoi(argv[1]))});
  auto work = listen(std::move(acceptor), constant);
  asio::co_spawn(io, std::move(work), asio::detached);
  std::puts("listening");
  std::fflush(stdout);
  io.run();
}
