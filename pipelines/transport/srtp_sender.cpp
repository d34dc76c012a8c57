// What leaves: one class per cipher, chosen once per peer. RTP is protected without a virtual call: a
// thousand students' packets in a row all take the same branch.
#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <type_traits>

#include <openssl/crypto.h>

#include "pipelines/transport/hot_memory.hpp"
#include "pipelines/transport/intel_gcm.hpp"
#include "pipelines/transport/srtp_crypto.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {

struct SrtpSender::State : OnHotMemory {
  enum class Kind : uint8_t { kIntelGcm, kOpenSslGcm, kCounterMode };

  State(Kind k, uint32_t first_rtcp_index) : kind(k), rtcp_index(first_rtcp_index) {}
  virtual ~State() = default;
  virtual size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) = 0;

  const Kind kind;
  uint32_t rtcp_index;
};

using Kind = SrtpSender::State::Kind;

namespace {

std::span<const uint8_t> head(const uint8_t* packet, size_t size) {
  return {packet, size};
}

std::span<uint8_t> body(uint8_t* packet, size_t header_size, size_t size) {
  return {packet + header_size, size - header_size};
}

// RFC 7714.
template <typename Cipher>
struct GcmSender final : SrtpSender::State {
  static constexpr Kind kKind = std::is_same_v<Cipher, IntelGcm> ? Kind::kIntelGcm : Kind::kOpenSslGcm;

  GcmSender(const SrtpKey& master, uint32_t first_rtcp_index)
      : GcmSender(derive(master, SrtpStream::kRtp), derive(master, SrtpStream::kRtcp), first_rtcp_index) {}
  GcmSender(const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys, uint32_t first_rtcp_index)
      : State(kKind, first_rtcp_index),
        rtp_salt(rtp_keys.salt),
        rtcp_salt(rtcp_keys.salt),
        rtcp_key(rtcp_keys.cipher),
        rtp(rtp_keys.cipher) {}
  ~GcmSender() override { OPENSSL_cleanse(rtcp_key.data(), rtcp_key.size()); }

  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) {
    rtp.seal(body(packet, header_size, size), head(packet, header_size),
             gcm_rtp_iv(packet, roll_over_counter, rtp_salt), packet + size);
    return size + kGcmTag;
  }

  // A sender report a second or so: its key is expanded anew each time, which saves a kilobyte a student.
  size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) override {
    Cipher rtcp{rtcp_key};
    rtcp.seal(body(packet, kRtcpHeader, size), gcm_rtcp_aad(packet, index),
              gcm_rtcp_iv(packet, index, rtcp_salt), packet + size);
    store32(packet + size + kGcmTag, kEncrypted | index);
    return size + kGcmTag + kSrtcpIndex;
  }

  std::array<uint8_t, 14> rtp_salt;
  std::array<uint8_t, 14> rtcp_salt;
  std::array<uint8_t, 16> rtcp_key;
  Cipher rtp;
};

// One per student; tests/bench/srtp.bench.cpp prints what a thousand of them cost a packet.
static_assert(sizeof(GcmSender<IntelGcm>) <= SrtpSender::kStateSize);

// RFC 3711. libipsec-mb has nothing faster for one packet: it hashes many at a time or none.
struct CounterModeSender final : SrtpSender::State {
  CounterModeSender(const SrtpKey& master, uint32_t first_rtcp_index)
      : CounterModeSender(derive(master, SrtpStream::kRtp), derive(master, SrtpStream::kRtcp),
                          first_rtcp_index) {}
  CounterModeSender(const SessionKeys& rtp_keys, const SessionKeys& rtcp_keys, uint32_t first_rtcp_index)
      : State(Kind::kCounterMode, first_rtcp_index),
        rtp_salt(rtp_keys.salt),
        rtcp_salt(rtcp_keys.salt),
        rtcp_key(rtcp_keys.cipher),
        rtp_hmac(rtp_keys.authentication),
        rtcp_hmac(rtcp_keys.authentication),
        rtp(rtp_keys.cipher) {}
  ~CounterModeSender() override { OPENSSL_cleanse(rtcp_key.data(), rtcp_key.size()); }

  size_t protect_rtp(uint8_t* packet, size_t header_size, size_t size, uint32_t roll_over_counter) {
    const uint64_t index = uint64_t{roll_over_counter} << 16 | uint64_t{packet[2]} << 8 | packet[3];
    rtp.apply(body(packet, header_size, size), counter_iv(packet + 8, index, rtp_salt));
    std::array<uint8_t, 4> trailer;  // RFC 3711 section 4.2: the ROC is authenticated, not sent
    store32(trailer.data(), roll_over_counter);
    const auto tag = rtp_hmac.tag(head(packet, size), trailer);
    std::copy(tag.begin(), tag.end(), packet + size);
    return size + tag.size();
  }

  size_t protect_rtcp(uint8_t* packet, size_t size, uint32_t index) override {
    OpenSslCounterMode rtcp{rtcp_key};
    rtcp.apply(body(packet, kRtcpHeader, size), counter_iv(packet + 4, index, rtcp_salt));
    store32(packet + size, kEncrypted | index);
    size += kSrtcpIndex;
    const auto tag = rtcp_hmac.tag(head(packet, size));
    std::copy(tag.begin(), tag.end(), packet + size);
    return size + tag.size();
  }

  std::array<uint8_t, 14> rtp_salt;
  std::array<uint8_t, 14> rtcp_salt;
  std::array<uint8_t, 16> rtcp_key;
  HmacSha1 rtp_hmac;
  HmacSha1 rtcp_hmac;
  OpenSslCounterMode rtp;
};

}  // namespace

SrtpSender::SrtpSender(SrtpProfile profile, const SrtpKey& key, CipherBackend backend,
                       uint32_t first_rtcp_index) {
  if (!available(backend)) throw std::runtime_error("libipsec-mb is not available here");
  if (profile == SrtpProfile::kAes128CmSha1_80) {
    state_ = std::make_unique<CounterModeSender>(key, first_rtcp_index);
  } else if (backend != CipherBackend::kOpenSsl && IntelGcm::available()) {
    state_ = std::make_unique<GcmSender<IntelGcm>>(key, first_rtcp_index);
  } else {
    state_ = std::make_unique<GcmSender<OpenSslGcm>>(key, first_rtcp_index);
  }
}

SrtpSender::~SrtpSender() = default;
SrtpSender::SrtpSender(SrtpSender&&) noexcept = default;
SrtpSender& SrtpSender::operator=(SrtpSender&&) noexcept = default;

bool SrtpSender::available(CipherBackend backend) {
  return backend != CipherBackend::kIpsecMb || IntelGcm::available();
}

size_t SrtpSender::protect_rtp(State& state, uint8_t* packet, size_t header_size, size_t size,
                               uint32_t roll_over_counter) {
  assert(header_size >= 12 && header_size <= size);
  const auto protect = [&](auto& sender) {
    return sender.protect_rtp(packet, header_size, size, roll_over_counter);
  };
  switch (state.kind) {
    case Kind::kIntelGcm:
      return protect(static_cast<GcmSender<IntelGcm>&>(state));
    case Kind::kOpenSslGcm:
      return protect(static_cast<GcmSender<OpenSslGcm>&>(state));
    case Kind::kCounterMode:
      return protect(static_cast<CounterModeSender&>(state));
  }
  return 0;
}

// RFC 3711 section 9.2: after 2^31 SRTCP packets a key must not be used any more.
size_t SrtpSender::protect_rtcp(uint8_t* packet, size_t size) {
  if (size < kRtcpHeader || state_->rtcp_index >= kRtcpIndexEnd) return 0;
  return state_->protect_rtcp(packet, size, state_->rtcp_index++);
}

}  // namespace thranio::transport
