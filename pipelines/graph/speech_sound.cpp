#include "pipelines/graph/speech_sound.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace thranio::graph {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;
constexpr uint64_t kSyllable = SpeechSound::kSampleRate / 4;  // running speech: 4 syllables a second
constexpr uint64_t kPhrase = 10;                              // syllables; the last two are a breath
constexpr uint64_t kSpoken = 8;

struct Vowel {
  double first_hz, second_hz;  // formants of the five Greek vowels, rounded
};
constexpr std::array<Vowel, 5> kVowels{{{750, 1300}, {500, 1750}, {330, 2200}, {480, 950}, {350, 850}}};
// Steps of a major pentatonic scale, so that whatever follows whatever sounds pleasant.
constexpr std::array<double, 8> kMelody{1.0, 1.125, 1.25, 1.5, 1.25, 1.667, 1.5, 1.125};
constexpr double kPitch = 130;  // Hz

// 0 at the borders of a syllable, 1 in its middle; soft enough not to click.
double envelope(double position) {
  return std::pow(std::sin(std::numbers::pi * position), 0.6);
}

}  // namespace

void SpeechSound::fill(std::span<int16_t> samples) {
  for (auto& sample : samples) {
    const double value = std::clamp(next_sample(), -1.0, 1.0);
    sample = static_cast<int16_t>(std::lround(value * 32'000));
  }
}

double SpeechSound::next_sample() {
  const uint64_t syllable = sample_ / kSyllable;
  const double position = static_cast<double>(sample_ % kSyllable) / kSyllable;
  ++sample_;

  const bool breath = syllable % kPhrase >= kSpoken;
  const double loudness = breath ? 0.0 : envelope(position);
  const double pitch_hz =
      kPitch * kMelody[(syllable * 3) % kMelody.size()] * (1 + 0.01 * std::sin(kTwoPi * 5.5 * position));
  phase_ += pitch_hz / kSampleRate;
  const bool pulse = phase_ >= 1;
  if (pulse) phase_ -= 1;

  const Vowel& vowel = kVowels[(syllable * 7 + syllable / kPhrase) % kVowels.size()];
  const double source = pulse ? loudness : 0.0;
  return 0.6 * formants_[0].step(source, vowel.first_hz, 90) +
         0.3 * formants_[1].step(source, vowel.second_hz, 120);
}

double SpeechSound::Resonator::step(double input, double frequency_hz, double bandwidth_hz) {
  const double radius = std::exp(-std::numbers::pi * bandwidth_hz / kSampleRate);
  const double gain = 1 - radius;
  const double y = gain * 10 * input + 2 * radius * std::cos(kTwoPi * frequency_hz / kSampleRate) * y1 -
                   radius * radius * y2;
  y2 = y1;
  y1 = y;
  return y;
}

}  // namespace thranio::graph
