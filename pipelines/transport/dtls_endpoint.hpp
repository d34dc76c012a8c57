// The DTLS server for one browser: handshake, the peer's fingerprint, keys for SRTP, close_notify.
// Way: udp_port → first_byte → [dtls_endpoint] → keys for srtp_session.
// Spec: RFC 6347 (DTLS 1.2), RFC 5764 (use_srtp, key export), RFC 8842 (we answer a=setup:passive), RFC 8122
// (fingerprints). No renegotiation, no tickets, no resumption.
// Owned by the peer transport. Thread: net. Time is passed in; libssl reads the wall clock for its own timer.
// Costs about 55 KiB while shaking hands and 38 KiB after, of which 21 KiB are a buffer that OpenSSL keeps
// for stray retransmissions; next to nothing once settled (tests/bench/srtp.bench.cpp prints them). Not here:
// where datagrams go (ice_agent), what the keys do (srtp_session).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/drop_reason.hpp"
#include "pipelines/transport/datagram_bio.hpp"
#include "pipelines/transport/dtls_alerts.hpp"
#include "pipelines/transport/fingerprint.hpp"
#include "pipelines/transport/srtp_session.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct x509_store_ctx_st;

namespace thranio::transport {

// An ECDSA P-256 key, its self-signed certificate and the settings that all handshakes share; one per
// process, valid for 30 days. Thread: any (immutable; OpenSSL counts references atomically).
class DtlsCertificate {
 public:
  static std::unique_ptr<DtlsCertificate> create();
  ~DtlsCertificate();
  DtlsCertificate(const DtlsCertificate&) = delete;
  DtlsCertificate& operator=(const DtlsCertificate&) = delete;

  Fingerprint fingerprint() const { return fingerprint_; }
  ssl_ctx_st* context() const { return context_; }

 private:
  DtlsCertificate(ssl_ctx_st* context, Fingerprint fingerprint);

  // Set at construction, never changed.
  ssl_ctx_st* context_;
  Fingerprint fingerprint_;
};

struct DtlsKeys {
  SrtpProfile profile;
  SrtpKey ours;    // server_write: what we send
  SrtpKey theirs;  // client_write: what we receive
};

// RFC 6347 section 4.2.4.1 says 1 s "for general Internet paths" and lets real-time applications use less:
// a lost flight is half a second of silence at the start of a lesson, while on a 300 ms path 400 ms does not
// yet resend what is under way.
constexpr auto kDtlsFirstTimeout = std::chrono::milliseconds{400};
// The last flight is ours. A browser that did not get it learns so only by its own timer, which by then may
// stand at seconds, and hears nothing of the lesson until then: so it goes out again by itself, a datagram of
// 75 bytes, until the peer shows that it holds the keys.
constexpr auto kDtlsFinalAgain = std::chrono::milliseconds{250};
constexpr int kDtlsFinalTimes = 5;
constexpr auto kDtlsLastTimeout = std::chrono::seconds{60};  // RFC 6347 section 4.2.4.1: "no less than 60 s"

class DtlsEndpoint : private DatagramPort {
 public:
  enum class State : uint8_t { kHandshaking, kConnected, kClosed };

  // `out` and `certificate` outlive the endpoint.
  DtlsEndpoint(const DtlsCertificate& certificate, Fingerprint expected, DatagramSink& out,
               std::chrono::milliseconds first_timeout = kDtlsFirstTimeout);
  ~DtlsEndpoint() override;
  DtlsEndpoint(const DtlsEndpoint&) = delete;
  DtlsEndpoint& operator=(const DtlsEndpoint&) = delete;

  // kNone when OpenSSL took it (which drops forged records silently); look at state() afterwards.
  DropReason handle(std::span<const uint8_t> datagram, TimePoint now);
  // Resends the flight when its time has come (RFC 6347 section 4.2.4).
  void handle_timer(TimePoint now);
  std::optional<TimePoint> deadline() const { return deadline_; }

  State state() const { return state_; }
  const std::string& close_cause() const { return close_cause_; }
  // Once after kConnected; wiped here then.
  std::optional<DtlsKeys> take_keys();
  // The peer has shown that it holds the keys, so the handshake is over on its side as well: all that OpenSSL
  // keeps can go, alerts remain.
  void settle();
  // close_notify (RFC 8842 section 5.6 leaves it as the one way to say so in the media plane).
  void close();

 private:
  struct SslFree {
    void operator()(ssl_st* ssl) const;
  };

  static int verify_peer(x509_store_ctx_st* store, void*);
  static unsigned int next_timeout(ssl_st* ssl, unsigned int previous_us);
  bool shows_fingerprint(const x509_st& certificate) const;
  void write_datagram(std::span<const uint8_t> records) override;
  void flush();
  void shake_hands();
  void finish_handshake();
  void repeat_final_flight(TimePoint now);
  void export_keys();
  void read_alerts();
  void hear_alerts(std::span<const uint8_t> datagram);
  void update_deadline(TimePoint now);
  void end(std::string cause);
  friend class DtlsCertificate;

  // Set at construction, never changed.
  const Fingerprint expected_;
  DatagramSink& out_;
  const std::chrono::milliseconds first_timeout_;
  // net thread only.
  std::unique_ptr<ssl_st, SslFree> ssl_;  // null after settle
  std::optional<DtlsAlerts> alerts_;      // from then on
  State state_ = State::kHandshaking;
  bool wrong_fingerprint_ = false;
  std::optional<DtlsKeys> keys_;
  std::optional<TimePoint> deadline_;
  std::string close_cause_;
  std::vector<uint8_t> flight_;  // records of one call that still fit into one datagram
  std::vector<uint8_t> final_flight_;
  std::optional<TimePoint> final_again_at_;
  std::chrono::milliseconds final_spacing_ = kDtlsFinalAgain;
  int final_times_ = 0;
};

}  // namespace thranio::transport
