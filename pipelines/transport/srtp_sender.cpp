// What leaves: one class per cipher, chosen once per peer. The one virtual call stands before 80 ns of
// ciphering (tests/bench/srtp.bench.cpp).
#include <algorithm>
#include <stdexcept>

#include <openssl/crypto.h>

#ifdef THRANIO_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

#include "pipelines/transport/srtp_crypto.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {

struct SrtpSender::State {
  explicit State(uint32_t first_rtcp_index) : rtcp_index(first_rtcp_index) {}
  virtual ~State() = default;
  virtual size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size,
                             uint32_t roll_over_counter) = 0;
  virtual size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) = 0;

  uint32_t rtcp_index;
};

namespace {

constexpr size_t kRtcpHeader = 8;  // what SRTCP leaves in the clear

std::span<const uint8_t> head(const uint8_t* packet, size_t size) {
  return {packet, size};
}

std::span<uint8_t> body(uint8_t* packet, size_t header_size, size_t size) {
  return {packet + header_size, size - header_size};
}

// --- RFC 7714, OpenSSL ---

struct GcmOpenSsl final : SrtpSender::State {
  GcmOpenSsl(const SrtpKey& master, uint32_t first_rtcp_index)
      : GcmOpenSsl(derive(master, SrtpStream::kRtp), derive(master, SrtpStream::kRtcp), first_rtcp_index) {}
  GcmOpenSsl(const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys, uint32_t first_rtcp_index)
      : State(first_rtcp_index),
        rtp(rtp_keys.cipher),
        rtcp(rtcp_keys.cipher),
        rtp_salt(rtp_keys.salt),
        rtcp_salt(rtcp_keys.salt) {}

  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) override {
    rtp.seal(body(packet, header_size, size), head(packet, header_size),
             gcm_rtp_iv(packet, roll_over_counter, rtp_salt), packet + size);
    return size + kGcmTag;
  }

  size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) override {
    rtcp.seal(body(packet, kRtcpHeader, size), gcm_rtcp_aad(packet, index),
              gcm_rtcp_iv(packet, index, rtcp_salt), packet + size);
    store32(packet + size + kGcmTag, kEncrypted | index);
    return size + kGcmTag + kSrtcpIndex;
  }

  OpenSslGcm rtp;
  OpenSslGcm rtcp;
  std::array<uint8_t, 14> rtp_salt;
  std::array<uint8_t, 14> rtcp_salt;
};

// --- RFC 3711, OpenSSL ---

struct CounterMode final : SrtpSender::State {
  CounterMode(const SrtpKey& master, uint32_t first_rtcp_index)
      : CounterMode(derive(master, SrtpStream::kRtp), derive(master, SrtpStream::kRtcp), first_rtcp_index) {}
  CounterMode(const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys, uint32_t first_rtcp_index)
      : State(first_rtcp_index),
        rtp(rtp_keys.cipher),
        rtcp(rtcp_keys.cipher),
        rtp_hmac(rtp_keys.authentication),
        rtcp_hmac(rtcp_keys.authentication),
        rtp_salt(rtp_keys.salt),
        rtcp_salt(rtcp_keys.salt) {}

  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) override {
    const uint64_t index = uint64_t{roll_over_counter} << 16 | uint64_t{packet[2]} << 8 | packet[3];
    rtp.apply(body(packet, header_size, size), counter_iv(packet + 8, index, rtp_salt));
    std::array<uint8_t, 4> trailer;  // RFC 3711 section 4.2: the ROC is authenticated, not sent
    store32(trailer.data(), roll_over_counter);
    const auto tag = rtp_hmac.tag(head(packet, size), trailer);
    std::copy(tag.begin(), tag.end(), packet + size);
    return size + tag.size();
  }

  size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) override {
    rtcp.apply(body(packet, kRtcpHeader, size), counter_iv(packet + 4, index, rtcp_salt));
    store32(packet + size, kEncrypted | index);
    size += kSrtcpIndex;
    const auto tag = rtcp_hmac.tag(head(packet, size));
    std::copy(tag.begin(), tag.end(), packet + size);
    return size + tag.size();
  }

  OpenSslCounterMode rtp;
  OpenSslCounterMode rtcp;
  HmacSha1 rtp_hmac;
  HmacSha1 rtcp_hmac;
  std::array<uint8_t, 14> rtp_salt;
  std::array<uint8_t, 14> rtcp_salt;
};

// --- RFC 7714, Intel's multi-buffer library ---

#ifdef THRANIO_IPSEC_MB

// The library's table of functions for this CPU; null where it has no AES instructions. Only read after this,
// and as long-lived as the process.
IMB_MGR* intel() {
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

struct GcmIntel final : SrtpSender::State {
  GcmIntel(const SrtpKey& master, uint32_t first_rtcp_index) : State(first_rtcp_index) {
    const SessionKeys rtp_keys = derive(master, SrtpStream::kRtp);
    const SessionKeys rtcp_keys = derive(master, SrtpStream::kRtcp);
    IMB_AES128_GCM_PRE(intel(), rtp_keys.cipher.data(), &rtp);
    rtcp_key = rtcp_keys.cipher;
    rtp_salt = rtp_keys.salt;
    rtcp_salt = rtcp_keys.salt;
  }
  ~GcmIntel() override {
    OPENSSL_cleanse(&rtp, sizeof rtp);
    OPENSSL_cleanse(rtcp_key.data(), rtcp_key.size());
  }

  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) override {
    const GcmIv iv = gcm_rtp_iv(packet, roll_over_counter, rtp_salt);
    uint8_t* const text = packet + header_size;
    alignas(16) gcm_context_data scratch;
    IMB_AES128_GCM_ENC(intel(), &rtp, &scratch, text, text, size - header_size, iv.data(), packet,
                       header_size, packet + size, kGcmTag);
    return size + kGcmTag;
  }

  // A sender report a second or so: its key is expanded anew each time, which saves a kilobyte a student.
  size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) override {
    const GcmIv iv = gcm_rtcp_iv(packet, index, rtcp_salt);
    const GcmAad aad = gcm_rtcp_aad(packet, index);
    uint8_t* const text = packet + kRtcpHeader;
    alignas(16) gcm_context_data scratch;
    alignas(64) gcm_key_data expanded;
    IMB_AES128_GCM_PRE(intel(), rtcp_key.data(), &expanded);
    IMB_AES128_GCM_ENC(intel(), &expanded, &scratch, text, text, size - kRtcpHeader, iv.data(), aad.data(),
                       aad.size(), packet + size, kGcmTag);
    OPENSSL_cleanse(&expanded, sizeof expanded);
    store32(packet + size + kGcmTag, kEncrypted | index);
    return size + kGcmTag + kSrtcpIndex;
  }

  std::array<uint8_t, 14> rtp_salt;
  std::array<uint8_t, 14> rtcp_salt;
  std::array<uint8_t, 16> rtcp_key;
  alignas(64) gcm_key_data rtp;
};

// One per student: four thousand of them are to stay in the second-level cache's reach.
static_assert(sizeof(GcmIntel) <= 1152);

bool intel_present() {
  return intel() != nullptr;
}

#else

using GcmIntel = GcmOpenSsl;  // never chosen

bool intel_present() {
  return false;
}

#endif

}  // namespace

SrtpSender::SrtpSender(SrtpProfile profile, const SrtpKey& key, CipherBackend backend,
                       uint32_t first_rtcp_index) {
  if (backend == CipherBackend::kIpsecMb && !available(backend))
    throw std::runtime_error("no libipsec-mb here");
  if (profile == SrtpProfile::kAes128CmSha1_80) {
    state_ = std::make_unique<CounterMode>(key, first_rtcp_index);
  } else if (backend != CipherBackend::kOpenSsl && intel_present()) {
    state_ = std::make_unique<GcmIntel>(key, first_rtcp_index);
  } else {
    state_ = std::make_unique<GcmOpenSsl>(key, first_rtcp_index);
  }
}

SrtpSender::~SrtpSender() = default;
SrtpSender::SrtpSender(SrtpSender&&) noexcept = default;
SrtpSender& SrtpSender::operator=(SrtpSender&&) noexcept = default;

bool SrtpSender::available(CipherBackend backend) {
  return backend != CipherBackend::kIpsecMb || intel_present();
}

size_t SrtpSender::protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) {
  return state_->protect_rtp(packet, header_size, size, roll_over_counter);
}

// RFC 3711 section 9.2: "the SRTCP index MUST NOT wrap"; after 2^31 packets only new keys help.
size_t SrtpSender::protect_rtcp(uint8_t* packet, size_t size) {
  if (size < kRtcpHeader || state_->rtcp_index >= kRtcpIndexEnd) return 0;
  return state_->protect_rtcp(packet, size, state_->rtcp_index++);
}

}  // namespace thranio::transport
