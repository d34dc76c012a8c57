#include "pipelines/transport/subscriber.hpp"

#include <algorithm>
#include <utility>

#include "pipelines/rtp/rtcp.hpp"
#include "pipelines/rtp/twcc.hpp"
#include "pipelines/transport/rtp_fanout.hpp"
#include "pipelines/transport/worker.hpp"

namespace thranio::transport {
namespace {

using namespace std::chrono_literals;

// Sender reports let a browser align voice and picture; three soon, then as seldom as a poor link wants
// (reference: 0.5 kbit/s at two a second).
constexpr auto kEarlyReport = 1s;
constexpr auto kReport = 5s;
constexpr int kEarlyReports = 3;

// A NACK costs its sender 4 bytes and us a packet: no student may turn that into a flood.
constexpr auto kResendWindow = 100ms;
constexpr int kMaxResendsInWindow = 256;
constexpr auto kResendAgain = 150ms;         // and as long as the queue is
constexpr int64_t kUnknownLine = 5'000'000;  // bits a second: whose feedback tells nothing

// The first train of packets tells what a line carries before anything else is sent on it. It may be lost.
constexpr auto kFirstProbeAgain = 700ms;
constexpr int kFirstProbes = 3;
constexpr int64_t kUnprobed = 60'000;  // bits a second: what loses three trains carries no whole voice
constexpr auto kFeedbackWithin = 5s;   // of her first report; else her browser promised what it does not do
constexpr uint64_t kMostRemb = 1'000'000'000;  // bits a second
constexpr auto kTellLine = 1s;
// From so much loss on the small voice is sent twice: of a fifth that is lost, three rounds of asking still
// miss one packet in a hundred, as the asking is lost, too.
constexpr double kRepeatsFrom = 0.12, kRepeatsUntil = 0.08;
constexpr int64_t kRepeatsBits = 18'000;              // bits a second, what the second ones cost
constexpr int64_t kMostRepeated = 8;                  // packets at once
constexpr double kPaced = 0.9;                        // of the estimate; the rest lets a queue drain
constexpr int64_t kThinLine = 64'000;                 // bits a second
constexpr uint8_t kPadding = 200, kThinPadding = 60;  // bytes of a train's packet (RFC 3550 section 5.1)
constexpr auto kPicturesWait = 250ms;
constexpr double kMostLoss = 0.3;  // that is counted with

// NTP time (RFC 3550 section 4) of a steady clock: only differences matter to a receiver, so any epoch common
// to all our streams serves. Sources that have not sent a report yet are placed by their arrival on the same
// clock.
uint64_t ntp_of(TimePoint at) {
  const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  const auto seconds = static_cast<uint64_t>(nanos) / 1'000'000'000u;
  const auto fraction = ((static_cast<uint64_t>(nanos) % 1'000'000'000u) << 32) / 1'000'000'000u;
  return seconds << 32 | fraction;
}

// 32.32 fixed point seconds to ticks of a media clock.
uint32_t ticks(int64_t ntp_difference, uint32_t clock_rate) {
  const auto whole = (ntp_difference >> 32) * clock_rate;
  const auto part =
      static_cast<int64_t>((static_cast<uint64_t>(ntp_difference) & 0xffffffffu) * clock_rate >> 32);
  return static_cast<uint32_t>(whole + part);
}

// What a line leaves beside the media, bits a second: what is lost of either comes again, over the same line.
int64_t beside(int64_t rate, int64_t needed, double loss) {
  const double lost = std::min(loss, kMostLoss);
  const double rest = kPaced * static_cast<double>(rate) - (1 + lost) * static_cast<double>(needed);
  return std::max<int64_t>(0, static_cast<int64_t>((1 - lost) * rest));
}

bool helped_by_holes(const OutStream& stream) {
  return stream.resend_log && !stream.settings.nack;
}

}  // namespace

Subscriber::Subscriber(PeerId id, PeerTransportSettings transport_settings, SubscriberSettings settings,
                       PeerObserver observer, TimePoint now)
    : Peer(std::move(id), std::move(transport_settings), std::move(observer), now),
      settings_(std::move(settings)) {
  streams_.reserve(settings_.streams.size());
  for (const auto& stream : settings_.streams)
    streams_.emplace_back(stream, *this);
}

void Subscriber::media_connected(TimePoint now) {
  // Probes are padding on RTX; a player of pictures without it could never be found to have a good line.
  const auto pictures = [](const OutStream& stream) { return !rtp::is_voice(stream.settings.slot); };
  const auto repairs = [](const OutStream& stream) {
    return std::ranges::any_of(stream.settings.rtx_payload_types,
                               [](uint8_t type) { return type != kNotNegotiated; });
  };
  probes_ = std::ranges::any_of(streams_, repairs);
  const bool can_probe = std::ranges::none_of(streams_, pictures) || probes_;
  if (settings_.transport_sequence_id != 0 && settings_.ladder && can_probe) {
    line_ = std::make_unique<rtp::LineEstimate>(now);
    if (!settings_.line_tape.empty()) line_->record(settings_.line_tape);
    ladder_.emplace(now);
    ladder_->set_highest(highest_rung_);
    ready_ = false;
  } else if (settings_.remb && settings_.ladder) {
    ladder_.emplace(now);
    ladder_->set_highest(highest_rung_);
  }
  for (OutStream& stream : streams_) {
    stream.srtp = transport().sender()->state();
    stream.to = transport().remote();
    stream.numbers = &numbers_;
    stream.transport_sequence_id = settings_.transport_sequence_id;
    stream.line = line_.get();
    // Without RTX a resend is the same packet again.
    if (rtp::is_voice(stream.settings.slot)) stream.resend_log = std::make_unique<ResendLog>();
  }
  next_report_ = now + kEarlyReport;
  connected_at_ = now;
  if (line_) probe(now);
  if (WorkerLesson* lesson = worker().find_lesson(settings_.lesson)) lesson->add_subscriber(*this);
}

void Subscriber::media_closed() {
  next_report_ = TimePoint::max();
  if (WorkerLesson* lesson = worker().find_lesson(settings_.lesson)) lesson->remove_subscriber(*this);
}

void Subscriber::media_moved(const SocketAddress& remote) {
  for (OutStream& stream : streams_)
    stream.to = remote;
}

DropReason Subscriber::handle_rtp(std::span<uint8_t>, TimePoint) {
  return DropReason::kUnknownSsrc;  // a student's session only receives
}

DropReason Subscriber::handle_rtcp(std::span<uint8_t> packet, TimePoint now) {
  struct Feedback final : rtp::RtcpVisitor {
    Feedback(Subscriber& s, TimePoint t) : self(s), now(t) {}
    void nack(uint32_t ssrc, uint16_t sequence) override {
      self.count(&WorkerCounters::nacks_in, &LessonCounters::nacks_in);
      if (OutStream* stream = self.find_stream(ssrc)) self.handle_nack(*stream, sequence, now);
    }
    void picture_loss(uint32_t ssrc) override { self.want_key_frame(ssrc); }
    void full_intra_request(uint32_t ssrc) override { self.want_key_frame(ssrc); }
    void report_block(uint32_t, const rtp::ReportBlock& block) override {
      if (!self.received_at_ && self.find_stream(block.ssrc)) self.received_at_ = now;
    }
    void receiver_estimate(uint64_t bits_per_second) override {
      if (self.line_ || !self.settings_.remb) return;
      self.remb_ = static_cast<int64_t>(std::min<uint64_t>(bits_per_second, kMostRemb));
      self.fed_back_ = true;
    }
    void transport_feedback(std::span<const uint8_t> feedback) override {
      if (self.line_) self.hear_line(feedback, now);
    }
    Subscriber& self;
    TimePoint now;
  } feedback{*this, now};
  return rtp::parse_rtcp(packet, feedback);
}

void Subscriber::count(std::atomic<uint64_t> WorkerCounters::*worker_sum,
                       std::atomic<uint64_t> LessonCounters::*lesson_sum) {
  (worker().counters().*worker_sum).fetch_add(1, std::memory_order_relaxed);
  if (WorkerLesson* lesson = worker().find_lesson(settings_.lesson))
    (lesson->counters().*lesson_sum).fetch_add(1, std::memory_order_relaxed);
}

OutStream* Subscriber::find_stream(uint32_t ssrc) {
  for (OutStream& stream : streams_)
    if (stream.settings.ssrc == ssrc) return &stream;
  return nullptr;
}

void Subscriber::handle_nack(OutStream& stream, uint16_t sequence, TimePoint now) {
  const auto missing = [this] { worker().drops().add(DropReason::kRtxNotInHistory); };
  if (!stream.track) return missing();
  if (now - resend_window_ > kResendWindow) {
    resend_window_ = now;
    resends_in_window_ = 0;
  }
  if (++resends_in_window_ > kMaxResendsInWindow) return missing();
  const auto source = stream.rewriter.source_sequence(sequence);
  const auto* packet = source ? stream.track->history.find(*source) : nullptr;
  if (!packet || !may_resend(stream, sequence, packet->payload.size(), now) ||
      !retransmit(stream, *packet, worker().ring(), now))
    return missing();
  count(&WorkerCounters::retransmissions, &LessonCounters::retransmissions);
}

// A browser asks again before a resend can have come through a long queue: answered each time, the resends
// alone would fill the line. A voice is never refused for what its resends take.
bool Subscriber::may_resend(OutStream& stream, uint16_t sequence, size_t bytes, TimePoint now) const {
  const Duration again = kResendAgain + (line_ ? line_->queue() : Duration{});
  if (stream.resend_log) {
    TimePoint& last = stream.resend_log->resent_at[sequence % ResendLog::kCapacity];
    if (last != TimePoint{} && now - last < again) return false;
    last = now;
    return true;
  }
  if (line_ && line_->tries()) return false;
  if (!stream.resend_budget) stream.resend_budget = std::make_unique<rtp::ResendBudget>();
  return stream.resend_budget->take(sequence, bytes, line_ ? line_->rate() : kUnknownLine, again, now);
}

void Subscriber::hear_line(std::span<const uint8_t> feedback, TimePoint now) {
  static thread_local std::vector<rtp::LineArrival> arrivals;
  arrivals.clear();
  const auto why = rtp::parse_twcc(feedback, [](const rtp::TwccArrival& arrival) {
    arrivals.push_back({arrival.sequence, arrival.received, arrival.at});
  });
  if (why != DropReason::kNone) {
    worker().drops().add(why);
    return;
  }
  fed_back_ = true;
  const auto reference = rtp::twcc_reference(feedback);
  for (auto& arrival : arrivals) {
    arrival.at += reference;
    if (!arrival.received) resend_hole(arrival.sequence, now);
  }
  line_->feedback(arrivals, now);
  // A browser that does not ask again for a voice is helped by what its feedback misses: of every packet.
  numbers_.sparse = line_->calm() && std::ranges::none_of(streams_, &helped_by_holes);
  if (WorkerLesson* lesson = worker().find_lesson(settings_.lesson)) lesson->look_at_line(*this);
}

// Browsers without NACK for a voice (Firefox): what their feedback misses is sent again, once.
void Subscriber::resend_hole(uint16_t transport_sequence, TimePoint now) {
  for (OutStream& stream : streams_) {
    if (!helped_by_holes(stream) || !stream.track) continue;
    auto& log = stream.resend_log->transport_sequence;
    const int64_t newest = stream.rewriter.last_sequence();
    for (int64_t back = 0; back < static_cast<int64_t>(ResendLog::kCapacity) && back < stream.packets;
         ++back) {
      const size_t at = static_cast<size_t>(newest - back) % ResendLog::kCapacity;
      if (log[at] != transport_sequence || stream.resend_log->resent[at]) continue;
      stream.resend_log->resent[at] = true;
      handle_nack(stream, static_cast<uint16_t>(newest - back), now);
      return;
    }
  }
}

// A second time, one or more packets later: bursts are short. Only the small voice, and only where the line
// has room.
void Subscriber::repeat_voice(TimePoint now) {
  repeats_ = line_->loss() >= (repeats_ ? kRepeatsUntil : kRepeatsFrom) &&
             ladder_->rung() <= Rung::kVoiceLow && spare_ >= kRepeatsBits;
  for (OutStream& stream : streams_) {
    if (!stream.resend_log || !stream.track || !stream.rewriter.attached()) continue;
    const int64_t newest = stream.rewriter.last_sequence();
    const int64_t first =
        std::max(std::exchange(stream.resend_log->repeated, newest - 1) + 1, newest - kMostRepeated);
    for (int64_t sequence = first; repeats_ && sequence < newest; ++sequence)
      handle_nack(stream, static_cast<uint16_t>(sequence), now);
  }
  if (repeats_) spare_ -= kRepeatsBits;
}

void Subscriber::forget_line(TimePoint now) {
  end_pace(now);
  for (OutStream& stream : streams_)
    stream.line = nullptr;
  line_.reset();
  ladder_.reset();
  ready_ = true;
}

bool Subscriber::look_at_line(const rtp::RungNeeds& needs, TimePoint now) {
  if (!ladder_) return false;
  // Not from when she connected: on a bad line her browser may have missed the handshake's end, and hears
  // nothing for seconds. To take that for a line of any width would bury it.
  if (!fed_back_ && received_at_ && now - *received_at_ > kFeedbackWithin) {
    forget_line(now);
    return true;
  }
  if (!line_) return look_at_remb(needs, now);
  line_->tick(now);
  numbers_.sparse = numbers_.sparse && line_->calm();
  const bool tried = first_probes_ >= kFirstProbes && now - last_probe_ > kFirstProbeAgain;
  if (tried && probes_ && !line_->probe_result()) line_->suppose(kUnprobed);
  const bool known = line_->probe_result().has_value() || (tried && fed_back_);
  if (!known && now - last_probe_ > kFirstProbeAgain) probe(now);
  const Rung before = ladder_->rung();
  if (const bool silent = line_->silent(now); silent != std::exchange(silent_, silent))
    silent ? ladder_->fell_silent() : ladder_->came_back(needs, line_->rate());
  const Rung rung = ladder_->decide(needs, line_->rate(), known, now);
  if (ladder_->take_probe(needs, line_->rate(), now) || (probes_ && line_->take_train(now))) probe(now);
  // A picture waits until what waits before it is gone.
  spare_ = line_->tries() || line_->queue() > kPicturesWait
               ? 0
               : beside(line_->rate(), needs[static_cast<size_t>(rung)], line_->loss());
  repeat_voice(now);
  set_pace(now);
  const bool was_ready = std::exchange(ready_, ready_ || known || now - connected_at_ > kFirstProbeAgain);
  const bool news = rung != rung_told_ || line_->tries() != std::exchange(tries_, line_->tries());
  if (known && (news || (rung < Rung::kAll && now - line_told_ >= kTellLine))) tell_line(now);
  return rung != before || ready_ != was_ready;
}

// Without transport-wide feedback her browser's own estimate is what there is: it follows what is sent, and
// nothing is probed.
bool Subscriber::look_at_remb(const rtp::RungNeeds& needs, TimePoint now) {
  const Rung before = ladder_->rung();
  const Rung rung = ladder_->decide(needs, remb_.value_or(0), remb_.has_value(), now);
  spare_ = beside(remb_.value_or(0), needs[static_cast<size_t>(rung)], 0);
  if (remb_ && (rung != rung_told_ || (rung < Rung::kAll && now - line_told_ >= kTellLine))) tell_line(now);
  return rung != before;
}

void Subscriber::set_highest_rung(Rung highest) {
  highest_rung_ = highest;
  if (ladder_) ladder_->set_highest(highest);
}

void Subscriber::set_pace(TimePoint now) {
  if (ladder_->rung() == Rung::kAll) return end_pace(now);
  if (pacer_) return pacer_->set_rate(line_->rate(), now);
  pacer_.emplace(line_->rate(), now);
  for (OutStream& stream : streams_)
    stream.pacer = &*pacer_;
}

void Subscriber::end_pace(TimePoint now) {
  if (!pacer_) return;
  for (const Pacer::Held& held : pacer_->release())
    send_held(*held.stream, *held.packet, worker().ring(), now);
  for (OutStream& stream : streams_)
    stream.pacer = nullptr;
  pacer_.reset();
}

void Subscriber::pace(OutStream& stream, std::span<const rtp::MediaPacketPtr> packets, TimePoint now) {
  for (const auto& packet : packets) {
    if (pacer_->hold(stream, packet)) continue;
    // Her line does not keep up. The picture goes on at a key frame, for which the lesson asks.
    pacer_->forget(stream);
    stream.rewriter.detach();
    pacer_->hold(stream, packet);
  }
  send_waiting(now);
  worker().touch(*this);
}

void Subscriber::send_waiting(TimePoint now) {
  while (const auto held = pacer_->take(now))
    send_held(*held->stream, *held->packet, worker().ring(), now);
}

void Subscriber::probe(TimePoint now) {
  ++first_probes_;
  last_probe_ = now;
  const uint16_t first = numbers_.next;
  // A thin line is told by less, and has better to do.
  const uint8_t padding = line_->probe_result() && line_->rate() <= kThinLine ? kThinPadding : kPadding;
  for (OutStream& stream : streams_) {
    if (rtp::is_voice(stream.settings.slot)) continue;
    size_t sent = 0;
    while (sent < rtp::LineEstimate::kProbePackets && send_padding(stream, padding, worker().ring(), now))
      ++sent;
    if (sent == rtp::LineEstimate::kProbePackets) line_->probed(first, sent, now);
    if (sent > 0) return;
  }
}

void Subscriber::tell_line(TimePoint now) {
  line_told_ = now;
  rung_told_ = ladder_->rung();
  if (!settings_.line_changed) return;
  LineState state;
  state.rung = rung_told_;
  state.spare = spare_;
  state.bits_per_second = line_ ? line_->rate() : remb_.value_or(0);
  if (line_) {
    state.loss = line_->loss();
    state.queue = std::chrono::duration_cast<std::chrono::milliseconds>(line_->queue());
  }
  settings_.line_changed(state);
}

void Subscriber::want_key_frame(uint32_t ssrc) {
  count(&WorkerCounters::key_frame_requests_in, &LessonCounters::key_frame_requests_in);
  OutStream* stream = find_stream(ssrc);
  WorkerLesson* lesson = worker().find_lesson(settings_.lesson);
  if (stream && stream->track && lesson) lesson->want_key_frame(*stream->track);
}

void Subscriber::handle_media_timer(TimePoint now) {
  if (pacer_) send_waiting(now);
  if (now < next_report_) return;
  send_reports(now);
  next_report_ = now + (++reports_sent_ < kEarlyReports ? kEarlyReport : kReport);
}

// One compound packet: a sender report for each stream that runs, and our CNAME.
void Subscriber::send_reports(TimePoint now) {
  uint8_t* packet = worker().ring().reserve();
  rtp::RtcpWriter writer({packet, kMaxDatagram - SrtpSender::kMaxRtcpOverhead});
  uint32_t first_ssrc = 0;
  for (const OutStream& stream : streams_) {
    if (!stream.track || !stream.track->clock || stream.packets == 0) continue;
    const SourceClock& clock = *stream.track->clock;
    const uint64_t ntp = clock.ntp + (ntp_of(now) - ntp_of(clock.at));
    rtp::SenderReport report;
    report.ssrc = stream.settings.ssrc;
    report.ntp = ntp;
    report.rtp = clock.rtp +
                 ticks(static_cast<int64_t>(ntp - clock.ntp), rtp::clock_rate(stream.track->codec)) +
                 stream.rewriter.timestamp_offset();
    report.packets = stream.packets;
    report.octets = stream.octets;
    writer.sender_report(report);
    if (first_ssrc == 0) first_ssrc = report.ssrc;
  }
  if (first_ssrc == 0) return;
  writer.cname(first_ssrc, settings_.cname);
  send_protected_rtcp(packet, writer.size());
}

}  // namespace thranio::transport
