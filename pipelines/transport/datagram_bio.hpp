// An OpenSSL BIO that keeps datagram boundaries in memory: one datagram in, whole datagrams out.
// Way: dtls_endpoint → [datagram_bio] ↔ OpenSSL's DTLS.
// Spec: RFC 6347 section 4.1.1: "Each DTLS record MUST fit within a single datagram."
// Owned by its SSL object; refers to a DatagramPort, which must outlive it. Thread: net.
// Not here: sockets, addresses, time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

struct bio_st;

namespace thranio::transport {

// 1200 bytes pass everywhere, QUIC's floor (RFC 9000 section 14) included.
constexpr long kDtlsMtu = 1200;

// Where datagrams go.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void write_datagram(std::span<const uint8_t> datagram) = 0;
};

class DatagramPort : public DatagramSink {
 public:
  std::span<const uint8_t> unread;  // what OpenSSL reads next; empty when it has been read
};

// The caller owns the result (SSL_set_bio takes it).
bio_st* new_datagram_bio(DatagramPort& port);

}  // namespace thranio::transport
