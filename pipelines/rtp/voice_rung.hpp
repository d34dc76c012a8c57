// One talker's voice again, smaller: decoded once and encoded once for all students on thin links. The
// timestamps are the talker's own (the first sample's), so a student's stream changes between the voice and
// its rung without a gap or a double. A missing packet is waited for as long as its retransmission may take,
// then made up (Opus's own concealment), so every packet is whole. Way: tee → thraniovoicerung → [VoiceRung]
// → thraniostudentfanout. Spec: RFC 6716 (Opus), RFC 7587 section 4.2 (timestamps). Owned by the element.
// Thread: that branch's streaming thread. Time is passed in. Cost: see tests/bench (voice_rung).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/sequence.hpp"

struct OpusDecoder;
struct OpusEncoder;

namespace thranio::rtp {

struct VoiceRungSettings {
  int bits_per_second = 12'000;
  std::chrono::milliseconds packet{60};  // 20, 40, 60 or a multiple of 60 up to 120
};

class VoiceRung {
 public:
  static constexpr auto kWaitForMissing = std::chrono::milliseconds(120);
  static constexpr size_t kMaxAhead = 12;  // packets after a gap; 240 ms
  // Packets begin where their length divides the talker's time, so that one rung's packets begin where
  // another's end. In ticks; the usual packet of a browser.
  static constexpr int64_t kGrid = 960;
  // A longer gap is a pause: the voice begins anew after it.
  static constexpr auto kMostMadeUp = std::chrono::milliseconds(200);

  // payload: one Opus packet; timestamp: of its first sample. Valid during the call.
  using Send = std::function<void(std::span<const uint8_t> payload, uint32_t timestamp)>;

  // Throws std::runtime_error if libopus refuses the settings.
  VoiceRung(VoiceRungSettings settings, Send send);
  ~VoiceRung();
  VoiceRung(const VoiceRung&) = delete;
  VoiceRung& operator=(const VoiceRung&) = delete;

  // A packet of the talker, in any order; a copy is kept while an earlier one is missing.
  void add(uint16_t sequence, uint32_t timestamp, std::span<const uint8_t> payload, TimePoint now);
  // A packet that is not wanted: what keeps all rungs of a talker on one grid when her timestamps wrap.
  void pass(uint32_t timestamp) { time_.unwrap(timestamp); }
  // Nobody listened meanwhile: what comes next follows nothing.
  void restart();

 private:
  struct Waiting {
    uint32_t timestamp;
    std::vector<uint8_t> payload;
  };
  struct FreeDecoder {
    void operator()(OpusDecoder* decoder) const;
  };
  struct FreeEncoder {
    void operator()(OpusEncoder* encoder) const;
  };

  void take(uint32_t timestamp, std::span<const uint8_t> payload);
  void make_up(uint32_t samples_48k);
  void encode_ready();

  const VoiceRungSettings settings_;
  const Send send_;
  const size_t samples_per_packet_;  // at kRate
  std::unique_ptr<OpusDecoder, FreeDecoder> decoder_;
  std::unique_ptr<OpusEncoder, FreeEncoder> encoder_;
  Unwrapper<uint16_t> sequence_;
  Unwrapper<uint32_t> time_;
  std::optional<int64_t> expected_;
  std::map<int64_t, Waiting> ahead_;
  TimePoint gap_since_{};
  std::vector<int16_t> sound_;         // decoded, not yet encoded
  uint32_t sound_begins_ = 0;          // timestamp of its first sample
  std::optional<uint32_t> next_time_;  // the timestamp that follows what was decoded
  int64_t skipped_ = 0;                // packets before the first on the grid
};

}  // namespace thranio::rtp
