// A teacher's stream for load: Opus-like packets every 20 ms and VP8-like frames every 40 ms at a given rate.
// The last eight bytes of each payload are the sender's steady clock in nanoseconds. Spec: RFC 3550, RFC
// 7741. Thread: the one that sends.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/rtp_packet.hpp"

namespace thranio::bench {

constexpr auto kVoiceEvery = std::chrono::milliseconds(20);
constexpr uint8_t kOpusType = 111, kVp8Type = 96;
constexpr size_t kVoiceBytes = 80;
constexpr size_t kMaxPayload = 1100;
constexpr int kFramesPerSecond = 25;

using SendPacket = std::function<void(std::span<const uint8_t> header, std::span<const uint8_t> payload,
                                      uint32_t roll_over)>;

class MadeUpMedia {
 public:
  MadeUpMedia(unsigned kilobits, uint32_t voice_ssrc, uint32_t picture_ssrc)
      : frame_bytes_(kilobits * 1000 / 8 / kFramesPerSecond), voice_{voice_ssrc}, picture_{picture_ssrc} {}

  size_t packets_per_frame() const { return (frame_bytes_ + kMaxPayload - 1) / kMaxPayload; }

  // Call every kVoiceEvery: a voice packet, and a frame every second time.
  void tick(const SendPacket& send) {
    std::vector<uint8_t> payload(kVoiceBytes, 0x55);
    payload[0] = 0x78;
    put(send, voice_, kOpusType, true, payload);
    voice_.timestamp += 960;
    if (ticks_++ % 2 == 0 && frame_bytes_ > 0) frame(send);
  }

 private:
  struct Stream {
    uint32_t ssrc;
    uint64_t sequence = 0;
    uint32_t timestamp = 0;
  };

  void frame(const SendPacket& send) {
    const bool key = picture_id_ % (2 * kFramesPerSecond) == 0;  // every two seconds, for those who join
    const size_t count = packets_per_frame();
    for (size_t i = 0; i < count; ++i) {
      std::vector<uint8_t> payload(frame_bytes_ / count, 0xaa);
      payload[0] = static_cast<uint8_t>(i == 0 ? 0x90 : 0x80);
      payload[1] = 0x80;
      payload[2] = static_cast<uint8_t>(0x80 | (picture_id_ >> 8));
      payload[3] = static_cast<uint8_t>(picture_id_);
      static constexpr uint8_t kKey[] = {0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01};  // 640x360
      static constexpr uint8_t kDelta[] = {0x11, 0, 0};
      if (i == 0 && key)
        std::memcpy(&payload[4], kKey, sizeof kKey);
      else
        std::memcpy(&payload[4], kDelta, sizeof kDelta);
      put(send, picture_, kVp8Type, i + 1 == count, payload);
    }
    picture_.timestamp += 90000 / kFramesPerSecond;
    picture_id_ = static_cast<uint16_t>((picture_id_ + 1) & 0x7fff);
  }

  static void put(const SendPacket& send, Stream& stream, uint8_t type, bool marker,
                  std::vector<uint8_t>& payload) {
    std::array<uint8_t, rtp::kRtpHeaderSize> header{};
    header[0] = 0x80;
    header[1] = static_cast<uint8_t>(type | (marker && type == kVp8Type ? 0x80 : 0));
    rtp::write16(&header[2], static_cast<uint16_t>(stream.sequence));
    rtp::write32(&header[4], stream.timestamp);
    rtp::write32(&header[8], stream.ssrc);
    const int64_t stamp = std::chrono::duration_cast<std::chrono::nanoseconds>(
                              std::chrono::steady_clock::now().time_since_epoch())
                              .count();
    std::memcpy(payload.data() + payload.size() - sizeof stamp, &stamp, sizeof stamp);
    send(header, payload, static_cast<uint32_t>(stream.sequence >> 16));
    ++stream.sequence;
  }

  const size_t frame_bytes_;
  Stream voice_;
  Stream picture_;
  uint16_t picture_id_ = 0;
  uint64_t ticks_ = 0;
};

}  // namespace thranio::bench
