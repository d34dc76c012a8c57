#include "pipelines/rtp/voice_bundler.hpp"

#include <cmath>
#include <memory>
#include <numbers>

#include <catch2/catch.hpp>
#include <opus/opus.h>

using namespace thranio;
using namespace thranio::rtp;
using namespace std::chrono_literals;

namespace {

const TimePoint kBegan{};

// A voice as a browser sends it: 20 ms a packet, a tone that libopus encodes.
class Voice {
 public:
  explicit Voice(int frame_ms = 20)
      : samples_(frame_ms * 48), encoder_(opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, nullptr)) {}
  ~Voice() { opus_encoder_destroy(encoder_); }
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;

  MediaPacketPtr next() {
    std::vector<float> tone(static_cast<size_t>(samples_));
    for (auto& sample : tone)
      sample = 0.3f * std::sin(2 * std::numbers::pi_v<float> * 440 * static_cast<float>(at_++) / 48000);
    auto packet = std::make_shared<MediaPacket>();
    packet->sequence = sequence_++;
    packet->timestamp = timestamp_;
    packet->samples = static_cast<uint16_t>(samples_);
    timestamp_ += static_cast<uint32_t>(samples_);
    std::vector<uint8_t> coded(400);
    const int size = opus_encode_float(encoder_, tone.data(), samples_, coded.data(), 400);
    coded.resize(static_cast<size_t>(size));
    packet->payload = coded;
    return packet;
  }
  void skip() { next(); }

 private:
  const int samples_;
  OpusEncoder* encoder_;
  int at_ = 0;
  int64_t sequence_ = 1000;
  uint32_t timestamp_ = 77;
};

std::vector<float> decoded(const std::vector<MediaPacketPtr>& packets) {
  OpusDecoder* decoder = opus_decoder_create(48000, 1, nullptr);
  std::vector<float> all, some(5760);
  for (const auto& packet : packets) {
    const int samples =
        opus_decode_float(decoder, packet->payload.data(), static_cast<opus_int32>(packet->payload.size()),
                          some.data(), 5760, 0);
    REQUIRE(samples > 0);
    all.insert(all.end(), some.begin(), some.begin() + samples);
  }
  opus_decoder_destroy(decoder);
  return all;
}

int milliseconds(const MediaPacket& packet) {
  return opus_packet_get_nb_samples(packet.payload.data(), static_cast<opus_int32>(packet.payload.size()),
                                    48000) /
         48;
}

}  // namespace

TEST_CASE("three packets of 20 ms become one of 60 that sounds the same", "[rtp][voice-bundler]") {
  Voice voice;
  VoiceBundler bundler;
  bundler.set_length(60ms);
  std::vector<MediaPacketPtr> in, out;
  for (int i = 0; i < 30; ++i) {
    in.push_back(voice.next());
    CHECK(bundler.add(in.back(), kBegan, out));
  }
  REQUIRE(out.size() == 10);
  for (size_t i = 0; i < out.size(); ++i) {
    CHECK(milliseconds(*out[i]) == 60);
    CHECK(out[i]->timestamp == in[i * 3]->timestamp);
    CHECK(out[i]->sequence == 1000 + static_cast<int64_t>(i));
  }
  CHECK(decoded(out) == decoded(in));
}

TEST_CASE("voice passes as it comes when no length is asked for", "[rtp][voice-bundler]") {
  Voice voice;
  VoiceBundler bundler;
  std::vector<MediaPacketPtr> out;
  const auto packet = voice.next();
  CHECK(bundler.add(packet, kBegan, out));
  REQUIRE(out.size() == 1);
  CHECK(out[0] == packet);  // not even copied
}

TEST_CASE("a packet that comes late is waited for; order and sound are kept", "[rtp][voice-bundler]") {
  Voice voice;
  VoiceBundler bundler;
  bundler.set_length(60ms);
  std::vector<MediaPacketPtr> in, out;
  for (int i = 0; i < 9; ++i)
    in.push_back(voice.next());
  for (const int i : {0, 2, 3, 4, 5, 1, 7, 6, 8})
    CHECK(bundler.add(in[static_cast<size_t>(i)], kBegan, out));
  REQUIRE(out.size() == 3);
  CHECK(decoded(out) == decoded(in));
}

TEST_CASE("what does not come is left out, and its gap stays in the timestamps", "[rtp][voice-bundler]") {
  Voice voice;
  VoiceBundler bundler;
  bundler.set_length(60ms);
  std::vector<MediaPacketPtr> out;
  const auto first = voice.next();
  CHECK(bundler.add(first, kBegan, out));
  const auto lost = voice.next();
  const auto after = voice.next();
  CHECK(bundler.add(after, kBegan + 20ms, out));
  CHECK(bundler.add(voice.next(), kBegan + 40ms, out));
  CHECK(out.empty());
  CHECK(bundler.add(voice.next(), kBegan + 20ms + VoiceBundler::kWaitForMissing, out));
  REQUIRE(out.size() == 2);
  CHECK(milliseconds(*out[0]) == 20);
  CHECK(out[1]->timestamp == after->timestamp);
  CHECK(milliseconds(*out[1]) == 60);
  CHECK(out[1]->sequence == out[0]->sequence + 1);
  CHECK_FALSE(bundler.add(lost, kBegan + 200ms, out));  // too late now
  CHECK(out.size() == 2);
}

TEST_CASE("another frame size begins a new bundle", "[rtp][voice-bundler]") {
  Voice shorter(10), longer(40);
  VoiceBundler bundler;
  bundler.set_length(60ms);
  std::vector<MediaPacketPtr> out;
  CHECK(bundler.add(shorter.next(), kBegan, out));
  auto other = std::make_shared<MediaPacket>(*longer.next());
  other->sequence = 1001;
  other->timestamp = 77 + 480;
  CHECK(bundler.add(other, kBegan, out));
  REQUIRE(out.size() == 1);
  CHECK(milliseconds(*out[0]) == 10);
}

TEST_CASE("bytes that are no Opus pass on alone", "[rtp][voice-bundler]") {
  VoiceBundler bundler;
  bundler.set_length(60ms);
  std::vector<MediaPacketPtr> out;
  for (int i = 0; i < 4; ++i) {
    auto packet = std::make_shared<MediaPacket>();
    packet->sequence = i;
    packet->timestamp = static_cast<uint32_t>(i) * 960;
    if (i > 0) packet->payload = {0xff, 0xff, 0xff};
    CHECK(bundler.add(packet, kBegan, out));
  }
  CHECK(out.size() == 4);
}

TEST_CASE("the length may change in mid-lesson without a gap in the numbers", "[rtp][voice-bundler]") {
  Voice voice;
  VoiceBundler bundler;
  std::vector<MediaPacketPtr> in, out;
  for (const auto length : {20ms, 60ms, 20ms, 40ms}) {
    bundler.set_length(length);
    for (int i = 0; i < 6; ++i) {
      in.push_back(voice.next());
      CHECK(bundler.add(in.back(), kBegan, out));
    }
  }
  REQUIRE(out.size() == 6 + 2 + 6 + 3);
  for (size_t i = 1; i < out.size(); ++i)
    CHECK(out[i]->sequence == out[i - 1]->sequence + 1);
  CHECK(decoded(out) == decoded(in));
}
