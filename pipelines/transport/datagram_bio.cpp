#include "pipelines/transport/datagram_bio.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <openssl/bio.h>

namespace thranio::transport {
namespace {

DatagramPort& port_of(BIO* bio) {
  return *static_cast<DatagramPort*>(BIO_get_data(bio));
}

int read_datagram(BIO* bio, char* out, int room) {
  BIO_clear_retry_flags(bio);
  const auto datagram = std::exchange(port_of(bio).unread, {});
  if (datagram.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t size = std::min(datagram.size(), static_cast<size_t>(room));  // as recv(2): the rest is lost
  std::copy_n(datagram.begin(), size, out);
  return static_cast<int>(size);
}

int write_datagram(BIO* bio, const char* in, int size) {
  BIO_clear_retry_flags(bio);
  port_of(bio).write_datagram({reinterpret_cast<const uint8_t*>(in), static_cast<size_t>(size)});
  return size;
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_PENDING:
      return static_cast<long>(port_of(bio).unread.size());
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return kDtlsMtu;
    default:  // timeouts among them: the endpoint keeps the time
      return 0;
  }
}

const BIO_METHOD* datagram_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram in memory");
    if (!fresh) throw std::bad_alloc();
    BIO_meth_set_read(fresh, read_datagram);
    BIO_meth_set_write(fresh, write_datagram);
    BIO_meth_set_ctrl(fresh, control);
    return fresh;
  }();
  return method;
}

}  // namespace

bio_st* new_datagram_bio(DatagramPort& port) {
  BIO* bio = BIO_new(datagram_method());
  if (!bio) throw std::bad_alloc();
  BIO_set_data(bio, &port);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace thranio::transport
