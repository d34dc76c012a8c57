#include "pipelines/transport/dtls_endpoint.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace thranio::transport {
namespace {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* resource) const {
    Free(resource);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

constexpr long kCertificateDays = 30;  // a process lives days; peers compare the fingerprint, not the dates
constexpr long kSecondsPerDay = 24 * 60 * 60;
constexpr int kMostKept = 100;                    // records that OpenSSL keeps for the next epoch
constexpr size_t kMaxPeerCertificate = 8 * 1024;  // an RSA 4096 certificate has 1.5 KiB

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string{"OpenSSL: "} + what);
}

// The name tells nothing about who we are: the fingerprint does.
X509Ptr self_signed(EVP_PKEY* key) {
  X509Ptr certificate{X509_new()};
  require(certificate != nullptr, "X509_new");
  uint64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kSecondsPerDay);  // clocks of peers run late
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kCertificateDays * kSecondsPerDay);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("WebRTC"), -1,
                             -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key);
  require(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "X509_sign");
  return certificate;
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm == "sha-256") return EVP_sha256();
  if (algorithm == "sha-384") return EVP_sha384();
  if (algorithm == "sha-512") return EVP_sha512();
  return nullptr;  // RFC 8122 section 5 forbids MD2 and MD5; nobody sends SHA-1 any more
}

std::vector<uint8_t> digest(const X509& certificate, const EVP_MD* algorithm) {
  std::vector<uint8_t> value(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  require(X509_digest(&certificate, algorithm, value.data(), &size) == 1, "X509_digest");
  value.resize(size);
  return value;
}

// What every handshake shares.
void configure(SSL_CTX* context, int (*verify)(X509_STORE_CTX*, void*)) {
  require(SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1, "DTLS 1.2");
  require(SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1, "DTLS 1.2");
  require(SSL_CTX_set_cipher_list(context,
                                  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                                  "ECDHE-ECDSA-CHACHA20-POLY1305") == 1,
          "cipher list");
  char groups[] = "X25519:P-256:P-384";  // OpenSSL's macro casts away const
  require(SSL_CTX_set1_groups_list(context, groups) == 1, "groups");
  // Returns 0 on success. The server's order decides: GCM first.
  require(SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") == 0,
          "use_srtp");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_NO_QUERY_MTU | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, kMaxPeerCertificate);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
}

uint32_t read24(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 16 | uint32_t{bytes[1]} << 8 | bytes[2];
}

// A client says ClientHello, Certificate, CertificateVerify and ClientKeyExchange in the clear (RFC 5246
// section 7.4); fragments lie within their message (RFC 6347 section 4.2.2).
bool plausible_handshake(std::span<const uint8_t> body) {
  constexpr size_t kFragmentHeader = 12;
  while (!body.empty()) {
    if (body.size() < kFragmentHeader) return false;
    const uint8_t type = body[0];
    const uint32_t length = read24(&body[1]), offset = read24(&body[6]), size = read24(&body[9]);
    if (type != 1 && type != 11 && type != 15 && type != 16) return false;
    if (length > kMaxPeerCertificate || offset + size > length || kFragmentHeader + size > body.size())
      return false;
    body = body.subspan(kFragmentHeader + size);
  }
  return true;
}

// Nothing in the clear is authenticated, and OpenSSL ends a handshake at the first record that it cannot
// parse: so junk is told apart before it gets there.
bool plausible(std::span<const uint8_t> datagram) {
  constexpr size_t kRecordHeader = 13;  // RFC 6347 section 4.1
  if (datagram.empty()) return false;
  while (!datagram.empty()) {
    if (datagram.size() < kRecordHeader) return false;
    const uint8_t type = datagram[0];
    const size_t length = static_cast<size_t>(datagram[11]) << 8 | datagram[12];
    const bool clear = datagram[3] == 0 && datagram[4] == 0;  // epoch 0
    if (type < SSL3_RT_CHANGE_CIPHER_SPEC || type > SSL3_RT_APPLICATION_DATA) return false;
    if (datagram[1] != 0xfe || (datagram[2] != 0xff && datagram[2] != 0xfd)) return false;
    if (length == 0 || kRecordHeader + length > datagram.size()) return false;
    const auto body = datagram.subspan(kRecordHeader, length);
    if (clear && type == SSL3_RT_HANDSHAKE && !plausible_handshake(body)) return false;
    if (clear && type == SSL3_RT_APPLICATION_DATA) return false;
    if (clear && type == SSL3_RT_CHANGE_CIPHER_SPEC && (length != 1 || body[0] != 1)) return false;
    if (clear && type == SSL3_RT_ALERT && (length != 2 || body[0] < 1 || body[0] > 2)) return false;
    datagram = datagram.subspan(kRecordHeader + length);
  }
  return true;
}

// Nothing more to read. OpenSSL (3.0.19) also says so by -1 without an error when a record that it had kept
// from before the handshake's end turns out forged: that ends nothing, and the next call goes on behind it.
enum class Unread : uint8_t { kNothing, kForged, kFault };

Unread why_unread(const SSL* ssl, int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return Unread::kNothing;
    case SSL_ERROR_SYSCALL:  // the datagrams lie in memory: no system call can have failed
      return ERR_peek_error() == 0 ? Unread::kForged : Unread::kFault;
    default:
      return Unread::kFault;
  }
}

std::string last_error() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "unknown";
}

}  // namespace

// --- DtlsCertificate ---

DtlsCertificate::DtlsCertificate(ssl_ctx_st* context, Fingerprint fingerprint)
    : context_(context), fingerprint_(std::move(fingerprint)) {}

DtlsCertificate::~DtlsCertificate() {
  SSL_CTX_free(context_);
}

std::unique_ptr<DtlsCertificate> DtlsCertificate::create() {
  const KeyPtr key{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
  require(key != nullptr, "EC key");
  const X509Ptr certificate = self_signed(key.get());
  ContextPtr context{SSL_CTX_new(DTLS_server_method())};
  require(context != nullptr, "SSL_CTX_new");
  configure(context.get(), DtlsEndpoint::verify_peer);
  require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "use certificate");
  require(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "use key");
  Fingerprint fingerprint{"sha-256", digest(*certificate, EVP_sha256())};
  return std::unique_ptr<DtlsCertificate>{new DtlsCertificate(context.release(), std::move(fingerprint))};
}

// --- DtlsEndpoint ---

void DtlsEndpoint::SslFree::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

DtlsEndpoint::DtlsEndpoint(const DtlsCertificate& certificate, Fingerprint expected, DatagramSink& out,
                           std::chrono::milliseconds first_timeout)
    : expected_(std::move(expected)), out_(out), first_timeout_(first_timeout) {
  ssl_.reset(SSL_new(certificate.context()));
  require(ssl_ != nullptr, "SSL_new");
  BIO* bio = new_datagram_bio(*this);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_mtu(ssl_.get(), kDtlsMtu);
  DTLS_set_timer_cb(ssl_.get(), next_timeout);
  SSL_set_accept_state(ssl_.get());
}

DtlsEndpoint::~DtlsEndpoint() {
  if (keys_) OPENSSL_cleanse(&*keys_, sizeof *keys_);
}

DropReason DtlsEndpoint::handle(std::span<const uint8_t> datagram, TimePoint now) {
  if (state_ == State::kClosed || !plausible(datagram)) return DropReason::kMalformedDtls;
  if (alerts_) {
    hear_alerts(datagram);
    return DropReason::kNone;
  }
  ERR_clear_error();
  unread = datagram;
  if (state_ == State::kHandshaking) {
    shake_hands();
  } else {
    read_alerts();
  }
  unread = {};
  if (state_ == State::kConnected && !final_again_at_ && final_times_ == 0) {
    final_flight_ = flight_;
    final_again_at_ = now + final_spacing_;
  }
  flush();
  update_deadline(now);
  return wrong_fingerprint_ ? DropReason::kWrongFingerprint : DropReason::kNone;
}

void DtlsEndpoint::handle_timer(TimePoint now) {
  if (!deadline_ || now < *deadline_ || !ssl_) return;
  if (state_ == State::kConnected) return repeat_final_flight(now);
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) end("DTLS handshake timed out");
  flush();
  update_deadline(now);
}

void DtlsEndpoint::repeat_final_flight(TimePoint now) {
  out_.write_datagram(final_flight_);
  final_spacing_ *= 2;
  final_again_at_ = now + final_spacing_;
  if (++final_times_ == kDtlsFinalTimes) final_again_at_.reset();
  update_deadline(now);
}

void DtlsEndpoint::shake_hands() {
  int done;
  auto why = Unread::kForged;
  for (int forged = 0; why == Unread::kForged && forged < kMostKept; ++forged) {
    done = SSL_do_handshake(ssl_.get());
    if (done == 1) return finish_handshake();
    why = why_unread(ssl_.get(), done);
  }
  if (why != Unread::kFault) return;
  end(wrong_fingerprint_ ? "the certificate is not the one of the offer"
                         : "DTLS handshake failed: " + last_error());
}

void DtlsEndpoint::finish_handshake() {
  state_ = State::kConnected;
  export_keys();
  if (!keys_) {
    SSL_shutdown(ssl_.get());
    return end("no common SRTP profile");
  }
  read_alerts();  // what came in the same datagram; frees the handshake's buffers too
}

// RFC 5764 section 4.2: client_write_key, server_write_key, client_write_salt, server_write_salt.
void DtlsEndpoint::export_keys() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (!chosen) return;
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  constexpr size_t kKey = 16;
  DtlsKeys keys{static_cast<SrtpProfile>(chosen->id), {}, {}};
  const size_t salt = keys.profile == SrtpProfile::kAeadAes128Gcm ? 12 : 14;
  std::array<uint8_t, 2 * (16 + 14)> material;
  require(SSL_export_keying_material(ssl_.get(), material.data(), 2 * (kKey + salt), kLabel.data(),
                                     kLabel.size(), nullptr, 0, 0) == 1,
          "key export");
  const uint8_t* next = material.data();
  const auto take = [&next](auto& to, size_t size) {
    std::copy_n(next, size, to.begin());
    next += size;
  };
  take(keys.theirs.key, kKey);
  take(keys.ours.key, kKey);
  take(keys.theirs.salt, salt);
  take(keys.ours.salt, salt);
  OPENSSL_cleanse(material.data(), material.size());
  keys_ = keys;
  OPENSSL_cleanse(&keys, sizeof keys);
}

// After the handshake DTLS brings alerts, and a Finished again when ours was lost: OpenSSL then resends its
// flight by itself. Application data (data channels) is nobody's here.
void DtlsEndpoint::read_alerts() {
  SSL_alloc_buffers(ssl_.get());
  std::array<uint8_t, 2048> unwanted;
  int got, forged = 0;
  Unread why;
  do {
    got = SSL_read(ssl_.get(), unwanted.data(), static_cast<int>(unwanted.size()));
    why = why_unread(ssl_.get(), got);
  } while (got > 0 || (why == Unread::kForged && ++forged < kMostKept));
  if (SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN) {
    SSL_shutdown(ssl_.get());  // RFC 5246 section 7.2.1: answer with a close_notify of our own
    end("close_notify");
  } else if (why == Unread::kFault) {
    end("DTLS alert: " + last_error());
  }
  SSL_free_buffers(ssl_.get());
}

void DtlsEndpoint::settle() {
  if (state_ != State::kConnected || alerts_) return;
  alerts_ = DtlsAlerts::of_server(*ssl_);
  if (!alerts_) return;
  ssl_.reset();
  final_flight_ = {};
  deadline_.reset();
}

void DtlsEndpoint::hear_alerts(std::span<const uint8_t> datagram) {
  switch (alerts_->read(datagram)) {
    case DtlsAlerts::Heard::kNothing:
      return;
    case DtlsAlerts::Heard::kCloseNotify:
      out_.write_datagram(alerts_->close_notify());
      return end("close_notify");
    case DtlsAlerts::Heard::kFatalAlert:
      return end("DTLS alert");
  }
}

void DtlsEndpoint::close() {
  if (state_ == State::kConnected && alerts_) {
    out_.write_datagram(alerts_->close_notify());
  } else if (state_ == State::kConnected) {
    SSL_alloc_buffers(ssl_.get());
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    flush();
  }
  end("closed here");
}

// When OpenSSL resends a flight it writes each record by itself; in one datagram they are lost or seen
// together (RFC 6347 section 4.1.1: "Multiple DTLS records may be placed in a single datagram").
void DtlsEndpoint::write_datagram(std::span<const uint8_t> records) {
  if (flight_.size() + records.size() > static_cast<size_t>(kDtlsMtu)) flush();
  flight_.insert(flight_.end(), records.begin(), records.end());
}

void DtlsEndpoint::flush() {
  if (!flight_.empty()) out_.write_datagram(std::exchange(flight_, {}));
}

void DtlsEndpoint::end(std::string cause) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  close_cause_ = std::move(cause);
}

std::optional<DtlsKeys> DtlsEndpoint::take_keys() {
  std::optional<DtlsKeys> taken = keys_;
  if (keys_) OPENSSL_cleanse(&*keys_, sizeof *keys_);
  keys_.reset();
  return taken;
}

void DtlsEndpoint::update_deadline(TimePoint now) {
  timeval left{};
  deadline_.reset();
  if (state_ == State::kConnected) deadline_ = final_again_at_;
  if (state_ != State::kHandshaking || DTLSv1_get_timeout(ssl_.get(), &left) != 1) return;
  // libssl counts by the wall clock: if that was set back, ask again before long.
  const auto wait = std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec};
  deadline_ = now + std::min<Duration>(wait, kDtlsLastTimeout);
}

unsigned int DtlsEndpoint::next_timeout(ssl_st* ssl, unsigned int previous_us) {
  using std::chrono::microseconds;
  const auto& self = *static_cast<const DtlsEndpoint*>(SSL_get_app_data(ssl));
  if (previous_us == 0) return static_cast<unsigned int>(microseconds{self.first_timeout_}.count());
  const auto limit = static_cast<unsigned int>(microseconds{kDtlsLastTimeout}.count());
  return previous_us > limit / 2 ? limit : previous_us * 2;
}

// RFC 8122 section 5: the peer is who holds a certificate with this fingerprint; its issuer and its dates say
// nothing. Called by OpenSSL in the midst of the handshake, so that a stranger gets bad_certificate.
int DtlsEndpoint::verify_peer(x509_store_ctx_st* store, void*) {
  const auto* ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto& self = *static_cast<DtlsEndpoint*>(SSL_get_app_data(ssl));
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  self.wrong_fingerprint_ = !certificate || !self.shows_fingerprint(*certificate);
  if (self.wrong_fingerprint_) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return self.wrong_fingerprint_ ? 0 : 1;
}

bool DtlsEndpoint::shows_fingerprint(const x509_st& certificate) const {
  const EVP_MD* algorithm = digest_of(expected_.algorithm);
  if (!algorithm) return false;
  std::array<uint8_t, EVP_MAX_MD_SIZE> value;
  unsigned int size = 0;
  if (X509_digest(&certificate, algorithm, value.data(), &size) != 1) return false;
  return size == expected_.value.size() && CRYPTO_memcmp(value.data(), expected_.value.data(), size) == 0;
}

}  // namespace thranio::transport
