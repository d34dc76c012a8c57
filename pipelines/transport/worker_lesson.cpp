#include "pipelines/transport/worker_lesson.hpp"

#include <algorithm>
#include <utility>

#include "pipelines/transport/rtp_fanout.hpp"
#include "pipelines/transport/subscriber.hpp"
#include "pipelines/transport/worker.hpp"

namespace thranio::transport {
namespace {

using namespace std::chrono_literals;

// A key frame this young starts a late joiner from the history; an older one would cost her more catching up
// than the teacher's uplink is spared. Longer than the publisher's own merging interval (1 s), so that one of
// the two always serves: either the last key frame is fresh, or a new one may be asked for.
constexpr auto kFreshKeyFrame = 1200ms;
// A request of this worker's is under way: the publisher merges further, but needs no flood from here.
constexpr auto kRequestSpacing = 250ms;

// What a voice takes on a line (reference: 20 ms packets of 32 kbit/s; 60 ms of 12; 120 ms of 8), and a
// picture of which nothing is known yet.
constexpr int64_t kVoiceBits = 57'000, kVoiceLowBits = 18'000, kVoiceLowestBits = 11'500;
constexpr int64_t kLeastMeasured = 20'000;  // less is a pause, or a voice that is muted
// A student's voice that is silent sends a packet every 400 ms (DTX): 1.5 kbit/s, which nobody need budget
// for.
constexpr int64_t kSilentVoice = 3'000;
constexpr int64_t kPictureBits = 300'000, kSlowPictureBits = 25'000, kSmallPictureBits = 55'000,
                  kMiddlePictureBits = 220'000, kLargePictureBits = 650'000;
constexpr auto kLookAtGood = 1s;  // a line that carries everything; its feedback tells of trouble at once

// A change of a voice's rendering waits so long for the place where both meet, and then takes a gap.
constexpr auto kMeets = 1s;
constexpr auto kHeldFor = 500ms;
constexpr int64_t kChangeSearch = 128;     // packets
constexpr uint32_t kLivesWithin = 48'000;  // ticks: a second

// A layer that is silent for so long was switched off, or its publisher's line does not carry it.
constexpr auto kFlowsWithin = 1500ms;
// Down the ladder a picture stands rather than fills the line for longer while the smaller one's key frame is
// on its way.
constexpr auto kHoldsLarger = 700ms;

constexpr auto kBeginsBefore = 200ms;
constexpr uint32_t kTicksBefore = 9'600;  // the same, of a voice's clock

void erase_unordered(std::vector<OutStream*>& takers, OutStream* stream) {
  const auto at = std::find(takers.begin(), takers.end(), stream);
  if (at == takers.end()) return;
  *at = takers.back();
  takers.pop_back();
}

}  // namespace

void WorkerLesson::add_track(TrackId id, rtp::CodecId codec, std::optional<RungOf> rung_of,
                             const ParticipantId& owner) {
  if (find_track(id)) return;
  tracks_.push_back(std::make_unique<Track>());
  tracks_.back()->id = id;
  tracks_.back()->codec = codec;
  tracks_.back()->rung_of = rung_of;
  tracks_.back()->owner = owner;
  measure_needs(worker_.now());
  for (Subscriber* subscriber : subscribers_)
    place_all(*subscriber);
}

void WorkerLesson::remove_track(TrackId id) {
  const auto at =
      std::find_if(tracks_.begin(), tracks_.end(), [id](const auto& track) { return track->id == id; });
  if (at == tracks_.end()) return;
  while (!(*at)->takers.empty())
    unplace(*(*at)->takers.back());
  const auto changing = changing_;
  for (OutStream* stream : changing)
    if (stream->track == at->get() || stream->next == at->get()) unplace(*stream);
  tell_wanted(**at);  // layers come and go while their publisher stays
  tracks_.erase(at);
  for (OutStream* stream : changing)
    place(*stream);
}

void WorkerLesson::set_stage(const rtp::StageTracks& stage) {
  stage_ = stage;
  measure_needs(worker_.now());
  for (Subscriber* subscriber : subscribers_) {
    subscriber->look_at_line(needs_of(*subscriber), worker_.now());
    place_all(*subscriber);
  }
}

void WorkerLesson::set_clock(TrackId id, SourceClock clock) {
  for (const auto& track : tracks_)
    if (track->id == id || (track->rung_of && track->rung_of->clock_of == id)) track->clock = clock;
}

void WorkerLesson::packets(TrackId id, std::span<const rtp::MediaPacketPtr> packets, Duration lag) {
  Track* track = find_track(id);
  if (!track) {
    worker_.drops().add(DropReason::kNotSubscribed, packets.size());
    return;
  }
  news_.clear();
  for (const auto& packet : packets) {
    if (!track->late.takes(*packet, lag)) {
      worker_.drops().add(DropReason::kWorkerLate);
      counters_->late_packets.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (const auto why = track->history.insert(packet, worker_.now()); why != DropReason::kNone) {
      worker_.drops().add(why);
      continue;
    }
    if (packet->starts_key_frame) {
      worker_.counters().key_frames.fetch_add(1, std::memory_order_relaxed);
      counters_->key_frames.fetch_add(1, std::memory_order_relaxed);
      track->key_frame_wanted_at = TimePoint{};  // answered; a wish from now on is a new one
    }
    track->rate.add(packet->payload.size(), worker_.now());
    track->last_packet_at = worker_.now();
    news_.push_back(packet);
  }
  const SendRing::Counts before = worker_.ring().counts();
  fan_out(news_, track->takers, worker_.ring(), worker_.now());
  const SendRing::Counts& after = worker_.ring().counts();
  counters_->packets_out.fetch_add(after.packets - before.packets, std::memory_order_relaxed);
  counters_->bytes_out.fetch_add(after.bytes - before.bytes, std::memory_order_relaxed);
  news_.clear();
  for (size_t i = changing_.size(); i-- > 0;)
    try_change(*changing_[i]);
}

void WorkerLesson::add_subscriber(Subscriber& subscriber) {
  subscribers_.push_back(&subscriber);
  counters_->students.fetch_add(1, std::memory_order_relaxed);
  counters_->joins.fetch_add(1, std::memory_order_relaxed);
  place_all(subscriber);
}

void WorkerLesson::remove_subscriber(Subscriber& subscriber) {
  for (OutStream& stream : subscriber.streams())
    unplace(stream);
  if (std::erase(subscribers_, &subscriber) > 0) counters_->students.fetch_sub(1, std::memory_order_relaxed);
}

// What each rung takes of a line, of the tracks that stand on the stage now.
void WorkerLesson::measure_needs(TimePoint now) {
  const auto on = [this](rtp::Slot slot) {
    const auto id = stage_[static_cast<size_t>(slot)];
    return id ? find_track(*id) : nullptr;
  };
  int64_t voice = 0, low = 0, lowest = 0;
  for (const auto slot : {rtp::Slot::kVoice0, rtp::Slot::kVoice1, rtp::Slot::kVoice2}) {
    Track* track = on(slot);
    const int64_t measured = track ? track->rate.bits_per_second(now) : 0;
    auto& own = voice_needs_[static_cast<size_t>(slot)];
    own = {};
    if (slot != rtp::Slot::kVoice0 && measured < kSilentVoice) continue;
    const auto rung = [&](Rung which, int64_t supposed) {
      Track* made = track ? rendering(*track, which) : nullptr;
      const int64_t bits = made && made != track ? made->rate.bits_per_second(now) : 0;
      return bits > supposed / 2 ? bits : supposed;
    };
    own.fill(measured > kLeastMeasured ? measured : kVoiceBits);
    own[static_cast<size_t>(Rung::kVoiceLowest)] = rung(Rung::kVoiceLowest, kVoiceLowestBits);
    own[static_cast<size_t>(Rung::kVoiceLow)] = rung(Rung::kVoiceLow, kVoiceLowBits);
    lowest += own[static_cast<size_t>(Rung::kVoiceLowest)];
    low += own[static_cast<size_t>(Rung::kVoiceLow)];
    voice += own[static_cast<size_t>(Rung::kVoice)];
  }
  const auto picture = [&](rtp::Slot slot) -> int64_t {
    Track* track = on(slot);
    if (!track) return 0;
    const int64_t measured = track->rate.bits_per_second(now);
    return measured > 0 ? std::max(measured, track->rate.peak(now)) : kPictureBits;
  };
  const int64_t screen = picture(rtp::Slot::kScreen), floor = picture(rtp::Slot::kFloor);
  Track* camera = on(rtp::Slot::kCamera);
  const auto face = [&](Rung rung) { return camera ? camera_bits(*camera, rung, screen == 0, now) : 0; };
  const int64_t whole = std::max(voice, low);
  needs_ = {lowest,
            std::max(low, lowest),
            whole,
            whole + face(Rung::kSlowPictures),
            whole + face(Rung::kSmallPictures),
            whole + screen + face(Rung::kScreen),
            whole + screen + face(Rung::kMiddlePictures),
            whole + screen + face(Rung::kAll) + floor};
  for (size_t rung = 1; rung < kRungCount; ++rung)
    needs_[rung] = std::max(needs_[rung], needs_[rung - 1]);
}

// Her own voice does not come back to her, so her line need not carry it.
rtp::RungNeeds WorkerLesson::needs_of(const Subscriber& subscriber) {
  rtp::RungNeeds needs = needs_;
  if (subscriber.owner().value().empty()) return needs;
  for (const auto slot : {rtp::Slot::kVoice0, rtp::Slot::kVoice1, rtp::Slot::kVoice2}) {
    const auto id = stage_[static_cast<size_t>(slot)];
    const Track* track = id ? find_track(*id) : nullptr;
    if (!track || !is_own(subscriber, *track)) continue;
    for (size_t rung = 0; rung < kRungCount; ++rung)
      needs[rung] -= std::min(needs[rung], voice_needs_[static_cast<size_t>(slot)][rung]);
  }
  for (size_t rung = 1; rung < kRungCount; ++rung)
    needs[rung] = std::max(needs[rung], needs[rung - 1]);
  return needs;
}

bool WorkerLesson::is_own(const Subscriber& subscriber, const Track& track) const {
  return !track.owner.value().empty() && track.owner == subscriber.owner();
}

// What the camera's picture takes on a rung: of what flows as measured, of the rest as supposed.
int64_t WorkerLesson::camera_bits(Track& full, Rung rung, bool main, TimePoint now) {
  Track* taken = nullptr;
  for (const auto& track : tracks_) {
    if (!renders(*track, full) || camera_rung(*track, main) > rung) continue;
    if (!taken || is_better(*track, *taken, full, main)) taken = track.get();
  }
  if (!taken) return 0;
  const int64_t measured = taken->rate.bits_per_second(now);
  const bool layered = rendering(full, Rung::kMiddlePictures) != &full;
  const auto supposed = [&] {
    if (taken == &full) return layered ? kLargePictureBits : kPictureBits;
    if (taken->rung_of->rung == Rung::kSlowPictures) return kSlowPictureBits;
    return taken->rung_of->rung == Rung::kSmallPictures ? kSmallPictureBits : kMiddlePictureBits;
  }();
  // What is made only while somebody takes it has no peak that tells of the next time.
  if (!flows(*taken) || measured == 0) return supposed;
  return taken == &full ? std::max(measured, taken->rate.peak(now)) : std::max(measured, supposed / 2);
}

// The rendering of a track that a rung takes; the track itself where there is none.
Track* WorkerLesson::rendering(Track& full, Rung rung) {
  for (const auto& track : tracks_)
    if (track->rung_of && track->rung_of->full == full.id && track->rung_of->rung == rung) return track.get();
  return &full;
}

// What shall feed the stream now: what its slot shows, as far as the student's rung goes.
Track* WorkerLesson::track_for(OutStream& stream) {
  const rtp::Slot slot = stream.settings.slot;
  const auto wanted = rtp::track_in(stage_, slot);
  Track* track = wanted ? find_track(*wanted) : nullptr;
  if (!track || is_own(stream.subscriber, *track)) return nullptr;
  if (!stream.subscriber.ready()) {
    Track* low = rtp::is_voice(slot) ? rendering(*track, Rung::kVoiceLow) : nullptr;
    return low == track ? nullptr : low;
  }
  const Rung rung = stream.subscriber.rung();
  if (rtp::is_voice(slot)) return rendering(*track, rung);
  const bool shared = stage_[static_cast<size_t>(rtp::Slot::kScreen)].has_value();
  const bool camera = slot == rtp::Slot::kCamera || (slot == rtp::Slot::kMain && !shared);
  if (camera) return camera_for(stream, *track, !shared);
  if (stream.payload_type(track->codec) == kNotNegotiated) return nullptr;
  return rung >= (slot == rtp::Slot::kFloor ? Rung::kAll : Rung::kScreen) ? track : nullptr;
}

// The first rung that takes this rendering of the camera. main: nothing is shared, so it comes first.
Rung WorkerLesson::camera_rung(const Track& track, bool main) {
  if (track.rung_of) {
    const bool middle = track.rung_of->rung == Rung::kMiddlePictures;
    return middle && main ? Rung::kScreen : track.rung_of->rung;
  }
  const bool layered = std::any_of(tracks_.begin(), tracks_.end(), [&](const auto& other) {
    return other->rung_of && other->rung_of->full == track.id &&
           other->rung_of->rung == Rung::kMiddlePictures;
  });
  if (!main) return Rung::kAll;
  return layered ? Rung::kMiddlePictures : Rung::kScreen;
}

bool WorkerLesson::flows(const Track& track) const {
  return worker_.now() - track.last_packet_at < kFlowsWithin;
}

bool WorkerLesson::renders(const Track& track, const Track& full) {
  return &track == &full || (track.rung_of && track.rung_of->full == full.id);
}

// Of two renderings of the camera: the larger; of one size what its publisher sends, before what is made of
// it.
bool WorkerLesson::is_better(const Track& one, const Track& other, const Track& full, bool main) {
  const auto rank = [&](const Track& track) {
    return std::pair(camera_rung(track, main), track.codec == full.codec);
  };
  return rank(one) > rank(other);
}

// The best of the camera's renderings that her rung takes and her browser decodes. One that does not flow yet
// is waited for (change_picture) while a lesser one shows; one that has stopped is left for a lesser one that
// flows.
Track* WorkerLesson::camera_for(const OutStream& stream, Track& full, bool main) {
  const Rung rung = stream.subscriber.rung();
  Track* best = nullptr;
  Track* flowing = nullptr;
  for (const auto& track : tracks_) {
    if (!renders(*track, full) || camera_rung(*track, main) > rung) continue;
    if (stream.payload_type(track->codec) == kNotNegotiated) continue;
    const auto better = [&](const Track* than) { return !than || is_better(*track, *than, full, main); };
    if (better(best)) best = track.get();
    if (flows(*track) && better(flowing)) flowing = track.get();
  }
  if (best == flowing || !flowing) return best;
  const bool shows =
      stream.track && stream.rewriter.attached() && flows(*stream.track) && renders(*stream.track, full);
  return shows ? best : flowing;
}

void WorkerLesson::place_all(Subscriber& subscriber) {
  for (OutStream& stream : subscriber.streams())
    place(stream);
}

// Puts the stream among the takers of the track that it shall show.
void WorkerLesson::place(OutStream& stream) {
  Track* track = track_for(stream);
  const auto source = [](const Track* t) { return t->rung_of ? t->rung_of->full : t->id; };
  if (track && stream.track && stream.rewriter.attached() && source(track) == source(stream.track)) {
    if (rtp::is_voice(stream.settings.slot))
      change_voice(stream, track);
    else
      change_picture(stream, track);
    return;
  }
  if (stream.track == track) return;
  unplace(stream);
  if (track) start(stream, *track);
}

void WorkerLesson::start(OutStream& stream, Track& track) {
  stream.track = &track;
  track.takers.push_back(&stream);
  tell_wanted(track);
  if (!rtp::is_video(track.codec)) {
    if (stream.settings.slot != rtp::Slot::kVoice0) begin_before(stream);
    return;
  }
  const auto from = track.history.key_frame_start(worker_.now(), kFreshKeyFrame);
  if (!from) {
    want_key_frame(track);
    return;
  }
  worker_.counters().key_frame_replays.fetch_add(1, std::memory_order_relaxed);
  replay(stream, *from);
}

// Who begins to speak is heard from a moment before she was chosen: her first syllable chose her.
void WorkerLesson::begin_before(OutStream& stream) {
  const Track& track = *stream.track;
  const auto newest = track.history.newest();
  if (!newest || worker_.now() - track.last_packet_at > kBeginsBefore) return;
  const uint32_t now = track.history.find(*newest)->timestamp;
  int64_t from = *newest;
  for (const auto* packet = track.history.find(from - 1); packet && now - packet->timestamp < kTicksBefore;
       packet = track.history.find(from - 1))
    --from;
  replay(stream, from);
}

void WorkerLesson::replay(OutStream& stream, int64_t from) {
  OutStream* const alone[] = {&stream};
  for (int64_t sequence = from; sequence <= *stream.track->history.newest(); ++sequence)
    if (const auto* packet = stream.track->history.find_shared(sequence))
      fan_out({packet, 1}, alone, worker_.ring(), worker_.now());
}

void WorkerLesson::unplace(OutStream& stream) {
  set_next(stream, nullptr);
  if (!stream.track) return;
  leave_takers(stream);
  stream.track = nullptr;
  stream.rewriter.detach();
}

void WorkerLesson::leave_takers(OutStream& stream) {
  erase_unordered(stream.track->takers, &stream);
  if (stream.pacer) stream.pacer->forget(stream);
  stream.held_since = TimePoint{};
}

// From one layer of a picture to another: begun here, done by try_change_picture when the other's key frame
// comes.
void WorkerLesson::change_picture(OutStream& stream, Track* to) {
  const TimePoint now = worker_.now();
  if (to == stream.track) {
    if (!stream.next) return;
    set_next(stream, nullptr);
    if (stream.held_since == TimePoint{}) return;
    // It had been left already: it begins again at a key frame.
    stream.held_since = TimePoint{};
    stream.rewriter.detach();
    start(stream, *to);
    return;
  }
  set_next(stream, to);
  if (flows(*to)) want_key_frame(*to);
  const bool down =
      stream.subscriber.rung() < camera_rung(*stream.track, !stage_[static_cast<size_t>(rtp::Slot::kScreen)]);
  const bool holds = now - stream.next_since <= kHoldsLarger && !stream.subscriber.drains();
  if (down && stream.held_since == TimePoint{} && !holds) {
    leave_takers(stream);
    stream.held_since = now;
  }
}

// A key frame from before the wish is no use: what followed it would come once more, late.
bool WorkerLesson::try_change_picture(OutStream& stream) {
  Track& to = *stream.next;
  const auto begin = to.history.key_frame_start(worker_.now(), worker_.now() - stream.next_since);
  if (!begin) return false;
  leave_takers(stream);
  stream.track = &to;
  to.takers.push_back(&stream);
  set_next(stream, nullptr);
  stream.rewriter.detach();
  replay(stream, *begin);
  return true;
}

// From one rendering of a voice to another: begun here, done by try_change when packets come.
void WorkerLesson::change_voice(OutStream& stream, Track* to) {
  const bool held = stream.held_since != TimePoint{};
  if (to == stream.next || (to == stream.track && !stream.next)) return;
  if (to == stream.track && !held) {
    set_next(stream, nullptr);
    return;
  }
  set_next(stream, to);
  try_change(stream);
}

void WorkerLesson::set_next(OutStream& stream, Track* next) {
  if (stream.next == next) return;
  if (Track* before = std::exchange(stream.next, next)) {
    --before->awaited;
    tell_wanted(*before);
    if (!next) std::erase(changing_, &stream);
  } else {
    changing_.push_back(&stream);
  }
  stream.next_since = worker_.now();
  if (!next) return;
  ++next->awaited;
  tell_wanted(*next);
}

// Both renderings have the talker's timestamps. The one for thin lines is behind: the stream leaves the voice
// where a packet of the other will begin, and waits for it; the player's buffer has it covered. The other way
// the voice has gone ahead: what was said since comes from its history. True when done.
bool WorkerLesson::try_change(OutStream& stream) {
  if (!rtp::is_voice(stream.settings.slot)) return try_change_picture(stream);
  Track& to = *stream.next;
  const TimePoint now = worker_.now();
  const auto newest = to.history.newest();
  if (!newest) return false;
  std::optional<int64_t> begin;
  const rtp::MediaPacket* last = to.history.find(*newest);
  const bool held = stream.held_since != TimePoint{}, late = now - stream.next_since > kMeets;
  for (int64_t at = *newest; at > *newest - kChangeSearch; --at) {
    const auto* packet = to.history.find(at);
    if (!packet) continue;
    const auto after = static_cast<int32_t>(packet->timestamp - stream.voice_end);
    if (after < 0) break;
    begin = at;
    if (after == 0) break;
  }
  if (begin) {
    leave_takers(stream);
    stream.track = &to;
    to.takers.push_back(&stream);  // first: a rendering that nobody takes or awaits is closed
    set_next(stream, nullptr);
    stream.rewriter.continue_with(*to.history.find(*begin));
    replay(stream, *begin);
    return true;
  }
  if (held && now - stream.held_since > kHeldFor && &to != stream.track) {
    set_next(stream, stream.track);  // what should have come did not: back to the voice
    return try_change(stream);
  }
  const auto behind = stream.voice_end - last->timestamp;
  // What a rendering made before it was closed says nothing of when it will speak again.
  const bool runs = behind < kLivesWithin;
  if (!held && runs && last->samples > 0 && (behind % last->samples == 0 || late)) {
    leave_takers(stream);
    stream.held_since = now;
  }
  return false;
}

// Whoever makes a rendering hears when this worker's first student needs it, and when the last has left.
void WorkerLesson::tell_wanted(Track& track) {
  const bool wanted = track.awaited > 0 || !track.takers.empty();
  if (wanted == track.wanted || !wishes_.rung) return;
  track.wanted = wanted;
  wishes_.rung(track.id, wanted);
}

void WorkerLesson::look_at_line(Subscriber& subscriber) {
  if (subscriber.look_at_line(needs_of(subscriber), worker_.now())) place_all(subscriber);
}

void WorkerLesson::want_key_frame(Track& track) {
  const TimePoint now = worker_.now();
  if (track.key_frame_wanted_at != TimePoint{} && now - track.key_frame_wanted_at < kRequestSpacing) return;
  track.key_frame_wanted_at = now;
  wishes_.key_frame(track.id);
}

void WorkerLesson::tick(TimePoint now) {
  measure_needs(now);
  const bool all = now - lines_at_ >= kLookAtGood;
  if (all) lines_at_ = now;
  for (Subscriber* subscriber : subscribers_)
    if (all || subscriber->rung() != Rung::kAll) {
      look_at_line(*subscriber);
      place_all(*subscriber);  // a change that did not come about is tried again
    }
  for (const auto& track : tracks_) {
    tell_wanted(*track);
    const auto waits = [](const OutStream* stream) { return !stream->rewriter.attached(); };
    if (track->late.waits_for_key_frame() && !track->takers.empty()) want_key_frame(*track);
    if (rtp::is_video(track->codec) && std::any_of(track->takers.begin(), track->takers.end(), waits))
      want_key_frame(*track);
  }
}

Track* WorkerLesson::find_track(TrackId id) {
  for (const auto& track : tracks_)
    if (track->id == id) return track.get();
  return nullptr;
}

}  // namespace thranio::transport
