#include "tests/support/media_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/codec_payload.hpp"
#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/rtp/vp9_descriptor.hpp"
#include "pipelines/transport/first_byte.hpp"

namespace thranio::test {
namespace {

using namespace std::chrono_literals;
using transport::DatagramKind;

constexpr auto kTick = 10ms;
constexpr auto kCheckAgain = 100ms;  // until the first answer
constexpr auto kConsentEvery = 5s;   // RFC 7675 section 5.1
constexpr uint8_t kOpus = 111, kVp8 = 96, kVp8Rtx = 97, kVp9 = 98, kVp9Rtx = 99;
constexpr const char* kVp9Lines =
    "a=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\na=rtcp-fb:98 nack\r\na=rtcp-fb:98 nack pli\r\n"
    "a=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\n";
constexpr uint8_t kTransportSequenceId = 3;
constexpr uint8_t kRidId = 5;
constexpr uint8_t kLevelId = 11;
constexpr const char* kRids[TestTeacher::kLayers] = {"l", "m", "h"};
constexpr size_t kReceiveBatch = 64;
constexpr size_t kMaxDatagram = 2048;

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

TimePoint now() {
  return std::chrono::steady_clock::now();
}

uint32_t random_number() {
  static std::mt19937 generator{std::random_device{}()};
  return static_cast<uint32_t>(generator());
}

std::string random_text(size_t length) {
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < length)
    text += kAlphabet[random_number() % kAlphabet.size()];
  return text;
}

// Receive buffers, shared by all peers of this thread.
struct Batch {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kReceiveBatch * kMaxDatagram);
  std::array<iovec, kReceiveBatch> vectors{};
  std::array<mmsghdr, kReceiveBatch> messages{};
  Batch() {
    for (size_t i = 0; i < kReceiveBatch; ++i) {
      vectors[i] = {bytes.data() + i * kMaxDatagram, kMaxDatagram};
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

// The first line that begins so, without its beginning.
std::optional<std::string> find_line(std::string_view sdp, std::string_view beginning) {
  size_t at = 0;
  while (at < sdp.size()) {
    const size_t end = std::min(sdp.find('\n', at), sdp.size());
    auto line = sdp.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(beginning)) return std::string(line.substr(beginning.size()));
    at = end + 1;
  }
  return std::nullopt;
}

std::string need_line(std::string_view sdp, std::string_view beginning) {
  auto line = find_line(sdp, beginning);
  if (!line) throw std::runtime_error("the answer has no " + std::string(beginning));
  return *line;
}

std::vector<std::string> media_sections(const std::string& sdp) {
  std::vector<std::string> sections;
  size_t at = sdp.find("\nm=");
  while (at != std::string::npos) {
    const size_t next = sdp.find("\nm=", at + 1);
    sections.push_back(sdp.substr(at + 1, next == std::string::npos ? next : next - at));
    at = next;
  }
  return sections;
}

std::string hex(std::span<const uint8_t> bytes) {
  std::string text;
  for (const auto byte : bytes) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

uint8_t check_byte(std::span<const uint8_t> bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), uint8_t{0x5a},
                         [](uint8_t sum, uint8_t byte) { return static_cast<uint8_t>(sum * 3 + byte); });
}

// Ends a payload whose codec's header is written: filled up, with the check byte last.
void fill(std::vector<uint8_t>& payload, size_t checked_from, size_t size) {
  while (payload.size() + 1 < size)
    payload.push_back(static_cast<uint8_t>(payload.size() * 7 + random_number()));
  payload.push_back(check_byte(std::span(payload).subspan(checked_from)));
}

bool undamaged(std::span<const uint8_t> payload, size_t checked_from) {
  if (payload.size() <= checked_from) return false;
  const auto checked = payload.subspan(checked_from, payload.size() - checked_from - 1);
  return payload.back() == check_byte(checked);
}

}  // namespace

// --- MediaLoop ---

MediaLoop::MediaLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw_errno("epoll_create1");
}

MediaLoop::~MediaLoop() {
  close(epoll_);
}

void MediaLoop::add(MediaPeer& peer) {
  peers_.push_back(&peer);
  watch(peer);
}

void MediaLoop::remove(MediaPeer& peer) {
  std::erase(peers_, &peer);
}

void MediaLoop::watch(MediaPeer& peer) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &peer;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, peer.socket_, &event) != 0) throw_errno("epoll_ctl");
}

bool MediaLoop::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = now() + limit;
  std::array<epoll_event, 64> events;
  while (!done()) {
    if (now() >= end) return false;
    const int ready = epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(kTick.count()));
    for (int i = 0; i < ready; ++i)
      static_cast<MediaPeer*>(events[static_cast<size_t>(i)].data.ptr)->receive(now());
    if (now() >= next_tick_) {
      next_tick_ = now() + kTick;
      for (auto* peer : peers_)
        peer->run_timers(now());
    }
  }
  return true;
}

// --- MediaPeer ---

MediaPeer::MediaPeer(MediaLoop& loop, const std::string& srtp_profiles) : loop_(loop) {
  new_credentials();
  dtls_ = std::make_unique<DtlsClient>([this](std::span<const uint8_t> datagram) { send_raw(datagram); },
                                       srtp_profiles);
  open_socket();
  loop_.add(*this);
}

MediaPeer::~MediaPeer() {
  loop_.remove(*this);
  close(socket_);
}

Result<void> MediaPeer::join(const Exchange& exchange) {
  const auto fingerprint = dtls_->fingerprint();
  std::ostringstream transport;
  transport << "a=ice-ufrag:" << local_.ufrag << "\r\na=ice-pwd:" << local_.password
            << "\r\na=fingerprint:" << fingerprint.algorithm << ' ' << hex(fingerprint.value)
            << "\r\na=setup:actpass\r\na=rtcp-mux\r\n";
  std::ostringstream offer;
  offer << "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE";
  for (size_t mid = 0; mid < media_count(); ++mid)
    offer << ' ' << mid;
  offer << "\r\n" << media_lines(transport.str());

  auto answer = exchange(offer.str());
  if (!answer) return std::unexpected(answer.error());
  answer_ = *answer;
  const std::string candidate = need_line(answer_, "a=candidate:");
  std::istringstream fields(candidate);
  std::string foundation, component, protocol, priority, address;
  uint16_t port = 0;
  fields >> foundation >> component >> protocol >> priority >> address >> port;
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) != 1)
    throw std::runtime_error("candidate " + candidate);
  server_ = transport::SocketAddress(storage);
  stun_.emplace(
      transport::IceCredentials{need_line(answer_, "a=ice-ufrag:"), need_line(answer_, "a=ice-pwd:")},
      local_);
  take_answer(answer_);
  state_ = State::kChecking;
  send_check();
  return {};
}

void MediaPeer::leave() {
  dtls_->close();
  state_ = State::kClosed;
}

void MediaPeer::rebind() {
  close(socket_);
  open_socket();
  loop_.watch(*this);
  send_check();
}

transport::IceCredentials MediaPeer::new_credentials() {
  local_ = {random_text(8), random_text(24)};
  return local_;
}

void MediaPeer::restart_ice(const transport::IceCredentials& server) {
  stun_.emplace(server, local_);
  send_check();
}

void MediaPeer::send_check() {
  send_raw(stun_->check(true));
  next_check_ = now() + (state_ == State::kChecking ? std::chrono::milliseconds(kCheckAgain) : kConsentEvery);
}

void MediaPeer::send_raw(std::span<const uint8_t> datagram) {
  sendto(socket_, datagram.data(), datagram.size(), 0, server_.data(), server_.size());
}

void MediaPeer::send_rtcp(std::span<const uint8_t> compound) {
  std::array<uint8_t, kMaxDatagram> buffer;
  if (!sender_ || compound.size() + transport::SrtpSender::kMaxRtcpOverhead > buffer.size()) return;
  std::ranges::copy(compound, buffer.begin());
  send_raw({buffer.data(), sender_->protect_rtcp(buffer.data(), compound.size())});
}

void MediaPeer::send_rtp(std::span<const uint8_t> header, std::span<const uint8_t> payload,
                         uint32_t roll_over) {
  std::array<uint8_t, kMaxDatagram> buffer;
  const size_t size = header.size() + payload.size();
  if (!sender_ || size + transport::SrtpSender::kMaxRtpOverhead > buffer.size()) return;
  std::ranges::copy(header, buffer.begin());
  std::ranges::copy(payload, buffer.begin() + static_cast<std::ptrdiff_t>(header.size()));
  send_raw({buffer.data(), sender_->protect_rtp(buffer.data(), header.size(), size, roll_over)});
}

void MediaPeer::send_stray(uint32_t ssrc, uint8_t payload_type) {
  std::array<uint8_t, rtp::kRtpHeaderSize> header{0x80, payload_type};
  rtp::write32(&header[8], ssrc);
  send_rtp(header, std::array<uint8_t, 40>{}, 0);
}

void MediaPeer::open_socket() {
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw_errno("socket");
  const int size = 4 * 1024 * 1024;  // a test that looks away for a moment must not be the one that loses
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

void MediaPeer::receive(TimePoint at) {
  thread_local Batch batch;
  const int count = recvmmsg(socket_, batch.messages.data(), kReceiveBatch, 0, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<size_t>(i);
    handle({batch.bytes.data() + index * kMaxDatagram, batch.messages[index].msg_len}, at);
  }
}

void MediaPeer::handle(std::span<uint8_t> datagram, TimePoint at) {
  switch (transport::kind_of(datagram)) {
    case DatagramKind::kStun:
      if (!stun_ || !stun_->read(datagram).success) return;
      ++checks_answered_;
      if (state_ != State::kChecking) return;
      state_ = State::kShakingHands;
      dtls_->start();
      return;
    case DatagramKind::kDtls:
      return handle_dtls(datagram, at);
    case DatagramKind::kRtp:
      if (!receiver_) return;
      if (const auto plain = receiver_->unprotect_rtp(datagram))
        if (const auto packet = rtp::parse_rtp(*plain)) handle_rtp(*packet, at);
      return;
    case DatagramKind::kRtcp:
      if (!receiver_) return;
      if (const auto plain = receiver_->unprotect_rtcp(datagram)) rtp::parse_rtcp(*plain, rtcp_visitor());
      return;
    case DatagramKind::kUnknown:
      return;
  }
}

void MediaPeer::handle_dtls(std::span<const uint8_t> datagram, TimePoint at) {
  dtls_->handle(datagram);
  if (dtls_->failed() || dtls_->closed_by_peer()) state_ = State::kClosed;
  if (!dtls_->connected() || sender_) return;
  const auto keys = dtls_->keys();
  sender_.emplace(keys.profile, keys.ours);
  receiver_.emplace(keys.profile, keys.theirs);
  state_ = State::kConnected;
  connected_at_ = at;
}

void MediaPeer::run_timers(TimePoint at) {
  if (state_ == State::kNew || state_ == State::kClosed) return;
  if (at >= next_check_) send_check();
  if (state_ == State::kShakingHands) dtls_->handle_timer();
  tick(at);
}

// --- TestStudent ---

TestStudent::TestStudent(MediaLoop& loop, size_t voices, size_t pictures, const std::string& srtp_profiles)
    : MediaPeer(loop, srtp_profiles), voices_(voices), streams_(voices + pictures) {
  for (size_t i = voices; i < streams_.size(); ++i)
    streams_[i].video = true;
}

std::string TestStudent::media_lines(const std::string& transport_lines) const {
  std::ostringstream out;
  for (size_t mid = 0; mid < streams_.size(); ++mid) {
    out << (!streams_[mid].video ? "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
            : knows_vp9_         ? "m=video 9 UDP/TLS/RTP/SAVPF 98 99 96 97\r\n"
                                 : "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n")
        << "c=IN IP4 0.0.0.0\r\na=mid:" << mid << "\r\na=recvonly\r\n"
        << transport_lines;
    if (offers_line_)
      out << "a=extmap:" << int{kTransportSequenceId} << ' ' << rtp::kTransportSequenceUri << "\r\n";
    if (streams_[mid].video)
      out << "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n"
             "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
          << (offers_remb_ ? "a=rtcp-fb:96 goog-remb\r\n" : "") << (knows_vp9_ ? kVp9Lines : "");
    else
      out << "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n";
  }
  return out.str();
}

void TestStudent::take_answer(const std::string& sdp) {
  const auto sections = media_sections(sdp);
  for (size_t i = 0; i < sections.size() && i < streams_.size(); ++i) {
    std::istringstream group(find_line(sections[i], "a=ssrc-group:FID ").value_or(""));
    group >> streams_[i].ssrc >> streams_[i].rtx_ssrc;
    if (streams_[i].ssrc != 0) continue;
    std::istringstream alone(find_line(sections[i], "a=ssrc:").value_or(""));
    alone >> streams_[i].ssrc;
  }
}

void TestStudent::handle_rtp(const rtp::RtpPacketView& packet, TimePoint at) {
  if (lost_ && lost_(packet)) return;
  if (tells_line_)
    if (const auto number = rtp::transport_sequence(packet, kTransportSequenceId))
      twcc_.received(*number, at);
  for (auto& stream : streams_) {
    if (packet.ssrc == stream.ssrc)
      return account(stream, packet.sequence_number, packet, packet.payload, false, at);
    if (packet.ssrc == stream.rtx_ssrc && packet.payload.size() > 2)  // RFC 4588 section 4: OSN first
      return account(stream, rtp::read16(packet.payload.data()), packet, packet.payload.subspan(2), true, at);
  }
  ++unknown_ssrcs_;
}

void TestStudent::account(ReceivedStream& stream, uint16_t number, const rtp::RtpPacketView& packet,
                          std::span<const uint8_t> payload, bool recovered, TimePoint at) {
  const auto newest = stream.sequence.newest();
  if (recovered && !newest) return;  // RTX of what came before our time
  const int64_t sequence = stream.sequence.unwrap(number);
  if (newest && sequence <= *newest) {
    if (stream.missing.erase(sequence) == 0) {
      ++stream.duplicates;
      return;
    }
  } else if (newest) {
    for (int64_t missing = *newest + 1; missing < sequence; ++missing)
      stream.missing.insert(missing);
    if (static_cast<int32_t>(packet.timestamp - stream.last_timestamp) < 0) ++stream.timestamp_reversals;
    stream.last_timestamp = packet.timestamp;
  } else {
    stream.last_timestamp = packet.timestamp;
    stream.first_packet_at = at;
  }
  ++stream.packets;
  if (recovered) ++stream.recovered;
  if (payload.empty()) return;  // padding alone
  if (!stream.video) stream.spans[sequence] = {packet.timestamp, rtp::opus_samples(payload)};
  if (packet.marker) ++stream.frames;
  stream.last_payload = payload.size();
  size_t checked_from = 1;
  if (stream.video) {
    const auto from = look_at_picture(stream, packet.payload_type, payload);
    if (!from) {
      ++stream.damaged;
      return;
    }
    checked_from = *from;
  }
  if (!undamaged(payload, checked_from)) ++stream.damaged;
}

std::optional<size_t> TestStudent::look_at_picture(ReceivedStream& stream, uint8_t payload_type,
                                                   std::span<const uint8_t> payload) {
  const auto look = [&](const auto& descriptor) -> std::optional<size_t> {
    if (!descriptor) return std::nullopt;
    if (descriptor->starts_key_frame) ++stream.key_frames;
    if (stream.packets == 1) stream.began_with_key_frame = descriptor->starts_key_frame;
    return descriptor->size;
  };
  const bool vp9 = payload_type == kVp9 || payload_type == kVp9Rtx;
  return vp9 ? look(rtp::parse_vp9(payload)) : look(rtp::parse_vp8(payload));
}

void TestStudent::nack_missing() {
  for (const auto& stream : streams_) {
    if (stream.missing.empty()) continue;
    std::vector<uint16_t> numbers;
    for (const auto missing : stream.missing)
      numbers.push_back(static_cast<uint16_t>(missing));
    std::array<uint8_t, 1200> buffer;
    rtp::RtcpWriter writer(buffer);
    writer.receiver_report(1, {});
    writer.nack(1, stream.ssrc, numbers);
    send_rtcp({buffer.data(), writer.size()});
  }
}

void TestStudent::tick(TimePoint now) {
  if (!tells_line_ || !connected() || !twcc_.due(now)) return;
  std::array<uint8_t, 1200> buffer;
  if (const size_t size = twcc_.write(1, streams_[0].ssrc, buffer, now)) send_rtcp({buffer.data(), size});
}

void TestStudent::request_key_frame(const ReceivedStream& stream) {
  std::array<uint8_t, 64> buffer;
  rtp::RtcpWriter writer(buffer);
  writer.receiver_report(1, {});
  writer.picture_loss(1, stream.ssrc);
  send_rtcp({buffer.data(), writer.size()});
}

// draft-alvestrand-rmcat-remb-03 section 2.2; of no stream in particular.
void TestStudent::send_remb(uint32_t bits_per_second) {
  uint32_t exponent = 0;
  for (; bits_per_second >> exponent > 0x3ffff; ++exponent) {
  }
  std::array<uint8_t, 20> packet{0x8f, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B'};
  rtp::write32(packet.data() + 16, exponent << 18 | bits_per_second >> exponent);
  send_rtcp(packet);
}

void TestStudent::send_receiver_report() {
  std::vector<rtp::ReportBlock> blocks;
  for (const auto& stream : streams_) {
    if (stream.packets == 0) continue;
    rtp::ReportBlock block;
    block.ssrc = stream.ssrc;
    block.highest_sequence = static_cast<uint32_t>(*stream.sequence.newest());
    blocks.push_back(block);
  }
  std::array<uint8_t, 512> buffer;
  rtp::RtcpWriter writer(buffer);
  writer.receiver_report(1, blocks);
  send_rtcp({buffer.data(), writer.size()});
}

void TestStudent::sender_report(const rtp::SenderReport& report) {
  for (auto& stream : streams_)
    if (stream.ssrc == report.ssrc) ++stream.sender_reports;
}

// --- TestTeacher ---

TestTeacher::TestTeacher(MediaLoop& loop, const std::string& srtp_profiles)
    : MediaPeer(loop, srtp_profiles), rtx_ssrc_(random_number()), history_(kHistory) {
  voice_.ssrc = random_number();
  voice_.payload_type = kOpus;
  picture_.ssrc = random_number();
  picture_.payload_type = kVp8;
  for (Layer& layer : layers_) {
    layer.ssrc = random_number();
    layer.payload_type = kVp8;
    layer.timestamp = random_number();
  }
}

std::string TestTeacher::media_lines(const std::string& transport_lines) const {
  std::ostringstream out;
  out << "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\n"
      << transport_lines << "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
      << "a=extmap:" << int{kLevelId} << ' ' << rtp::kAudioLevelUri << "\r\n"
      << "a=ssrc:" << voice_.ssrc << " cname:teacher\r\n"
      << "m=video 9 UDP/TLS/RTP/SAVPF " << (scalable_ ? "98 99" : "96 97")
      << "\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\n"
      << transport_lines;
  if (scalable_)
    out << kVp9Lines;
  else
    out << "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n"
           "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
  if (layered_) {
    out << "a=extmap:" << int{kRidId} << ' ' << rtp::kRidUri << "\r\n";
    for (const char* rid : kRids)
      out << "a=rid:" << rid << " send\r\n";
    out << "a=simulcast:send l;m;h\r\n";
    return out.str();
  }
  out << "a=ssrc-group:FID " << picture_.ssrc << ' ' << rtx_ssrc_ << "\r\na=ssrc:" << picture_.ssrc
      << " cname:teacher\r\na=ssrc:" << rtx_ssrc_ << " cname:teacher\r\n";
  return out.str();
}

void TestTeacher::send_voice(uint8_t level) {
  voice_.timestamp += 960;
  std::vector<uint8_t> payload{0x78};  // RFC 6716 section 3.1: one 20 ms CELT frame
  fill(payload, 1, 80);
  send(voice_, false, payload, tells_levels_ ? std::optional(level) : std::nullopt);
}

void TestTeacher::send_frame(size_t packets, bool key) {
  key = key || key_wanted_;
  key_wanted_ = false;
  picture_.timestamp += 3600;
  picture_id_ = static_cast<uint16_t>((picture_id_ + 1) & 0x7fff);
  for (size_t i = 0; i < packets; ++i) {
    // RFC 7741 section 4.2: X; S on the first packet; I with a 15-bit picture id.
    std::vector<uint8_t> payload{static_cast<uint8_t>(i == 0 ? 0x90 : 0x80), 0x80,
                                 static_cast<uint8_t>(0x80 | (picture_id_ >> 8)),
                                 static_cast<uint8_t>(picture_id_)};
    if (i == 0 && key)
      payload.insert(payload.end(), {0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01});  // 640x360
    else
      payload.insert(payload.end(), {0x11, 0, 0});
    fill(payload, 4, 1000);
    send(picture_, i + 1 == packets, payload);
  }
}

// RFC 9628 section 4.2: I, P, L, B, E, V and Z; a 15-bit picture id, the layer's indices, TL0PICIDX.
void TestTeacher::send_scalable(uint8_t layers) {
  const bool key = std::exchange(key_wanted_, false);
  if (key) pictures_ = 0;
  const uint8_t temporal = pictures_++ % 2 == 0 ? 0 : 1;
  if (temporal == 0) ++base_index_;
  picture_.payload_type = kVp9;
  picture_.timestamp += 3600;
  picture_id_ = static_cast<uint16_t>((picture_id_ + 1) & 0x7fff);
  for (uint8_t layer = 0; layer < layers; ++layer)
    for (const bool first : {true, false}) {
      const bool tells = key && first && layer == 0;
      const int flags = 0x80 | (key ? 0 : 0x40) | 0x20 | (first ? 0x08 : 0x04) | (tells ? 0x02 : 0) |
                        (key && layer + 1 < layers ? 0 : 0x01);
      std::vector<uint8_t> payload{
          static_cast<uint8_t>(flags), static_cast<uint8_t>(0x80 | (picture_id_ >> 8)),
          static_cast<uint8_t>(picture_id_),
          static_cast<uint8_t>(temporal << 5 | layer << 1 | (key && layer > 0 ? 1 : 0)), base_index_};
      if (tells) {
        payload.push_back(static_cast<uint8_t>((layers - 1) << 5 | 0x10));
        for (uint8_t each = 0; each < layers; ++each) {
          const auto height = static_cast<uint16_t>(135 << each), width = static_cast<uint16_t>(240 << each);
          payload.insert(payload.end(), {static_cast<uint8_t>(width >> 8), static_cast<uint8_t>(width),
                                         static_cast<uint8_t>(height >> 8), static_cast<uint8_t>(height)});
        }
      }
      const size_t descriptor = payload.size();
      fill(payload, descriptor, kLayerBytes[layer]);
      send(picture_, layer + 1 == layers && !first, payload);
    }
}

void TestTeacher::send_layer(size_t which) {
  Layer& layer = layers_[which];
  const bool key = std::exchange(layer.key_wanted, false);
  if (key) layer.frames = 0;
  static constexpr std::array<uint8_t, 4> kTemporal{0, 2, 1, 2};
  const uint8_t temporal = kTemporal[layer.frames++ % kTemporal.size()];
  if (temporal == 0) ++layer.base_index;
  layer.timestamp += 3600;
  layer.picture_id = static_cast<uint16_t>((layer.picture_id + 1) & 0x7fff);
  for (size_t i = 0; i < 2; ++i) {
    // RFC 7741 section 4.2: I, L and T.
    std::vector<uint8_t> payload{static_cast<uint8_t>(i == 0 ? 0x90 : 0x80),
                                 0xe0,
                                 static_cast<uint8_t>(0x80 | (layer.picture_id >> 8)),
                                 static_cast<uint8_t>(layer.picture_id),
                                 layer.base_index,
                                 static_cast<uint8_t>(temporal << 6)};
    if (i == 0 && key)
      payload.insert(payload.end(), {0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01});
    else
      payload.insert(payload.end(), {0x11, 0, 0});
    fill(payload, 6, kLayerBytes[which]);
    // One-byte extension (RFC 8285 section 4.2): the rid, in every packet.
    std::array<uint8_t, rtp::kRtpHeaderSize + 8> header{};
    header[0] = 0x90;
    header[1] = static_cast<uint8_t>(layer.payload_type | (i == 1 ? 0x80 : 0));
    rtp::write16(&header[2], static_cast<uint16_t>(layer.sequence));
    rtp::write32(&header[4], layer.timestamp);
    rtp::write32(&header[8], layer.ssrc);
    rtp::write32(&header[12], 0xbede0001);
    header[16] = static_cast<uint8_t>(kRidId << 4);
    header[17] = static_cast<uint8_t>(kRids[which][0]);
    send_rtp(header, payload, layer.sequence >> 16);
    ++layer.sequence;
    ++layer.packets;
  }
}

void TestTeacher::send(Sending& stream, bool marker, std::span<const uint8_t> payload,
                       std::optional<uint8_t> level) {
  std::array<uint8_t, rtp::kRtpHeaderSize + 8> whole{};
  const auto header = std::span(whole).first(level ? whole.size() : rtp::kRtpHeaderSize);
  header[0] = 0x80;
  header[1] = static_cast<uint8_t>(stream.payload_type | (marker ? 0x80 : 0));
  if (level) {  // RFC 8285 section 4.2: one element of one byte
    header[0] = 0x90;
    rtp::write32(&header[12], 0xbede0001);
    header[16] = static_cast<uint8_t>(kLevelId << 4);
    header[17] = *level;
  }
  rtp::write16(&header[2], static_cast<uint16_t>(stream.sequence));
  rtp::write32(&header[4], stream.timestamp);
  rtp::write32(&header[8], stream.ssrc);
  if (&stream == &picture_) {
    Sent& sent = history_[stream.sequence % kHistory];
    sent.sequence = stream.sequence;
    sent.packet.assign(header.begin(), header.end());
    sent.packet.insert(sent.packet.end(), payload.begin(), payload.end());
  }
  const bool lost = &stream == &picture_ && std::exchange(lose_next_, false);
  // The roll-over counter begins at 0 with the first packet: `sequence` is extended from there.
  if (!lost) send_rtp(header, payload, stream.sequence >> 16);
  ++stream.sequence;
  ++stream.packets;
}

void TestTeacher::nack(uint32_t media_ssrc, uint16_t sequence) {
  if (media_ssrc != picture_.ssrc) return;
  ++asked_again_;
  for (const auto& sent : history_) {
    if (sent.packet.empty() || static_cast<uint16_t>(sent.sequence) != sequence) continue;
    std::array<uint8_t, rtp::kRtpHeaderSize> header;
    std::copy_n(sent.packet.begin(), header.size(), header.begin());
    header[1] = static_cast<uint8_t>((header[1] & 0x80) | (scalable_ ? kVp9Rtx : kVp8Rtx));
    rtp::write16(&header[2], static_cast<uint16_t>(rtx_sequence_));
    rtp::write32(&header[8], rtx_ssrc_);
    std::vector<uint8_t> payload(2);
    rtp::write16(payload.data(), sequence);
    payload.insert(payload.end(), sent.packet.begin() + rtp::kRtpHeaderSize, sent.packet.end());
    send_rtp(header, payload, rtx_sequence_ >> 16);
    ++rtx_sequence_;
  }
}

void TestTeacher::picture_loss(uint32_t media_ssrc) {
  for (Layer& layer : layers_) {
    if (media_ssrc != layer.ssrc) continue;
    ++layer.key_frame_requests;
    layer.key_wanted = true;
  }
  if (media_ssrc != picture_.ssrc) return;
  ++key_frame_requests_;
  key_wanted_ = true;
}

void TestTeacher::send_reports() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wall);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(wall - seconds);
  // RFC 3550 section 4: 32.32 since 1900, 2208988800 s before 1970.
  const uint64_t ntp = ((static_cast<uint64_t>(seconds.count()) + 2'208'988'800u) << 32) |
                       ((static_cast<uint64_t>(rest.count()) << 32) / 1'000'000'000u);
  std::array<uint8_t, 256> buffer;
  for (const auto* stream : {&voice_, &picture_}) {
    rtp::RtcpWriter writer(buffer);
    writer.sender_report({stream->ssrc, ntp, stream->timestamp, static_cast<uint32_t>(stream->packets), 0});
    writer.cname(stream->ssrc, "teacher");
    send_rtcp({buffer.data(), writer.size()});
  }
}

}  // namespace thranio::test
