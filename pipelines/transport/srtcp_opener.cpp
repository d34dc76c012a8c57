#include "pipelines/transport/srtcp_opener.hpp"

#include <algorithm>

#include <openssl/crypto.h>

namespace thranio::transport {

SrtcpOpener::SrtcpOpener(SrtpProfile profile, const SrtpKey& key, CipherBackend backend)
    : SrtcpOpener(profile, derive(key, SrtpStream::kRtcp), backend) {}

SrtcpOpener::SrtcpOpener(SrtpProfile profile, const SessionKeys& keys, CipherBackend backend)
    : tag_size_(profile == SrtpProfile::kAeadAes128Gcm ? kGcmTag : kHmacTag), salt_(keys.salt) {
  if (profile == SrtpProfile::kAes128CmSha1_80) {
    cipher_.emplace<CounterMode>(OpenSslCounterMode{keys.cipher}, HmacSha1{keys.authentication});
  } else if (backend != CipherBackend::kOpenSsl && IntelGcm::available()) {
    cipher_.emplace<IntelGcm>(keys.cipher);
  } else {
    cipher_.emplace<OpenSslGcm>(keys.cipher);
  }
}

std::expected<std::span<uint8_t>, DropReason> SrtcpOpener::open(std::span<uint8_t> packet) {
  const size_t overhead = tag_size_ + kSrtcpIndex;
  if (packet.size() < kRtcpHeader + overhead) return std::unexpected(DropReason::kMalformedRtcp);
  // GCM: text | tag | E and index; counter mode: text | E and index | tag.
  const size_t index_at = packet.size() - (tag_size_ == kGcmTag ? kSrtcpIndex : overhead);
  const uint32_t word = load32(&packet[index_at]);
  if ((word & kEncrypted) == 0) return std::unexpected(DropReason::kMalformedRtcp);  // both profiles encrypt
  const uint32_t index = word & ~kEncrypted;

  const uint32_t ssrc = load32(&packet[4]);
  ReplayWindow* window = find(ssrc);
  if (window && !window->fresh(index)) return std::unexpected(DropReason::kSrtpReplay);
  if (!window && windows_.size() >= SrtpReceiver::kMaxSsrcs) return std::unexpected(DropReason::kUnknownSsrc);

  bool authentic = false;
  if (auto* intel = std::get_if<IntelGcm>(&cipher_)) authentic = open_gcm(*intel, packet, index);
  if (auto* openssl = std::get_if<OpenSslGcm>(&cipher_)) authentic = open_gcm(*openssl, packet, index);
  if (auto* mode = std::get_if<CounterMode>(&cipher_)) authentic = open_counter_mode(*mode, packet, index);
  if (!authentic) return std::unexpected(DropReason::kSrtpAuthentication);

  if (!window) window = &windows_.emplace_back(ReplayWindow{ssrc});
  window->take(index);
  return packet.first(packet.size() - overhead);
}

template <typename Cipher>
bool SrtcpOpener::open_gcm(Cipher& cipher, std::span<uint8_t> packet, uint32_t index) const {
  const size_t text_end = packet.size() - kGcmTag - kSrtcpIndex;
  return cipher.open(packet.subspan(kRtcpHeader, text_end - kRtcpHeader), gcm_rtcp_aad(packet.data(), index),
                     gcm_rtcp_iv(packet.data(), index, salt_), &packet[text_end]);
}

bool SrtcpOpener::open_counter_mode(CounterMode& mode, std::span<uint8_t> packet, uint32_t index) const {
  const auto authenticated = packet.first(packet.size() - kHmacTag);
  const auto tag = mode.hmac.tag(authenticated);
  if (CRYPTO_memcmp(tag.data(), &packet[authenticated.size()], tag.size()) != 0) return false;
  mode.cipher.apply(authenticated.subspan(kRtcpHeader, authenticated.size() - kSrtcpIndex - kRtcpHeader),
                    counter_iv(&packet[4], index, salt_));
  return true;
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
