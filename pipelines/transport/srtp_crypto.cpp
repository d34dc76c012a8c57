// SHA1_Update and its like are deprecated for EVP, which keeps a state on the heap and cannot be copied into
// 20 bytes; they stay for the life of OpenSSL 3.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pipelines/transport/srtp_crypto.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace thranio::transport {
namespace {

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

// Fetched once: a fetch costs as much as twenty packets. Never freed, as they live as long as the process.
const EVP_CIPHER* gcm_cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  return cipher;
}

const EVP_CIPHER* counter_cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  return cipher;
}

CipherContext keyed(const EVP_CIPHER* cipher, const uint8_t* key) {
  CipherContext context{EVP_CIPHER_CTX_new()};
  require(context && EVP_EncryptInit_ex(context.get(), cipher, nullptr, key, nullptr) == 1,
          "OpenSSL refuses a cipher");
  return context;
}

constexpr uint8_t kCipherLabel = 0, kAuthenticationLabel = 1, kSaltLabel = 2;  // added to the stream's first

// One output of the key derivation function: the keystream at x = (label * 2^48) XOR salt, times 2^16.
template <size_t N>
std::array<uint8_t, N> derive_one(OpenSslCounterMode& prf, const SrtpKey& master, uint8_t label) {
  CounterIv iv{};
  std::copy(master.salt.begin(), master.salt.end(), iv.begin());
  iv[7] ^= label;
  std::array<uint8_t, N> out{};
  prf.apply(out, iv);
  return out;
}

SHA_CTX resumed(const std::array<uint32_t, 5>& state) {
  SHA_CTX context{};
  context.h0 = state[0];
  context.h1 = state[1];
  context.h2 = state[2];
  context.h3 = state[3];
  context.h4 = state[4];
  context.Nl = SHA_CBLOCK * 8;  // bits so far: the pad
  return context;
}

std::array<uint32_t, 5> state_after_pad(const std::array<uint8_t, 20>& key, uint8_t pad) {
  std::array<uint8_t, SHA_CBLOCK> block;
  block.fill(pad);
  for (size_t i = 0; i < key.size(); ++i)
    block[i] ^= key[i];
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
  return {context.h0, context.h1, context.h2, context.h3, context.h4};
}

}  // namespace

SessionKeys::~SessionKeys() {
  OPENSSL_cleanse(this, sizeof *this);
}

SessionKeys derive(const SrtpKey& master, SrtpStream stream) {
  const auto first = static_cast<uint8_t>(stream);
  OpenSslCounterMode prf{master.key};
  SessionKeys keys;
  keys.cipher = derive_one<16>(prf, master, first + kCipherLabel);
  keys.authentication = derive_one<20>(prf, master, first + kAuthenticationLabel);
  keys.salt = derive_one<14>(prf, master, first + kSaltLabel);
  return keys;
}

void CipherContextFree::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

OpenSslGcm::OpenSslGcm(const std::array<uint8_t, 16>& key) : context_(keyed(gcm_cipher(), key.data())) {}

void OpenSslGcm::seal(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv, uint8_t* tag) {
  EVP_CIPHER_CTX* context = context_.get();
  int size = 0;
  bool done = EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1;
  done = done && EVP_EncryptUpdate(context, nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1;
  done =
      done && EVP_EncryptUpdate(context, text.data(), &size, text.data(), static_cast<int>(text.size())) == 1;
  done = done && EVP_EncryptFinal_ex(context, text.data() + text.size(), &size) == 1;
  done = done && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTag, tag) == 1;
  require(done, "AES-GCM failed to encrypt");
}

bool OpenSslGcm::open(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv,
                      const uint8_t* tag) {
  EVP_CIPHER_CTX* context = context_.get();
  int size = 0;
  auto* expected = const_cast<uint8_t*>(tag);  // only read
  return EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, iv.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1 &&
         EVP_DecryptUpdate(context, text.data(), &size, text.data(), static_cast<int>(text.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTag, expected) == 1 &&
         EVP_DecryptFinal_ex(context, text.data() + text.size(), &size) == 1;
}

OpenSslCounterMode::OpenSslCounterMode(const std::array<uint8_t, 16>& key)
    : context_(keyed(counter_cipher(), key.data())) {}

void OpenSslCounterMode::apply(std::span<uint8_t> text, const CounterIv& iv) {
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data()) == 1 &&
      EVP_EncryptUpdate(context_.get(), text.data(), &size, text.data(), static_cast<int>(text.size())) == 1;
  require(done, "AES-CTR failed to encrypt");
}

HmacSha1::HmacSha1(const std::array<uint8_t, 20>& key)
    : inner_(state_after_pad(key, 0x36)), outer_(state_after_pad(key, 0x5c)) {}

std::array<uint8_t, kHmacTag> HmacSha1::tag(std::span<const uint8_t> message,
                                            std::span<const uint8_t> trailer) const {
  std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
  SHA_CTX context = resumed(inner_);
  SHA1_Update(&context, message.data(), message.size());
  if (!trailer.empty()) SHA1_Update(&context, trailer.data(), trailer.size());
  SHA1_Final(digest.data(), &context);
  context = resumed(outer_);
  SHA1_Update(&context, digest.data(), digest.size());
  SHA1_Final(digest.data(), &context);
  std::array<uint8_t, kHmacTag> tag;
  std::copy_n(digest.begin(), tag.size(), tag.begin());
  return tag;
}

}  // namespace thranio::transport
