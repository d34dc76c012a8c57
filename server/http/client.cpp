#include "server/http/client.hpp"

#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace thranio::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = beast::http;

FetchedResponse fetch(const std::string& method, const std::string& url, const std::string& bearer,
                      const std::string& content_type, const std::string& body,
                      const std::map<std::string, std::string>& more_headers) {
  const std::string rest = url.substr(std::string("http://").size());
  const size_t slash = rest.find('/');
  const std::string authority = rest.substr(0, slash);
  const size_t colon = authority.rfind(':');

  bhttp::request<bhttp::string_body> request;
  request.method_string(method);
  request.target(slash == std::string::npos ? "/" : rest.substr(slash));
  request.version(11);
  request.set(bhttp::field::host, authority);
  request.set(bhttp::field::connection, "close");
  if (!bearer.empty()) request.set(bhttp::field::authorization, "Bearer " + bearer);
  if (!content_type.empty()) request.set(bhttp::field::content_type, content_type);
  for (const auto& [name, value] : more_headers)
    request.set(name, value);
  request.body() = body;
  request.prepare_payload();

  asio::io_context io;
  beast::tcp_stream stream(io);
  bhttp::response<bhttp::string_body> response;
  beast::flat_buffer buffer;
  beast::error_code failed = asio::error::timed_out;
  stream.expires_after(kFetchTimeout);
  const asio::ip::tcp::endpoint to(asio::ip::make_address(authority.substr(0, colon)),
                                   static_cast<uint16_t>(std::stoi(authority.substr(colon + 1))));
  stream.async_connect(to, [&](beast::error_code error) {
    if ((failed = error)) return;
    bhttp::async_write(stream, request, [&](beast::error_code write_error, size_t) {
      if ((failed = write_error)) return;
      bhttp::async_read(stream, buffer, response,
                        [&](beast::error_code read_error, size_t) { failed = read_error; });
    });
  });
  io.run();
  if (failed) throw std::runtime_error(method + " " + url + ": " + failed.message());

  FetchedResponse fetched;
  fetched.status = static_cast<int>(response.result_int());
  for (const auto& field : response) {
    std::string name{field.name_string()};
    for (char& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    fetched.headers[name] = field.value();
  }
  fetched.body = std::move(response.body());
  return fetched;
}

}  // namespace thranio::http
