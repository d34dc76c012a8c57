#include "pipelines/rtp/voice_choice.hpp"

#include <algorithm>
#include <cmath>

namespace thranio::rtp {
namespace {

constexpr uint8_t kSilence = 127;

}  // namespace

double VoiceChoice::Voice::loudness_at(TimePoint now) const {
  const double ages = std::chrono::duration<double>(now - told_at) / std::chrono::duration<double>(kFades);
  return loudness * std::exp(-std::max(0.0, ages));
}

VoiceChoice::Voice* VoiceChoice::find(TrackId track) {
  const auto at = std::ranges::find(voices_, track, &Voice::track);
  return at == voices_.end() ? nullptr : &*at;
}

bool VoiceChoice::is_chosen(TrackId track) const {
  return std::ranges::find(chosen_, std::optional(track)) != chosen_.end();
}

void VoiceChoice::add(TrackId track, Standing standing, TimePoint now) {
  if (find(track)) return;
  Voice voice;
  voice.track = track;
  voice.standing = standing;
  voices_.push_back(voice);
  fill(now);
}

bool VoiceChoice::remove(TrackId track, TimePoint now) {
  if (std::erase_if(voices_, [&](const Voice& voice) { return voice.track == track; }) == 0) return false;
  for (auto& slot : chosen_)
    if (slot == track) slot.reset();
  fill(now);
  return true;
}

void VoiceChoice::set_standing(TrackId track, Standing standing) {
  if (Voice* voice = find(track)) voice->standing = standing;
}

void VoiceChoice::set_slots(size_t slots, TimePoint now) {
  slots_ = std::min(slots, kSlots);
  for (size_t slot = slots_; slot < kSlots; ++slot)
    chosen_[slot].reset();
  fill(now);
}

bool VoiceChoice::heard(TrackId track, uint8_t level, TimePoint now) {
  Voice* voice = find(track);
  if (!voice) return false;
  const double loudness = kSilence - std::min(level, kSilence);
  voice->loudness = std::max(loudness, voice->loudness_at(now));
  voice->told_at = now;
  if (level > kSpeaks) return false;
  const bool goes_on = voice->spoke_at != TimePoint::min() && now - voice->spoke_at <= kBetweenWords;
  if (goes_on) voice->spoken += std::max(TimePoint::duration::zero(), now - voice->spoke_at);
  voice->spoke_at = now;
  if (is_chosen(track)) return false;
  const auto slot = slot_for(*voice, now);
  if (!slot) return false;
  put(*slot, *voice, now);
  return true;
}

std::optional<std::chrono::milliseconds> VoiceChoice::take_spoken(TrackId track,
                                                                  std::chrono::milliseconds least) {
  Voice* voice = find(track);
  if (!voice || voice->spoken < least) return std::nullopt;
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(voice->spoken);
  voice->spoken -= whole;
  return whole;
}

// The slot that a voice which speaks takes from another, or that is free.
std::optional<size_t> VoiceChoice::slot_for(Voice& voice, TimePoint now) {
  std::optional<size_t> weakest;
  const auto weaker = [&](const Voice& one, const Voice& other) {
    if (one.rests(now) != other.rests(now)) return one.rests(now);
    if (one.standing != other.standing) return one.standing < other.standing;
    return one.loudness_at(now) < other.loudness_at(now);
  };
  for (size_t slot = 0; slot < slots_; ++slot) {
    if (!chosen_[slot]) return slot;
    if (!weakest || weaker(*find(*chosen_[slot]), *find(*chosen_[*weakest]))) weakest = slot;
  }
  if (!weakest) return std::nullopt;
  const Voice& holder = *find(*chosen_[*weakest]);
  if (holder.rests(now) || holder.standing < voice.standing) return weakest;
  const bool louder =
      voice.standing == holder.standing && voice.loudness_at(now) > holder.loudness_at(now) + kLouderBy;
  if (!louder) {
    voice.louder_since.reset();
    return std::nullopt;
  }
  if (!voice.louder_since) voice.louder_since = now;
  if (now - *voice.louder_since < kLouderFor || now - holder.since < kTenure) return std::nullopt;
  return weakest;
}

void VoiceChoice::put(size_t slot, Voice& voice, TimePoint now) {
  chosen_[slot] = voice.track;
  voice.since = now;
  voice.louder_since.reset();
}

// What is free goes to those who wait: the floor's first, then the loudest.
void VoiceChoice::fill(TimePoint now) {
  for (size_t slot = 0; slot < slots_; ++slot) {
    if (chosen_[slot]) continue;
    Voice* next = nullptr;
    for (auto& voice : voices_) {
      if (is_chosen(voice.track)) continue;
      if (!next || voice.standing > next->standing ||
          (voice.standing == next->standing && voice.loudness_at(now) > next->loudness_at(now)))
        next = &voice;
    }
    if (!next) return;
    put(slot, *next, now);
  }
}

}  // namespace thranio::rtp
