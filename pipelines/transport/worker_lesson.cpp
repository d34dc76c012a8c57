#include "pipelines/transport/worker_lesson.hpp"

#include <algorithm>

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

void erase_unordered(std::vector<OutStream*>& takers, OutStream* stream) {
  const auto at = std::find(takers.begin(), takers.end(), stream);
  if (at == takers.end()) return;
  *at = takers.back();
  takers.pop_back();
}

}  // namespace

void WorkerLesson::add_track(TrackId id, rtp::CodecId codec) {
  if (find_track(id)) return;
  tracks_.push_back(std::make_unique<Track>());
  tracks_.back()->id = id;
  tracks_.back()->codec = codec;
  for (Subscriber* subscriber : subscribers_)
    for (OutStream& stream : subscriber->streams())
      place(stream);
}

void WorkerLesson::remove_track(TrackId id) {
  const auto at =
      std::find_if(tracks_.begin(), tracks_.end(), [id](const auto& track) { return track->id == id; });
  if (at == tracks_.end()) return;
  while (!(*at)->takers.empty())
    unplace(*(*at)->takers.back());
  tracks_.erase(at);
}

void WorkerLesson::set_stage(const rtp::StageTracks& stage) {
  stage_ = stage;
  for (Subscriber* subscriber : subscribers_)
    for (OutStream& stream : subscriber->streams())
      place(stream);
}

void WorkerLesson::set_clock(TrackId id, SourceClock clock) {
  if (Track* track = find_track(id)) track->clock = clock;
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
    news_.push_back(packet);
  }
  const SendRing::Counts before = worker_.ring().counts();
  fan_out(news_, track->takers, worker_.ring(), worker_.now());
  const SendRing::Counts& after = worker_.ring().counts();
  counters_->packets_out.fetch_add(after.packets - before.packets, std::memory_order_relaxed);
  counters_->bytes_out.fetch_add(after.bytes - before.bytes, std::memory_order_relaxed);
  news_.clear();
}

void WorkerLesson::add_subscriber(Subscriber& subscriber) {
  subscribers_.push_back(&subscriber);
  counters_->students.fetch_add(1, std::memory_order_relaxed);
  counters_->joins.fetch_add(1, std::memory_order_relaxed);
  for (OutStream& stream : subscriber.streams())
    place(stream);
}

void WorkerLesson::remove_subscriber(Subscriber& subscriber) {
  for (OutStream& stream : subscriber.streams())
    unplace(stream);
  if (std::erase(subscribers_, &subscriber) > 0) counters_->students.fetch_sub(1, std::memory_order_relaxed);
}

// Puts the stream among the takers of the track that its slot shows now.
void WorkerLesson::place(OutStream& stream) {
  const auto wanted = rtp::track_in(stage_, stream.settings.slot);
  if (stream.track && wanted && stream.track->id == *wanted) return;
  unplace(stream);
  Track* track = wanted ? find_track(*wanted) : nullptr;
  if (!track || stream.payload_type(track->codec) == kNotNegotiated) return;
  start(stream, *track);
}

void WorkerLesson::start(OutStream& stream, Track& track) {
  stream.track = &track;
  track.takers.push_back(&stream);
  if (!rtp::is_video(track.codec)) return;
  const auto from = track.history.key_frame_start(worker_.now(), kFreshKeyFrame);
  if (!from) {
    want_key_frame(track);
    return;
  }
  worker_.counters().key_frame_replays.fetch_add(1, std::memory_order_relaxed);
  OutStream* const alone[] = {&stream};
  for (int64_t sequence = *from; sequence <= *track.history.newest(); ++sequence)
    if (const auto* packet = track.history.find_shared(sequence))
      fan_out({packet, 1}, alone, worker_.ring(), worker_.now());
}

void WorkerLesson::unplace(OutStream& stream) {
  if (!stream.track) return;
  erase_unordered(stream.track->takers, &stream);
  stream.track = nullptr;
  stream.rewriter.detach();
}

void WorkerLesson::want_key_frame(Track& track) {
  const TimePoint now = worker_.now();
  if (track.key_frame_wanted_at != TimePoint{} && now - track.key_frame_wanted_at < kRequestSpacing) return;
  track.key_frame_wanted_at = now;
  key_frame_wanted_(track.id);
}

void WorkerLesson::tick(TimePoint) {
  for (const auto& track : tracks_) {
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
