#include "tests/support/dtls_client.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace thranio::test {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

void use_new_certificate(SSL_CTX* context) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  require(key && certificate, "out of memory");
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 60 * 60);
  X509_set_pubkey(certificate, key);
  require(X509_sign(certificate, key, EVP_sha256()) > 0, "sign");
  require(SSL_CTX_use_certificate(context, certificate) == 1, "use certificate");
  require(SSL_CTX_use_PrivateKey(context, key) == 1, "use key");
  X509_free(certificate);
  EVP_PKEY_free(key);
}

transport::Fingerprint fingerprint_of(const X509* certificate) {
  transport::Fingerprint fingerprint{"sha-256", std::vector<uint8_t>(EVP_MAX_MD_SIZE)};
  unsigned int size = 0;
  require(certificate && X509_digest(certificate, EVP_sha256(), fingerprint.value.data(), &size) == 1,
          "digest");
  fingerprint.value.resize(size);
  return fingerprint;
}

}  // namespace

void DtlsClient::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void DtlsClient::Free::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

DtlsClient::DtlsClient(Send send, const std::string& srtp_profiles)
    : send_(std::move(send)), context_(SSL_CTX_new(DTLS_client_method())) {
  require(context_ != nullptr, "SSL_CTX_new");
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_QUERY_MTU);
  // The test compares fingerprints itself.
  SSL_CTX_set_cert_verify_callback(
      context_.get(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  use_new_certificate(context_.get());
  if (!srtp_profiles.empty())
    require(SSL_CTX_set_tlsext_use_srtp(context_.get(), srtp_profiles.c_str()) == 0, "use_srtp");
  ssl_.reset(SSL_new(context_.get()));
  require(ssl_ != nullptr, "SSL_new");
  BIO* bio = transport::new_datagram_bio(*this);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mtu(ssl_.get(), transport::kDtlsMtu);
  SSL_set_connect_state(ssl_.get());
}

DtlsClient::~DtlsClient() = default;

transport::Fingerprint DtlsClient::fingerprint() const {
  return fingerprint_of(SSL_CTX_get0_certificate(context_.get()));
}

transport::Fingerprint DtlsClient::peer_fingerprint() const {
  return fingerprint_of(SSL_get0_peer_certificate(ssl_.get()));
}

void DtlsClient::start() {
  advance();
}

void DtlsClient::handle(std::span<const uint8_t> datagram) {
  unread = datagram;
  advance();
  unread = {};
}

void DtlsClient::handle_timer() {
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl_.get()) < 0) failed_ = true;
}

std::optional<std::chrono::microseconds> DtlsClient::timer() const {
  timeval left{};
  if (DTLSv1_get_timeout(ssl_.get(), &left) != 1) return {};
  return std::chrono::seconds{left.tv_sec} + std::chrono::microseconds{left.tv_usec};
}

void DtlsClient::close() {
  SSL_shutdown(ssl_.get());
}

bool DtlsClient::connected() const {
  return SSL_is_init_finished(ssl_.get()) == 1;
}

void DtlsClient::advance() {
  ERR_clear_error();
  int result = SSL_do_handshake(ssl_.get());
  std::array<uint8_t, 2048> unwanted;
  while (result > 0)
    result = SSL_read(ssl_.get(), unwanted.data(), static_cast<int>(unwanted.size()));
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) {
    closed_by_peer_ = true;
  } else if (error != SSL_ERROR_WANT_READ) {
    failed_ = true;
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    error_ = reason ? reason : "unknown";
  }
}

transport::DtlsKeys DtlsClient::keys() const {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  require(chosen != nullptr, "no SRTP profile was chosen");
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  transport::DtlsKeys keys{static_cast<transport::SrtpProfile>(chosen->id), {}, {}};
  const size_t salt = keys.profile == transport::SrtpProfile::kAeadAes128Gcm ? 12 : 14;
  std::array<uint8_t, 60> material;
  require(SSL_export_keying_material(ssl_.get(), material.data(), 2 * (16 + salt), kLabel.data(),
                                     kLabel.size(), nullptr, 0, 0) == 1,
          "key export");
  // RFC 5764 section 4.2: client key, server key, client salt, server salt.
  std::copy_n(&material[0], 16, keys.ours.key.begin());
  std::copy_n(&material[16], 16, keys.theirs.key.begin());
  std::copy_n(&material[32], salt, keys.ours.salt.begin());
  std::copy_n(&material[32 + salt], salt, keys.theirs.salt.begin());
  return keys;
}

}  // namespace thranio::test
