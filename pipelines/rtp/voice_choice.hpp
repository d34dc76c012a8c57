// Which of the students' voices the class hears: the loudest first, by the level that each packet tells.
// Quick to enter, for a first syllable counts; slow to leave, for a breath is no end. Who holds a slot keeps
// it until somebody else wants it: a silent voice costs nothing. Whoever was given the floor comes before
// those who speak freely. Way: publisher (levels) → [voice_choice] → stage. Spec: RFC 6464 (levels in −dBov:
// 0 is the loudest, 127 silence). Owned by the lesson's media, under its lock. Thread: any, one at a time.
// Pure: time is passed in. Bound: who may publish is the caller's to say.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"

namespace thranio::rtp {

enum class Standing : uint8_t { kFree, kFloor };  // kFloor: the teacher gave it

class VoiceChoice {
 public:
  static constexpr size_t kSlots = 2;  // beside the teacher's
  // Speech at arm's length stands between −20 and −40 dBov, a quiet room below −60.
  static constexpr uint8_t kSpeaks = 50;
  // A pause inside a sentence is shorter; who has been silent for longer makes room at once.
  static constexpr auto kHold = std::chrono::milliseconds(1500);
  // A pause between two words, which counts as spoken; a longer one does not.
  static constexpr auto kBetweenWords = std::chrono::milliseconds(500);
  // Between two who both speak the louder wins by this much for so long, and not before the other was heard
  // for a second: a change is heard as a cut.
  static constexpr double kLouderBy = 6;  // dB
  static constexpr auto kLouderFor = std::chrono::milliseconds(300);
  static constexpr auto kTenure = std::chrono::seconds(1);
  static constexpr auto kFades = std::chrono::milliseconds(600);  // a loudness, to 1/e

  using Chosen = std::array<std::optional<TrackId>, kSlots>;

  // A voice that waits takes what is free, as silent as it is.
  void add(TrackId track, Standing standing, TimePoint now);
  // False: it was none of them.
  bool remove(TrackId track, TimePoint now);
  void set_standing(TrackId track, Standing standing);
  // Fewer while something else stands in the last one.
  void set_slots(size_t slots, TimePoint now);
  // A packet of the voice. True if the choice changed.
  bool heard(TrackId track, uint8_t level, TimePoint now);
  // How long the voice has sounded since it was last taken, if that is `least` or more: what is said and the
  // pauses between words, whether the class hears it or not.
  std::optional<std::chrono::milliseconds> take_spoken(TrackId track, std::chrono::milliseconds least);

  const Chosen& chosen() const { return chosen_; }

 private:
  struct Voice {
    TrackId track;
    Standing standing;
    double loudness = 0;  // 127 − level, fading
    TimePoint told_at{};
    TimePoint spoke_at = TimePoint::min();
    TimePoint::duration spoken{};           // and not taken yet
    TimePoint since{};                      // in a slot
    std::optional<TimePoint> louder_since;  // than one who has a slot
    bool rests(TimePoint now) const { return spoke_at == TimePoint::min() || now - spoke_at > kHold; }
    double loudness_at(TimePoint now) const;
  };

  Voice* find(TrackId track);
  bool is_chosen(TrackId track) const;
  std::optional<size_t> slot_for(Voice& voice, TimePoint now);
  void put(size_t slot, Voice& voice, TimePoint now);
  void fill(TimePoint now);

  std::vector<Voice> voices_;
  Chosen chosen_;
  size_t slots_ = kSlots;
};

}  // namespace thranio::rtp
