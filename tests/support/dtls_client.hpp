// The browser's side of DTLS-SRTP for tests: client role, a certificate of its own, SRTP keys at the end.
// Way: test → [DtlsClient] ↔ transport/dtls_endpoint, by datagrams that the test carries (or loses).
// Spec: RFC 6347, RFC 5764. Uses libssl's own timer: a client on a real network calls handle_timer().
// Owned by the test. Thread: the test's.
// Not here: ICE (stun_client), sockets.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pipelines/transport/datagram_bio.hpp"
#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/fingerprint.hpp"

namespace thranio::test {

class DtlsClient : private transport::DatagramPort {
 public:
  using Send = std::function<void(std::span<const uint8_t>)>;

  explicit DtlsClient(Send send,
                      const std::string& srtp_profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80");
  ~DtlsClient() override;

  transport::Fingerprint fingerprint() const;       // for the offer
  transport::Fingerprint peer_fingerprint() const;  // what the server showed; compare with the answer

  void start();  // sends the ClientHello
  void handle(std::span<const uint8_t> datagram);
  void handle_timer();                                     // resends when libssl's time has come
  std::optional<std::chrono::microseconds> timer() const;  // how long until then
  void close();                                            // close_notify

  bool connected() const;
  bool closed_by_peer() const { return closed_by_peer_; }  // close_notify came
  bool failed() const { return failed_; }                  // a fatal alert, or nonsense
  const std::string& error() const { return error_; }

  // ours: client_write, what this side sends.
  transport::DtlsKeys keys() const;

  ssl_st* ssl() { return ssl_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
    void operator()(ssl_st* ssl) const;
  };
  void write_datagram(std::span<const uint8_t> datagram) override { send_(datagram); }
  void advance();

  Send send_;
  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::unique_ptr<ssl_st, Free> ssl_;
  bool closed_by_peer_ = false;
  bool failed_ = false;
  std::string error_;
};

}  // namespace thranio::test
