#include "pipelines/rtp/twcc.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "pipelines/rtp/bytes.hpp"

namespace thranio::rtp {
namespace {

using std::chrono::microseconds;

constexpr microseconds kTick{250};  // of a delta
constexpr microseconds kReferenceTick{64'000};
enum Symbol : uint8_t { kLost = 0, kSmallDelta = 1, kLargeDelta = 2 };

int64_t ticks_of(TimePoint at) {
  return std::chrono::duration_cast<microseconds>(at.time_since_epoch()) / kTick;
}

// Two-bit status vectors, seven packets each: never the smallest form, always a right one; runs of one symbol
// that are longer than a vector are written as run lengths.
size_t write_chunks(std::span<const uint8_t> symbols, uint8_t* out) {
  uint8_t* at = out;
  for (size_t i = 0; i < symbols.size();) {
    size_t run = 1;
    while (i + run < symbols.size() && symbols[i + run] == symbols[i] && run < 0x1fff)
      ++run;
    if (run > 7 || i + run == symbols.size()) {
      write16(at, static_cast<uint16_t>(symbols[i] << 13 | run));
      i += run;
    } else {
      uint16_t chunk = 0xc000;
      for (size_t k = 0; k < 7; ++k) {
        const uint8_t symbol = i + k < symbols.size() ? symbols[i + k] : uint8_t{kLost};
        chunk = static_cast<uint16_t>(chunk | symbol << (12 - 2 * k));
      }
      write16(at, chunk);
      i += std::min<size_t>(7, symbols.size() - i);
    }
    at += 2;
  }
  return static_cast<size_t>(at - out);
}

}  // namespace

void TwccFeedback::received(uint16_t transport_sequence, TimePoint now) {
  const int64_t sequence = unwrapper_.unwrap(transport_sequence);
  if (!started_) {
    started_ = true;
    next_ = sequence;
    last_sent_ = now;
  }
  // A packet older than what was told already: the feedback may go back for it, as libwebrtc's does.
  if (sequence < next_) {
    if (next_ - sequence > static_cast<int64_t>(kMaxPackets)) return;
    next_ = sequence;
  }
  if (arrivals_.size() >= 4 * kMaxPackets) arrivals_.erase(arrivals_.begin());
  arrivals_.try_emplace(sequence, now);
}

bool TwccFeedback::due(TimePoint now) const {
  return !arrivals_.empty() && (now - last_sent_ >= kInterval || arrivals_.size() >= kMaxPackets / 2);
}

size_t TwccFeedback::write(uint32_t sender_ssrc, uint32_t media_ssrc, std::span<uint8_t> buffer,
                           TimePoint now) {
  if (arrivals_.empty()) return 0;
  // A gap wider than a feedback holds: begin at what did arrive.
  const int64_t first_arrival = arrivals_.begin()->first;
  const int64_t base = first_arrival - next_ >= static_cast<int64_t>(kMaxPackets) ? first_arrival : next_;
  const int64_t reference = ticks_of(arrivals_.begin()->second) * kTick / kReferenceTick;

  std::array<uint8_t, kMaxPackets> symbols{};
  std::array<uint8_t, 2 * kMaxPackets> deltas;
  size_t delta_bytes = 0;
  size_t count = 0;
  int64_t previous = reference * (kReferenceTick / kTick);
  auto arrival = arrivals_.begin();
  for (; arrival != arrivals_.end(); ++arrival) {
    const int64_t index = arrival->first - base;
    if (index >= static_cast<int64_t>(kMaxPackets)) break;
    const int64_t delta = ticks_of(arrival->second) - previous;
    if (delta < INT16_MIN || delta > INT16_MAX)
      break;  // 8 s apart: the next feedback has a reference of its own
    count = static_cast<size_t>(index) + 1;
    if (delta >= 0 && delta <= 255) {
      symbols[count - 1] = kSmallDelta;
      deltas[delta_bytes++] = static_cast<uint8_t>(delta);
    } else {
      symbols[count - 1] = kLargeDelta;
      write16(deltas.data() + delta_bytes, static_cast<uint16_t>(delta));
      delta_bytes += 2;
    }
    previous += delta;
  }
  if (count ==
      0) {  // the first arrival itself is beyond a delta of the reference: cannot be, but never loop on it
    arrivals_.erase(arrivals_.begin());
    return 0;
  }

  std::array<uint8_t, 2 * kMaxPackets> chunks;
  const size_t chunk_bytes = write_chunks({symbols.data(), count}, chunks.data());
  const size_t unpadded = 20 + chunk_bytes + delta_bytes;
  const size_t size = (unpadded + 3) / 4 * 4;
  if (size > buffer.size()) return 0;
  uint8_t* at = buffer.data();
  at[0] = static_cast<uint8_t>(0x80 | (size != unpadded ? 0x20 : 0) | 15);
  at[1] = 205;
  write16(at + 2, static_cast<uint16_t>(size / 4 - 1));
  write32(at + 4, sender_ssrc);
  write32(at + 8, media_ssrc);
  write16(at + 12, static_cast<uint16_t>(base));
  write16(at + 14, static_cast<uint16_t>(count));
  write24(at + 16, static_cast<uint32_t>(reference) & 0xffffff);
  at[19] = count_++;
  std::memcpy(at + 20, chunks.data(), chunk_bytes);
  std::memcpy(at + 20 + chunk_bytes, deltas.data(), delta_bytes);
  std::memset(at + unpadded, 0, size - unpadded);
  if (size != unpadded) at[size - 1] = static_cast<uint8_t>(size - unpadded);

  next_ = base + static_cast<int64_t>(count);
  arrivals_.erase(arrivals_.begin(), arrival);
  last_sent_ = now;
  return size;
}

microseconds twcc_reference(std::span<const uint8_t> packet) {
  return read24(packet.data() + 16) * kReferenceTick;
}

DropReason parse_twcc(std::span<const uint8_t> packet, const std::function<void(const TwccArrival&)>& visit) {
  if (packet.size() < 20) return DropReason::kMalformedRtcp;
  const uint16_t base = read16(packet.data() + 12);
  const size_t count = read16(packet.data() + 14);
  // Statuses first, deltas after them: two cursors over the same packet.
  size_t chunk_at = 20;
  size_t delta_at = 20;
  for (size_t seen = 0; seen < count; delta_at += 2) {
    if (delta_at + 2 > packet.size()) return DropReason::kMalformedRtcp;
    const uint16_t chunk = read16(packet.data() + delta_at);
    const size_t covers = !(chunk & 0x8000) ? chunk & 0x1fff : (chunk & 0x4000 ? 7u : 14u);
    if (covers == 0) return DropReason::kMalformedRtcp;
    seen += covers;
  }
  microseconds at{};
  for (size_t seen = 0; seen < count; chunk_at += 2) {
    const uint16_t chunk = read16(packet.data() + chunk_at);
    const bool run = !(chunk & 0x8000);
    const bool wide = chunk & 0x4000;
    const size_t covers = run ? chunk & 0x1fff : (wide ? 7u : 14u);
    for (size_t k = 0; k < covers && seen < count; ++k, ++seen) {
      const unsigned symbol = run    ? chunk >> 13 & 3u
                              : wide ? chunk >> (12 - 2 * k) & 3u
                                     : chunk >> (13 - k) & 1u;
      TwccArrival arrival{static_cast<uint16_t>(base + seen), symbol != kLost, {}};
      if (symbol == kSmallDelta) {
        if (delta_at + 1 > packet.size()) return DropReason::kMalformedRtcp;
        at += packet[delta_at++] * kTick;
      } else if (symbol == kLargeDelta) {
        if (delta_at + 2 > packet.size()) return DropReason::kMalformedRtcp;
        at += static_cast<int16_t>(read16(packet.data() + delta_at)) * kTick;
        delta_at += 2;
      }
      arrival.at = at;
      visit(arrival);
    }
  }
  return DropReason::kNone;
}

}  // namespace thranio::rtp
