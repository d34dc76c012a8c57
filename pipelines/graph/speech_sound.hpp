// A voice that says nothing: vowels sung in syllables, four a second, in phrases with pauses, so that level
// meters, voice activity and ears find what speech has (pitch, formants, onsets, silence) and a sine has not.
// Way: [SpeechSound] → synthetic_teacher_graph → Opus.
// Source-filter model: a pulse train at the pitch through two resonators at a vowel's formants.
// Owned by the graph. Thread: stream. Deterministic: the same samples in every run.
// Not here: pace and time stamps (the graph's audio source).
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace thranio::graph {

class SpeechSound {
 public:
  static constexpr int kSampleRate = 48'000;

  void fill(std::span<int16_t> samples);

 private:
  // Second-order resonator: what a cavity of the throat does to the pulse.
  struct Resonator {
    double y1 = 0, y2 = 0;
    double step(double input, double frequency_hz, double bandwidth_hz);
  };

  double next_sample();

  uint64_t sample_ = 0;
  double phase_ = 0;
  std::array<Resonator, 2> formants_;
};

}  // namespace thranio::graph
