// What enters: SRTP through libsrtp2, which knows replay windows and roll-over estimation for any number of
// SSRCs; SRTCP by our own ciphers. A libsrtp2 session takes 18 KiB, so it is made with the first SRTP packet:
// a student who only listens never needs one.
#include <algorithm>
#include <stdexcept>

#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#include "pipelines/transport/srtcp_opener.hpp"
#include "pipelines/transport/srtp_crypto.hpp"
#include "pipelines/transport/srtp_session.hpp"

namespace thranio::transport {
namespace {

// RFC 3711 section 3.3.2 asks for at least 64; at 3 Mbit/s 1024 packets are three seconds of reordering.
constexpr unsigned long kReplayWindow = 1024;

// libsrtp keeps its ciphers in a table of the process. It also answers bad_param when somebody else in the
// process, such as a GStreamer plugin, was first: whether it works, srtp_create tells.
void start_libsrtp() {
  [[maybe_unused]] static const srtp_err_status_t status = srtp_init();
}

DropReason reason_of(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_ok:
      return DropReason::kNone;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
      return DropReason::kSrtpReplay;
    case srtp_err_status_auth_fail:
      return DropReason::kSrtpAuthentication;
    default:
      return DropReason::kMalformedRtp;
  }
}

}  // namespace

struct SrtpReceiver::State {
  State(SrtpProfile chosen, const SrtpKey& key, CipherBackend backend)
      : rtcp(chosen, key, backend), profile(chosen), master(key) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void open_session();
  bool may_enter(uint32_t ssrc) const;
  void learn(uint32_t ssrc);

  SrtcpOpener rtcp;
  const SrtpProfile profile;
  SrtpKey master;
  srtp_t session = nullptr;  // null until the first SRTP packet
  std::array<uint32_t, kMaxSsrcs> ssrcs{};
  size_t ssrc_count = 0;
};

SrtpReceiver::State::~State() {
  if (session) srtp_dealloc(session);
  OPENSSL_cleanse(&master, sizeof master);
}

void SrtpReceiver::State::open_session() {
  start_libsrtp();
  std::array<uint8_t, 16 + 14> key_and_salt;
  std::copy(master.salt.begin(), master.salt.end(),
            std::copy(master.key.begin(), master.key.end(), key_and_salt.begin()));

  srtp_policy_t policy{};
  const auto which =
      profile == SrtpProfile::kAeadAes128Gcm ? srtp_profile_aead_aes_128_gcm : srtp_profile_aes128_cm_sha1_80;
  srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, which);
  srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, which);
  policy.ssrc.type = ssrc_any_inbound;
  policy.key = key_and_salt.data();
  policy.window_size = kReplayWindow;
  const auto status = srtp_create(&session, &policy);
  OPENSSL_cleanse(key_and_salt.data(), key_and_salt.size());
  if (status != srtp_err_status_ok) throw std::runtime_error("libsrtp2 refuses a session");
}

bool SrtpReceiver::State::may_enter(uint32_t ssrc) const {
  const auto end = ssrcs.begin() + static_cast<ptrdiff_t>(ssrc_count);
  return ssrc_count < kMaxSsrcs || std::find(ssrcs.begin(), end, ssrc) != end;
}

// Only what passed authentication comes here, so nobody but the peer itself can fill the list.
void SrtpReceiver::State::learn(uint32_t ssrc) {
  const auto end = ssrcs.begin() + static_cast<ptrdiff_t>(ssrc_count);
  if (std::find(ssrcs.begin(), end, ssrc) == end) ssrcs[ssrc_count++] = ssrc;
}

SrtpReceiver::SrtpReceiver(SrtpProfile profile, const SrtpKey& key, CipherBackend backend)
    : state_(std::make_unique<State>(profile, key, backend)) {}
SrtpReceiver::~SrtpReceiver() = default;
SrtpReceiver::SrtpReceiver(SrtpReceiver&&) noexcept = default;
SrtpReceiver& SrtpReceiver::operator=(SrtpReceiver&&) noexcept = default;

std::expected<std::span<uint8_t>, DropReason> SrtpReceiver::unprotect_rtp(std::span<uint8_t> packet) {
  if (packet.size() < 12) return std::unexpected(DropReason::kMalformedRtp);
  const uint32_t ssrc = load32(&packet[8]);
  if (!state_->may_enter(ssrc)) return std::unexpected(DropReason::kUnknownSsrc);
  if (!state_->session) state_->open_session();
  int size = static_cast<int>(packet.size());
  const auto status = srtp_unprotect(state_->session, packet.data(), &size);
  if (status != srtp_err_status_ok) return std::unexpected(reason_of(status));
  state_->learn(ssrc);
  return packet.first(static_cast<size_t>(size));
}

std::expected<std::span<uint8_t>, DropReason> SrtpReceiver::unprotect_rtcp(std::span<uint8_t> packet) {
  return state_->rtcp.open(packet);
}

}  // namespace thranio::transport
