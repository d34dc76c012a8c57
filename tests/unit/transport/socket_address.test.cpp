#include "pipelines/transport/socket_address.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/transport/browser.hpp"

using namespace thranio::test;
using thranio::transport::SocketAddress;

TEST_CASE("an address prints as people write it", "[transport]") {
  CHECK(ipv4("192.0.2.7", 5004).to_string() == "192.0.2.7:5004");
  CHECK(ipv6("2001:db8::7", 5004).to_string() == "[2001:db8::7]:5004");
  CHECK(SocketAddress{}.to_string() == "none");
}

TEST_CASE("addresses are the same when family, address and port are, whatever the padding holds",
          "[transport]") {
  SocketAddress padded = ipv4("192.0.2.7", 5004);
  reinterpret_cast<sockaddr_in*>(padded.data())->sin_zero[3] = 0x5a;
  CHECK(padded == ipv4("192.0.2.7", 5004));
  CHECK(padded.hash() == ipv4("192.0.2.7", 5004).hash());
  CHECK_FALSE(padded == ipv4("192.0.2.7", 5005));
  CHECK_FALSE(padded == ipv4("192.0.2.8", 5004));

  SocketAddress labelled = ipv6("2001:db8::7", 5004);
  reinterpret_cast<sockaddr_in6*>(labelled.data())->sin6_flowinfo = 77;
  CHECK(labelled == ipv6("2001:db8::7", 5004));
  CHECK(labelled.hash() == ipv6("2001:db8::7", 5004).hash());
  CHECK_FALSE(labelled == ipv6("2001:db8::8", 5004));
  CHECK_FALSE(ipv6("::", 5004) == ipv4("0.0.0.0", 5004));
}

TEST_CASE("a school behind one NAT spreads over the hash table", "[transport]") {
  std::set<size_t> buckets;
  for (uint16_t port = 1024; port < 1024 + 1000; ++port)
    buckets.insert(ipv4("198.51.100.1", port).hash() % 4096);
  CHECK(buckets.size() > 800);  // a thousand balls in 4096 boxes fill 887 on average
}
