#include "pipelines/transport/intel_gcm.hpp"

#include <stdexcept>

#include <openssl/crypto.h>

#ifdef THRANIO_IPSEC_MB

#include <intel-ipsec-mb.h>

namespace thranio::transport {
namespace {

// The library's table of functions for this CPU; null where it has no AES instructions. Only read after this,
// and as long-lived as the process.
IMB_MGR* functions() {
  static IMB_MGR* const manager = []() -> IMB_MGR* {
    IMB_MGR* fresh = alloc_mb_mgr(0);
    if (!fresh) return nullptr;
    init_mb_mgr_auto(fresh, nullptr);
    if (imb_get_errno(fresh) == 0 && (fresh->features & IMB_FEATURE_AESNI) != 0) return fresh;
    free_mb_mgr(fresh);
    return nullptr;
  }();
  return manager;
}

const gcm_key_data* as_key(const std::array<uint8_t, 1024>& expanded) {
  return reinterpret_cast<const gcm_key_data*>(expanded.data());
}

}  // namespace

bool IntelGcm::available() {
  return functions() != nullptr;
}

IntelGcm::IntelGcm(const std::array<uint8_t, 16>& key) {
  static_assert(sizeof(gcm_key_data) <= kExpandedKey);
  if (!available()) throw std::runtime_error("libipsec-mb does not know this CPU");
  IMB_AES128_GCM_PRE(functions(), key.data(), reinterpret_cast<gcm_key_data*>(expanded_.data()));
}

IntelGcm::~IntelGcm() {
  OPENSSL_cleanse(expanded_.data(), expanded_.size());
}

void IntelGcm::seal(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv,
                    uint8_t* tag) const {
  alignas(16) gcm_context_data scratch;
  IMB_AES128_GCM_ENC(functions(), as_key(expanded_), &scratch, text.data(), text.data(), text.size(),
                     iv.data(), aad.data(), aad.size(), tag, kGcmTag);
}

bool IntelGcm::open(std::span<uint8_t> text, std::span<const uint8_t> aad, const GcmIv& iv,
                    const uint8_t* tag) const {
  alignas(16) gcm_context_data scratch;
  std::array<uint8_t, kGcmTag> computed;
  IMB_AES128_GCM_DEC(functions(), as_key(expanded_), &scratch, text.data(), text.data(), text.size(),
                     iv.data(), aad.data(), aad.size(), computed.data(), kGcmTag);
  return CRYPTO_memcmp(computed.data(), tag, kGcmTag) == 0;
}

}  // namespace thranio::transport

#else

namespace thranio::transport {

bool IntelGcm::available() {
  return false;
}

IntelGcm::IntelGcm(const std::array<uint8_t, 16>&) {
  throw std::runtime_error("built without libipsec-mb");
}

IntelGcm::~IntelGcm() = default;

void IntelGcm::seal(std::span<uint8_t>, std::span<const uint8_t>, const GcmIv&, uint8_t*) const {}

bool IntelGcm::open(std::span<uint8_t>, std::span<const uint8_t>, const GcmIv&, const uint8_t*) const {
  return false;
}

}  // namespace thranio::transport

#endif
