// TLS and plain HTTP on one port, told apart by the first byte.
#include <memory>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "tests/listener/test_listener.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/self_signed.hpp"
#include "tests/support/temp_folder.hpp"

using namespace thranio;
using http::Refusal;
using test::RawClient;
using test::TestListener;

namespace {

const std::string kLastHello = "GET /api/v1/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

struct TlsAnswer {
  std::string text;
  bool closed_properly = false;  // by close_notify: nobody cut the answer short
};

TlsAnswer ask_over_tls(uint16_t port, const std::string& request) {
  const RawClient connection(port);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
  SSL_set_fd(tls.get(), connection.descriptor());
  if (SSL_connect(tls.get()) != 1) return {};
  SSL_write(tls.get(), request.data(), static_cast<int>(request.size()));
  TlsAnswer answer;
  char bytes[4096];
  int size = 0;
  while ((size = SSL_read(tls.get(), bytes, sizeof bytes)) > 0)
    answer.text.append(bytes, static_cast<size_t>(size));
  answer.closed_properly = SSL_get_error(tls.get(), size) == SSL_ERROR_ZERO_RETURN;
  SSL_shutdown(tls.get());
  return answer;
}

}  // namespace

TEST_CASE("TLS and plain HTTP are served on one port", "[http][tls]") {
  const test::TempFolder folder;
  const auto files = test::write_self_signed(folder.path());
  TestListener server({}, files.certificate, files.key);
  const auto secure = ask_over_tls(server.port(), kLastHello);
  CHECK(secure.text.starts_with("HTTP/1.1 200"));
  CHECK(secure.text.ends_with("hello"));
  CHECK(secure.closed_properly);
  RawClient plain(server.port());
  plain.send(kLastHello);
  CHECK(plain.read_response().body == "hello");
}

TEST_CASE("TLS to a server without a certificate is counted and closed", "[http][tls]") {
  TestListener server;
  CHECK(ask_over_tls(server.port(), kLastHello).text.empty());
  CHECK(server.wait_for_refusal(Refusal::kTlsNotConfigured) == 1);
}

TEST_CASE("what begins like TLS and is none is counted and closed", "[http][tls]") {
  const test::TempFolder folder;
  const auto files = test::write_self_signed(folder.path());
  TestListener server({}, files.certificate, files.key);
  RawClient client(server.port());
  client.send(std::string("\x16\x03\x01\x00\x05hello", 10));
  client.read_to_end();
  CHECK(server.wait_for_refusal(Refusal::kTlsHandshake) == 1);
}

TEST_CASE("a certificate that cannot be read is named in the fault", "[http][tls]") {
  CHECK_THROWS_WITH(TestListener({}, "/nowhere/cert.pem", "/nowhere/key.pem"),
                    Catch::Contains("/nowhere/cert.pem"));
}
