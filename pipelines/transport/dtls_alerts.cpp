#include "pipelines/transport/dtls_alerts.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

namespace thranio::transport {
namespace {

constexpr size_t kHeader = 13;  // RFC 6347 section 4.1: type, version, epoch, sequence number, length
constexpr size_t kTag = 16;
constexpr size_t kAlert = 2;  // level and description
constexpr uint8_t kAlertType = 21, kWarning = 1, kFatal = 2, kCloseNotify = 0;

// Epoch 1, sequence number 2^32: far beyond what OpenSSL's few records used, far below where it wraps.
constexpr std::array<uint8_t, 8> kOurSequence{0, 1, 0, 1, 0, 0, 0, 0};

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* c) { EVP_CIPHER_CTX_free(c); })>;

// RFC 5246 section 6.2.3.3: seq_num | type | version | length of the plaintext.
std::array<uint8_t, kHeader> additional_data(std::span<const uint8_t> epoch_and_sequence, size_t size) {
  std::array<uint8_t, kHeader> data{};
  std::copy_n(epoch_and_sequence.begin(), 8, data.begin());
  data[8] = kAlertType;
  data[9] = 0xfe;
  data[10] = 0xfd;
  data[12] = static_cast<uint8_t>(size);
  return data;
}

const EVP_CIPHER* cipher_of(size_t key_size, size_t explicit_iv_size) {
  if (explicit_iv_size == 0) return EVP_chacha20_poly1305();
  return key_size == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
}

// PRF(master_secret, "key expansion", server_random + client_random), RFC 5246 section 6.3.
bool expand_keys(const SSL& ssl, const char* digest, std::span<uint8_t> block) {
  std::array<uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master;
  const size_t master_size = SSL_SESSION_get_master_key(SSL_get_session(&ssl), master.data(), master.size());
  constexpr std::string_view kLabel = "key expansion";
  std::array<uint8_t, kLabel.size() + 2 * SSL3_RANDOM_SIZE> seed;
  uint8_t* const randoms = std::copy(kLabel.begin(), kLabel.end(), seed.data());
  SSL_get_server_random(&ssl, randoms, SSL3_RANDOM_SIZE);
  SSL_get_client_random(&ssl, randoms + SSL3_RANDOM_SIZE, SSL3_RANDOM_SIZE);

  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
  EVP_KDF_CTX* const context = kdf ? EVP_KDF_CTX_new(kdf) : nullptr;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(digest), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master_size),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()), OSSL_PARAM_END};
  const bool done = context && EVP_KDF_derive(context, block.data(), block.size(), parameters) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  OPENSSL_cleanse(master.data(), master.size());
  return done;
}

}  // namespace

// One record as it lies in the datagram.
struct DtlsAlerts::Record {
  uint8_t type;
  std::span<const uint8_t> epoch_and_sequence;
  std::span<const uint8_t> payload;
};

std::optional<DtlsAlerts> DtlsAlerts::of_server(const ssl_st& ssl) {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(&ssl);
  if (!cipher) return {};
  DtlsAlerts alerts;
  alerts.suite_ = static_cast<Suite>(SSL_CIPHER_get_protocol_id(cipher));
  const bool ours = alerts.suite_ == Suite::kAes128Gcm || alerts.suite_ == Suite::kAes256Gcm ||
                    alerts.suite_ == Suite::kChaCha20;
  if (!ours || !alerts.derive(ssl)) return {};
  return alerts;
}

DtlsAlerts::~DtlsAlerts() {
  OPENSSL_cleanse(&ours_, sizeof ours_);
  OPENSSL_cleanse(&theirs_, sizeof theirs_);
}

// RFC 5246 section 6.3: client key, server key, client IV, server IV; AEAD suites have no MAC keys.
bool DtlsAlerts::derive(const ssl_st& ssl) {
  std::array<uint8_t, 2 * (32 + 12)> block;
  const size_t size = 2 * (key_size() + fixed_iv_size());
  const char* digest = suite_ == Suite::kAes256Gcm ? "SHA384" : "SHA256";
  if (!expand_keys(ssl, digest, std::span{block}.first(size))) return false;
  const uint8_t* next = block.data();
  const auto take = [&next](auto& to, size_t bytes) {
    std::copy_n(next, bytes, to.begin());
    next += bytes;
  };
  take(theirs_.key, key_size());
  take(ours_.key, key_size());
  take(theirs_.iv, fixed_iv_size());
  take(ours_.iv, fixed_iv_size());
  OPENSSL_cleanse(block.data(), block.size());
  return true;
}

// AES-GCM sends eight bytes of it (RFC 5288 section 3); ChaCha20 mixes the sequence number in (RFC 7905
// section 2).
std::array<uint8_t, 12> DtlsAlerts::nonce(const Direction& direction,
                                          std::span<const uint8_t> epoch_and_sequence,
                                          std::span<const uint8_t> explicit_iv) const {
  std::array<uint8_t, 12> nonce = direction.iv;
  if (suite_ == Suite::kChaCha20) {
    for (size_t i = 0; i < 8; ++i)
      nonce[4 + i] ^= epoch_and_sequence[i];
  } else {
    std::copy_n(explicit_iv.begin(), 8, nonce.begin() + 4);
  }
  return nonce;
}

DtlsAlerts::Heard DtlsAlerts::read(std::span<const uint8_t> datagram) const {
  while (datagram.size() >= kHeader) {
    const size_t length = static_cast<size_t>(datagram[11]) << 8 | datagram[12];
    if (kHeader + length > datagram.size()) break;
    const Heard heard = read_record({datagram[0], datagram.subspan(3, 8), datagram.subspan(kHeader, length)});
    if (heard != Heard::kNothing) return heard;
    datagram = datagram.subspan(kHeader + length);
  }
  return Heard::kNothing;
}

DtlsAlerts::Heard DtlsAlerts::read_record(const Record& record) const {
  const size_t clear = explicit_iv_size();
  const bool first_epoch = record.epoch_and_sequence[0] == 0 && record.epoch_and_sequence[1] == 1;
  if (record.type != kAlertType || !first_epoch || record.payload.size() != clear + kAlert + kTag)
    return Heard::kNothing;

  std::array<uint8_t, kAlert> alert{};
  std::array<uint8_t, kTag> tag;
  std::copy_n(record.payload.end() - kTag, kTag, tag.begin());
  const auto text = record.payload.subspan(clear, kAlert);
  const auto aad = additional_data(record.epoch_and_sequence, kAlert);
  const auto iv = nonce(theirs_, record.epoch_and_sequence, record.payload.first(clear));
  const Context context{EVP_CIPHER_CTX_new()};
  int size = 0;
  const bool authentic =
      EVP_DecryptInit_ex(context.get(), cipher_of(key_size(), clear), nullptr, theirs_.key.data(),
                         iv.data()) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), alert.data(), &size, text.data(), kAlert) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context.get(), alert.data() + kAlert, &size) == 1;
  if (!authentic) return Heard::kNothing;
  if (alert[1] == kCloseNotify) return Heard::kCloseNotify;
  return alert[0] == kFatal ? Heard::kFatalAlert : Heard::kNothing;
}

std::vector<uint8_t> DtlsAlerts::close_notify() const {
  const size_t clear = explicit_iv_size();
  std::array<uint8_t, 8> explicit_iv;  // random: OpenSSL counts up from a random number of its own
  if (RAND_bytes(explicit_iv.data(), explicit_iv.size()) != 1) return {};
  const std::array<uint8_t, kAlert> alert{kWarning, kCloseNotify};
  const auto aad = additional_data(kOurSequence, kAlert);
  const auto iv = nonce(ours_, kOurSequence, explicit_iv);

  std::vector<uint8_t> record{kAlertType, 0xfe, 0xfd};
  record.insert(record.end(), kOurSequence.begin(), kOurSequence.end());
  record.insert(record.end(), {0, static_cast<uint8_t>(clear + kAlert + kTag)});
  record.insert(record.end(), explicit_iv.begin(), explicit_iv.begin() + static_cast<ptrdiff_t>(clear));
  record.resize(kHeader + clear + kAlert + kTag);
  uint8_t* const text = record.data() + kHeader + clear;
  const Context context{EVP_CIPHER_CTX_new()};
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), cipher_of(key_size(), clear), nullptr, ours_.key.data(), iv.data()) ==
          1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1 &&
      EVP_EncryptUpdate(context.get(), text, &size, alert.data(), kAlert) == 1 &&
      EVP_EncryptFinal_ex(context.get(), text + kAlert, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, text + kAlert) == 1;
  return done ? record : std::vector<uint8_t>{};
}

}  // namespace thranio::transport
