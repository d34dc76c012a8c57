#include "pipelines/transport/srtcp_opener.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "pipelines/transport/intel_gcm.hpp"
#include "pipelines/transport/srtp_crypto.hpp"

namespace thranio::transport {

struct SrtcpOpener::Cipher {
  virtual ~Cipher() = default;
  // False when the packet is not authentic; its text is then worthless.
  virtual bool open(std::span<uint8_t> packet, uint32_t index) = 0;
};

namespace {

// RFC 7714 section 9: header | text | tag | E and index.
template <typename Gcm>
struct GcmCipher final : SrtcpOpener::Cipher {
  explicit GcmCipher(const SessionKeys& keys) : salt(keys.salt), gcm(keys.cipher) {}

  bool open(std::span<uint8_t> packet, uint32_t index) override {
    const size_t text_end = packet.size() - kGcmTag - kSrtcpIndex;
    return gcm.open(packet.subspan(kRtcpHeader, text_end - kRtcpHeader), gcm_rtcp_aad(packet.data(), index),
                    gcm_rtcp_iv(packet.data(), index, salt), &packet[text_end]);
  }

  std::array<uint8_t, 14> salt;
  Gcm gcm;
};

// RFC 3711 section 3.4: header | text | E and index | tag.
struct CounterModeCipher final : SrtcpOpener::Cipher {
  explicit CounterModeCipher(const SessionKeys& keys)
      : salt(keys.salt), cipher(keys.cipher), hmac(keys.authentication) {}

  bool open(std::span<uint8_t> packet, uint32_t index) override {
    const auto authenticated = packet.first(packet.size() - kHmacTag);
    const auto tag = hmac.tag(authenticated);
    if (CRYPTO_memcmp(tag.data(), &packet[authenticated.size()], tag.size()) != 0) return false;
    cipher.apply(authenticated.subspan(kRtcpHeader, authenticated.size() - kSrtcpIndex - kRtcpHeader),
                 counter_iv(&packet[4], index, salt));
    return true;
  }

  std::array<uint8_t, 14> salt;
  OpenSslCounterMode cipher;
  HmacSha1 hmac;
};

std::unique_ptr<SrtcpOpener::Cipher> make_cipher(SrtpProfile profile, const SessionKeys& keys,
                                                 CipherBackend backend) {
  if (profile == SrtpProfile::kAes128CmSha1_80) return std::make_unique<CounterModeCipher>(keys);
  if (backend != CipherBackend::kOpenSsl && IntelGcm::available())
    return std::make_unique<GcmCipher<IntelGcm>>(keys);
  return std::make_unique<GcmCipher<OpenSslGcm>>(keys);
}

}  // namespace

SrtcpOpener::SrtcpOpener(SrtpProfile profile, const SrtpKey& key, CipherBackend backend)
    : tag_size_(profile == SrtpProfile::kAeadAes128Gcm ? kGcmTag : kHmacTag),
      cipher_(make_cipher(profile, derive(key, SrtpStream::kRtcp), backend)) {}

SrtcpOpener::~SrtcpOpener() = default;

std::expected<std::span<uint8_t>, DropReason> SrtcpOpener::open(std::span<uint8_t> packet) {
  const size_t overhead = tag_size_ + kSrtcpIndex;
  if (packet.size() < kRtcpHeader + overhead) return std::unexpected(DropReason::kMalformedRtcp);
  const size_t index_at = packet.size() - (tag_size_ == kGcmTag ? kSrtcpIndex : overhead);
  const uint32_t word = load32(&packet[index_at]);
  if ((word & kEncrypted) == 0) return std::unexpected(DropReason::kMalformedRtcp);  // both profiles encrypt
  const uint32_t index = word & ~kEncrypted;

  const uint32_t ssrc = load32(&packet[4]);
  ReplayWindow* window = find(ssrc);
  if (window && !window->fresh(index)) return std::unexpected(DropReason::kSrtpReplay);
  if (!window && windows_.size() >= SrtpReceiver::kMaxSsrcs) return std::unexpected(DropReason::kUnknownSsrc);

  if (!cipher_->open(packet, index)) return std::unexpected(DropReason::kSrtpAuthentication);
  if (!window) window = &windows_.emplace_back(ReplayWindow{ssrc});
  window->take(index);
  return packet.first(packet.size() - overhead);
}

SrtcpOpener::ReplayWindow* SrtcpOpener::find(uint32_t ssrc) {
  const auto found = std::find_if(windows_.begin(), windows_.end(),
                                  [ssrc](const ReplayWindow& window) { return window.ssrc == ssrc; });
  return found == windows_.end() ? nullptr : &*found;
}

bool SrtcpOpener::ReplayWindow::fresh(uint32_t index) const {
  if (index > highest || seen == 0) return true;
  const uint32_t back = highest - index;
  return back < 64 && (seen >> back & 1) == 0;
}

void SrtcpOpener::ReplayWindow::take(uint32_t index) {
  if (seen == 0 || index > highest) {
    const uint32_t ahead = index - highest;
    seen = seen == 0 || ahead >= 64 ? 1 : seen << ahead | 1;
    highest = index;
  } else {
    seen |= uint64_t{1} << (highest - index);
  }
}

}  // namespace thranio::transport
