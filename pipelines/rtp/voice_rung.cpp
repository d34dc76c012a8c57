#include "pipelines/rtp/voice_rung.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <opus/opus.h>

namespace thranio::rtp {
namespace {

// Speech up to 8 kHz is what 12 kbit/s carries: decoded at that rate a voice costs a third.
constexpr int kRate = 16'000;
constexpr uint32_t kTicks = 48'000 / kRate;           // of the RTP clock in a sample
constexpr size_t kMostInPacket = kRate * 120 / 1000;  // RFC 6716 section 3.2.5
constexpr size_t kLargestPacket = 1275 * 2;           // 120 ms are two frames of 60 at most

// Half of what the highest complexity costs, and at 12 kbit/s nobody hears the difference.
constexpr int kComplexity = 5;

}  // namespace

VoiceRung::VoiceRung(VoiceRungSettings settings, Send send)
    : settings_(settings),
      send_(std::move(send)),
      samples_per_packet_(static_cast<size_t>(settings.packet.count()) * kRate / 1000) {
  int error = OPUS_OK;
  decoder_.reset(opus_decoder_create(kRate, 1, &error));
  if (error == OPUS_OK) encoder_.reset(opus_encoder_create(kRate, 1, OPUS_APPLICATION_VOIP, &error));
  if (error != OPUS_OK) throw std::runtime_error(std::string("libopus: ") + opus_strerror(error));
  if (opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(settings.bits_per_second)) != OPUS_OK)
    throw std::runtime_error("libopus: this bit rate cannot be");
  opus_encoder_ctl(encoder_.get(), OPUS_SET_COMPLEXITY(kComplexity));
  opus_encoder_ctl(encoder_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
}

VoiceRung::~VoiceRung() = default;

void VoiceRung::FreeDecoder::operator()(OpusDecoder* decoder) const {
  opus_decoder_destroy(decoder);
}

void VoiceRung::FreeEncoder::operator()(OpusEncoder* encoder) const {
  opus_encoder_destroy(encoder);
}

void VoiceRung::restart() {
  expected_.reset();
  ahead_.clear();
  sound_.clear();
  next_time_.reset();
  skipped_ = 0;
}

void VoiceRung::add(uint16_t sequence, uint32_t timestamp, std::span<const uint8_t> payload, TimePoint now) {
  const int64_t number = sequence_.unwrap(sequence);
  if (!expected_) expected_ = number;
  if (number < *expected_) return;
  if (number > *expected_ && ahead_.empty()) gap_since_ = now;
  if (number == *expected_) {
    expected_ = number + 1;
    take(timestamp, payload);
  } else {
    ahead_.try_emplace(number, Waiting{timestamp, {payload.begin(), payload.end()}});
  }
  while (!ahead_.empty()) {
    const auto first = ahead_.begin();
    if (first->first != *expected_) {
      if (now - gap_since_ < kWaitForMissing && ahead_.size() < kMaxAhead) return;
      gap_since_ = now;
    }
    expected_ = first->first + 1;
    const Waiting next = std::move(first->second);
    ahead_.erase(first);
    take(next.timestamp, next.payload);
  }
}

void VoiceRung::take(uint32_t timestamp, std::span<const uint8_t> payload) {
  const int64_t time = time_.unwrap(timestamp);
  if (payload.empty()) return;  // padding alone
  if (next_time_) {
    const auto gap = static_cast<int32_t>(timestamp - *next_time_);
    if (gap < 0) return;  // told already
    if (gap > kMostMadeUp.count() * 48) {
      sound_.clear();  // a pause: the end of a word was encoded with the silence after it
      next_time_.reset();
    } else if (gap > 0) {
      make_up(static_cast<uint32_t>(gap));
    }
  }
  if (!next_time_) {
    const auto packets = static_cast<int64_t>(settings_.packet.count() / 20);
    // A talker whose own packets never begin on the grid is taken as she is.
    if (time / kGrid % packets != 0 && ++skipped_ < packets) return;
    skipped_ = 0;
  }
  if (sound_.empty()) sound_begins_ = timestamp;
  const size_t had = sound_.size();
  sound_.resize(had + kMostInPacket);
  const int samples = opus_decode(decoder_.get(), payload.data(), static_cast<opus_int32>(payload.size()),
                                  sound_.data() + had, static_cast<int>(kMostInPacket), 0);
  sound_.resize(had + static_cast<size_t>(std::max(samples, 0)));
  if (samples <= 0) return;  // not Opus
  next_time_ = timestamp + static_cast<uint32_t>(samples) * kTicks;
  encode_ready();
}

// What the talker's line lost, as Opus supposes it was.
void VoiceRung::make_up(uint32_t samples_48k) {
  if (sound_.empty()) sound_begins_ = *next_time_;
  constexpr uint32_t kGrain = kRate / 400;  // concealment comes in steps of 2.5 ms
  const size_t samples = samples_48k / kTicks, whole = samples / kGrain * kGrain, had = sound_.size();
  sound_.resize(had + samples);  // what is no whole step is silence
  for (size_t done = 0; done < whole;) {
    const size_t step = std::min<size_t>(whole - done, kMostInPacket);
    const int made =
        opus_decode(decoder_.get(), nullptr, 0, sound_.data() + had + done, static_cast<int>(step), 0);
    if (made <= 0) break;
    done += static_cast<size_t>(made);
  }
  encode_ready();
}

void VoiceRung::encode_ready() {
  std::array<uint8_t, kLargestPacket> packet;
  size_t done = 0;
  for (; sound_.size() - done >= samples_per_packet_; done += samples_per_packet_) {
    const int size = opus_encode(encoder_.get(), sound_.data() + done, static_cast<int>(samples_per_packet_),
                                 packet.data(), static_cast<opus_int32>(packet.size()));
    if (size > 0)
      send_({packet.data(), static_cast<size_t>(size)}, sound_begins_ + static_cast<uint32_t>(done) * kTicks);
  }
  sound_.erase(sound_.begin(), sound_.begin() + static_cast<ptrdiff_t>(done));
  sound_begins_ += static_cast<uint32_t>(done) * kTicks;
}

}  // namespace thranio::rtp
