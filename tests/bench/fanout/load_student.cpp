#include "tests/bench/fanout/load_student.hpp"

#include <cstring>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/transport/first_byte.hpp"
#include "pipelines/transport/stun_message.hpp"

namespace thranio::bench {
namespace {

using namespace std::chrono_literals;

constexpr size_t kBatch = 16;
constexpr size_t kGroBytes = 64 * 1024;
constexpr auto kConsentEvery = 5s;
constexpr auto kCheckAgain = 100ms;
constexpr auto kReportEvery = 1s;
constexpr auto kFeedbackEvery = 100ms;
constexpr double kIpAndUdp = 28;

std::string random_text(size_t length) {
  static std::mt19937 generator{std::random_device{}()};
  static constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < length)
    text += kAlphabet[generator() % kAlphabet.size()];
  return text;
}

std::vector<std::string> lines_of(const std::string& sdp) {
  std::vector<std::string> lines;
  std::istringstream in(sdp);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::string value_of(const std::string& sdp, std::string_view beginning) {
  for (const auto& line : lines_of(sdp))
    if (line.starts_with(beginning)) return line.substr(beginning.size());
  throw std::runtime_error("the server's SDP has no " + std::string(beginning));
}

// Receive buffers, shared by all students of the thread.
struct Buffers {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kBatch * kGroBytes);
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};
  alignas(cmsghdr)
      std::array<std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec))>, kBatch> controls{};
  void prepare() {
    for (size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {bytes.data() + i * kGroBytes, kGroBytes};
      auto& head = messages[i].msg_hdr;
      head.msg_iov = &vectors[i];
      head.msg_iovlen = 1;
      head.msg_control = controls[i].data();
      head.msg_controllen = controls[i].size();
    }
  }
};

// What the kernel says of a message: the size of the datagrams that it joined (0: one), and when it came.
struct Told {
  size_t segment = 0;
  std::optional<std::chrono::system_clock::time_point> arrival;
};

Told told_of(msghdr& message) {
  Told told;
  for (cmsghdr* at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
    if (at->cmsg_level == SOL_UDP && at->cmsg_type == UDP_GRO) {
      int size = 0;
      std::memcpy(&size, CMSG_DATA(at), sizeof size);
      told.segment = static_cast<size_t>(std::max(size, 0));
    } else if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(at), sizeof stamp);
      told.arrival = std::chrono::system_clock::time_point(std::chrono::seconds(stamp.tv_sec) +
                                                           std::chrono::nanoseconds(stamp.tv_nsec));
    }
  }
  return told;
}

}  // namespace

LoadStudent::LoadStudent(bool sampled, double stagger, unsigned line)
    : sampled_(sampled), stagger_(stagger), line_(line), local_{random_text(8), random_text(24)} {
  dtls_ = std::make_unique<test::DtlsClient>([this](std::span<const uint8_t> datagram) { send(datagram); },
                                             "SRTP_AEAD_AES_128_GCM");
  socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const int size = 1024 * 1024, on = 1;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(socket_, SOL_UDP, UDP_GRO, &on, sizeof on);
  if (sampled_) setsockopt(socket_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

LoadStudent::~LoadStudent() {
  close(socket_);
}

std::string LoadStudent::transport_lines(const char* setup) const {
  const auto fingerprint = dtls_->fingerprint();
  std::ostringstream out;
  out << "a=ice-ufrag:" << local_.ufrag << "\r\na=ice-pwd:" << local_.password
      << "\r\na=fingerprint:" << fingerprint.algorithm << ' ';
  char text[4];
  for (size_t i = 0; i < fingerprint.value.size(); ++i) {
    std::snprintf(text, sizeof text, "%s%02X", i ? ":" : "", fingerprint.value[i]);
    out << text;
  }
  out << "\r\na=setup:" << setup << "\r\na=rtcp-mux\r\n";
  return out.str();
}

std::string LoadStudent::offer() const {
  constexpr int kVoices = 3, kPictures = 3;
  const auto transport = transport_lines("actpass");
  std::ostringstream out;
  out << "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3 4 5\r\n";
  for (int mid = 0; mid < kVoices + kPictures; ++mid) {
    const bool video = mid >= kVoices;
    out << (video ? "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" : "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n")
        << "c=IN IP4 0.0.0.0\r\na=mid:" << mid << "\r\na=recvonly\r\n"
        << transport << "a=extmap:3 " << rtp::kTransportSequenceUri << "\r\n";
    if (video)
      out << "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack "
             "pli\r\na=rtcp-fb:96 ccm fir\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";
    else
      out << "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 "
             "minptime=10;useinbandfec=1\r\n";
  }
  return out.str();
}

std::string LoadStudent::answer(const std::string& offered) {
  connect(offered);
  controlled_ = true;
  std::string out = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
  const auto transport = transport_lines("active") + candidate_line();
  for (const auto& line : lines_of(offered)) {
    const auto is = [&line](std::string_view beginning) { return line.starts_with(beginning); };
    if (is("a=group:BUNDLE"))
      out += line + "\r\n";
    else if (is("m="))
      out += line + "\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\n" + transport;
    else if (is("a=mid:") || is("a=rtpmap:") || is("a=fmtp:") || is("a=rtcp-fb:") || is("a=extmap:"))
      out += line + "\r\n";
  }
  return out;
}

// libnice wants to know its peer's address before it lets DTLS through.
std::string LoadStudent::candidate_line() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  char text[INET_ADDRSTRLEN] = "";
  if (::connect(socket_, server_.data(), server_.size()) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
  inet_ntop(AF_INET, &own.sin_addr, text, sizeof text);
  return "a=candidate:1 1 udp 2130706431 " + std::string(text) + " " + std::to_string(ntohs(own.sin_port)) +
         " typ host\r\n";
}

void LoadStudent::connect(const std::string& sdp) {
  // "1 1 udp 2130706431 127.0.0.1 8443 typ host": the first is the one to try.
  std::istringstream candidate(value_of(sdp, "a=candidate:"));
  std::string foundation, component, protocol, priority, address;
  uint16_t port = 0;
  candidate >> foundation >> component >> protocol >> priority >> address >> port;
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) != 1)
    throw std::runtime_error("candidate " + address);
  server_ = transport::SocketAddress(storage);
  for (const auto& line : lines_of(sdp))
    if (line.starts_with("a=extmap:") && line.ends_with(rtp::kTransportSequenceUri))
      transport_sequence_id_ = static_cast<uint8_t>(std::stoi(line.substr(9)));
  stun_.emplace(transport::IceCredentials{value_of(sdp, "a=ice-ufrag:"), value_of(sdp, "a=ice-pwd:")},
                local_);
}

void LoadStudent::receive(TimePoint now) {
  thread_local Buffers buffers;
  buffers.prepare();
  now_ = now;
  const int count = recvmmsg(socket_, buffers.messages.data(), kBatch, 0, nullptr);
  for (int i = 0; i < count; ++i) {
    auto& message = buffers.messages[static_cast<size_t>(i)];
    uint8_t* at = buffers.bytes.data() + static_cast<size_t>(i) * kGroBytes;
    const Told told = told_of(message.msg_hdr);
    const size_t step = told.segment ? told.segment : message.msg_len;
    // The kernel's stamp: how late this tool reads is not the server's latency.
    TimePoint arrival = now;
    if (told.arrival)
      arrival = std::chrono::steady_clock::now() - (std::chrono::system_clock::now() - *told.arrival);
    for (size_t done = 0; done < message.msg_len; done += step)
      handle({at + done, std::min<size_t>(step, message.msg_len - done)}, arrival);
  }
}

void LoadStudent::handle(std::span<uint8_t> datagram, TimePoint now) {
  using transport::DatagramKind;
  switch (transport::kind_of(datagram)) {
    case DatagramKind::kRtp:
      return handle_media(datagram, now);
    case DatagramKind::kRtcp:
      if (!receiver_) return;
      if (const auto plain = receiver_->unprotect_rtcp(datagram)) rtp::parse_rtcp(*plain, *this);
      return;
    case DatagramKind::kStun:
      if (!stun_) return;
      if ((datagram[0] & 1) == 0 &&
          controlled_) {  // a full agent checks us, too (RFC 8489 section 5: a request)
        const auto answer = transport::answer_check(datagram, server_, local_.ufrag, local_.password);
        if (answer.size > 0) send(answer.reply());
        return;
      }
      if (!stun_->read(datagram).success || dtls_started_) return;
      dtls_started_ = true;
      return dtls_->start();
    case DatagramKind::kDtls:
      return handle_dtls(datagram);
    case DatagramKind::kUnknown:
      return;
  }
}

void LoadStudent::handle_dtls(std::span<const uint8_t> datagram) {
  dtls_->handle(datagram);
  if (!dtls_->connected() || sender_) return;
  const auto keys = dtls_->keys();
  sender_.emplace(keys.profile, keys.ours);
  receiver_.emplace(keys.profile, keys.theirs);
  next_report_ = now_ + std::chrono::duration_cast<TimePoint::duration>(kReportEvery * stagger_);
  next_feedback_ = now_ + std::chrono::duration_cast<TimePoint::duration>(kFeedbackEvery * stagger_);
}

void LoadStudent::handle_media(std::span<uint8_t> datagram, TimePoint now) {
  const auto packet = rtp::parse_rtp(datagram);
  if (!packet) return;
  ++packets_;
  bytes_ += datagram.size();
  Arrivals& stream = arrivals_of(packet->ssrc);
  const int64_t sequence = stream.sequence.unwrap(packet->sequence_number);
  if (stream.first == 0 && stream.highest == 0) stream.first = stream.highest = sequence;
  stream.highest = std::max(stream.highest, sequence);
  ++stream.packets;
  if (transport_sequence_id_)
    if (const auto number = rtp::transport_sequence(*packet, transport_sequence_id_)) {
      if (line_ == 0) {
        feedback_.received(*number, now);
      } else {
        const std::chrono::duration<double> carried((static_cast<double>(datagram.size()) + kIpAndUdp) * 8 /
                                                    line_);
        line_free_ = std::max(line_free_, now) + std::chrono::duration_cast<Duration>(carried);
        on_its_way_.emplace_back(*number, line_free_);
      }
    }
  if (!sampled_ || !receiver_) return;
  const auto plain = receiver_->unprotect_rtp(datagram);
  const auto opened = plain ? rtp::parse_rtp(*plain) : std::unexpected(plain.error());
  if (!opened || opened->payload.size() < sizeof(int64_t)) {
    ++unopened_;
    return;
  }
  int64_t sent_at = 0;
  std::memcpy(&sent_at, opened->payload.data() + opened->payload.size() - sizeof sent_at, sizeof sent_at);
  const auto age = now.time_since_epoch() - std::chrono::nanoseconds(sent_at);
  latencies_.push_back(
      static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(age).count()));
}

Arrivals& LoadStudent::arrivals_of(uint32_t ssrc) {
  for (auto& known : arrivals_)
    if (known.ssrc == ssrc) return known;
  arrivals_.emplace_back();
  arrivals_.back().ssrc = ssrc;
  return arrivals_.back();
}

void LoadStudent::sender_report(const rtp::SenderReport& told) {
  Arrivals& stream = arrivals_of(told.ssrc);
  stream.last_report = static_cast<uint32_t>(told.ntp >> 16);
  stream.last_report_at = now_;
}

void LoadStudent::run_timers(TimePoint now) {
  now_ = now;
  if (!stun_) return;
  if (now >= next_check_) {
    send(stun_->check(!controlled_, controlled_ ? test::StunClient::Role::kControlled
                                                : test::StunClient::Role::kControlling));
    next_check_ = now + (connected() ? std::chrono::milliseconds(kConsentEvery) : kCheckAgain);
  }
  if (dtls_started_ && !connected()) dtls_->handle_timer();
  if (!connected()) return;
  if (now >= next_report_) {
    next_report_ += kReportEvery;
    report(now);
  }
  if (now >= next_feedback_) {
    next_feedback_ += kFeedbackEvery;
    tell_arrivals(now);
  }
}

void LoadStudent::report(TimePoint now) {
  std::vector<rtp::ReportBlock> blocks;
  for (const auto& stream : arrivals_) {
    if (stream.packets == 0) continue;
    rtp::ReportBlock block;
    block.ssrc = stream.ssrc;
    block.highest_sequence = static_cast<uint32_t>(stream.highest);
    if (stream.last_report) {
      const auto held =
          std::max(now - stream.last_report_at - kClaimedRoundTrip, TimePoint::duration::zero());
      block.last_report = stream.last_report;
      block.delay_since = static_cast<uint32_t>(std::chrono::duration<double>(held).count() * 65536);
    }
    blocks.push_back(block);
  }
  std::array<uint8_t, 512> buffer;
  rtp::RtcpWriter writer(buffer);
  writer.receiver_report(1, blocks);
  writer.cname(1, "load");
  send_rtcp({buffer.data(), writer.size()});
}

void LoadStudent::tell_arrivals(TimePoint now) {
  for (; !on_its_way_.empty() && on_its_way_.front().second <= now; on_its_way_.pop_front())
    feedback_.received(on_its_way_.front().first, on_its_way_.front().second);
  if (arrivals_.empty() || !feedback_.due(now)) return;
  std::array<uint8_t, 1200> buffer;
  const size_t size = feedback_.write(1, arrivals_.front().ssrc, buffer, now);
  if (size > 0) send_rtcp({buffer.data(), size});
}

void LoadStudent::send_rtcp(std::span<const uint8_t> compound) {
  std::array<uint8_t, 1400> buffer;
  std::memcpy(buffer.data(), compound.data(), compound.size());
  send({buffer.data(), sender_->protect_rtcp(buffer.data(), compound.size())});
}

void LoadStudent::send(std::span<const uint8_t> datagram) const {
  sendto(socket_, datagram.data(), datagram.size(), 0, server_.data(), server_.size());
}

uint64_t LoadStudent::lost() const {
  uint64_t sum = 0;
  for (const auto& stream : arrivals_)
    sum += stream.lost();
  return sum;
}

void LoadStudent::forget_counts() {
  packets_ = bytes_ = unopened_ = 0;
  latencies_.clear();
  for (auto& stream : arrivals_) {
    stream.packets = 0;
    stream.first = stream.highest + 1;
  }
}

}  // namespace thranio::bench
