#include "pipelines/lesson_media.hpp"

namespace thranio::pipelines {

LessonMedia::LessonMedia(transport::WorkerPool& pool, const LessonId& lesson, Notes notes)
    : pool_(pool),
      notes_(std::move(notes)),
      graph_("lesson-" + lesson.value(), *this, [this](TrackId track) { ask_publisher(track); }),
      fanout_(pool, lesson,
              {[this](TrackId track) { key_frame_wanted(track); },
               [this](TrackId track, bool wanted) { rung_wanted(track, wanted); }}) {}

void LessonMedia::add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type, const PeerId& publisher,
                            const ParticipantId& owner) {
  {
    const std::unique_lock lock(mutex_);
    intakes_[track.value()] = std::make_unique<Intake>(codec);
    publishers_[track] = publisher;
  }
  fanout_.add_track(track, codec, std::nullopt, owner);
  graph_.add_track(track, codec, payload_type);
}

void LessonMedia::add_layer(TrackId track, TrackId full, Rung rung, rtp::CodecId codec, uint8_t payload_type,
                            const PeerId& publisher) {
  {
    const std::unique_lock lock(mutex_);
    intakes_[track.value()] = std::make_unique<Intake>(codec);
    publishers_[track] = publisher;
  }
  fanout_.add_track(track, codec, transport::RungOf{full, rung, track});
  graph_.add_track(track, codec, payload_type);
}

void LessonMedia::add_slow_picture(TrackId track, TrackId of, TrackId full, rtp::CodecId codec) {
  {
    const std::lock_guard lock(rung_mutex_);
    demands_[track].of = demands_[track].source = of;
  }
  fanout_.add_track(track, codec, transport::RungOf{full, Rung::kSlowPictures, of});
  const std::unique_lock lock(mutex_);
  intakes_.at(of.value())
      ->layers.push_back({track, Rung::kSlowPictures, rtp::LayerTrack({rtp::LayerLimit::kAll, 0})});
}

void LessonMedia::expect_layers(TrackId full, const LayerTracks& tracks) {
  {
    const std::lock_guard lock(rung_mutex_);
    for (const auto track : {tracks.slow, tracks.small, tracks.middle})
      demands_[track].source = full;
    demands_[tracks.slow].of = tracks.small;
    smallest_[full] = tracks.small;
  }
  const std::unique_lock lock(mutex_);
  auto& layers = intakes_.at(full.value())->layers;
  layers.push_back({tracks.slow, Rung::kSlowPictures});
  layers.push_back({tracks.small, Rung::kSmallPictures});
  layers.push_back({tracks.middle, Rung::kMiddlePictures});
}

// The stream's layers are what its newest key frame told; tracks come and go with them.
void LessonMedia::follow_layers(TrackId full, Intake& intake) {
  if (!rtp::is_scalable(intake.codec) || intake.known == intake.parser.layers()) return;
  intake.known = intake.parser.layers();
  const auto rungs = rtp::rung_layers(*intake.known);
  for (auto& layers : intake.layers) {
    const auto& wanted = layers.rung == Rung::kSlowPictures    ? rungs.slow
                         : layers.rung == Rung::kSmallPictures ? rungs.small
                                                               : rungs.middle;
    if (layers.packets ? wanted == layers.packets->limit() : !wanted) continue;
    if (layers.packets) fanout_.remove_track(layers.track);
    layers.packets.reset();
    if (!wanted) continue;
    layers.packets.emplace(*wanted);
    fanout_.add_track(layers.track, intake.codec, transport::RungOf{full, layers.rung, full});
  }
}

void LessonMedia::set_demand(TrackId track, std::function<void(bool wanted)> changed) {
  const std::lock_guard lock(rung_mutex_);
  demands_[track].changed = std::move(changed);
}

void LessonMedia::show_stills(TrackId of, bool show) {
  graph_.open_stills(of, show);
  const std::lock_guard lock(rung_mutex_);
  const auto smallest = smallest_.find(of);
  if (show ? shown_stills_.insert(of).second : shown_stills_.erase(of) > 0)
    count_demand(smallest == smallest_.end() ? of : smallest->second, show);
}

void LessonMedia::expect_rung(TrackId track, rtp::CodecId codec, transport::RungOf rung_of) {
  {
    const std::unique_lock lock(mutex_);
    auto& intake = intakes_[track.value()] = std::make_unique<Intake>(codec);
    intake->bundler.reset();  // a voice's rung has long packets already
  }
  set_demand(track, [this, track](bool wanted) { graph_.open_rung(track, wanted); });
  fanout_.add_track(track, codec, rung_of);
}

void LessonMedia::add_voice_rung(TrackId track, TrackId of, Rung rung) {
  expect_rung(track, rtp::CodecId::kOpus, {of, rung, of});
  if (rung == Rung::kVoiceLowest)
    graph_.add_voice_rung(track, of, 8'000, std::chrono::milliseconds(120));
  else
    graph_.add_voice_rung(track, of, 12'000, std::chrono::milliseconds(60));
}

void LessonMedia::add_stills(TrackId of, bool face, graph::LessonGraph::PictureMade made) {
  if (face)
    graph_.add_stills(of, picture::kFaces, 320, 240, std::move(made));
  else
    graph_.add_stills(of, picture::kSlides, 960, 540, std::move(made));
}

void LessonMedia::add_picture(TrackId track, TrackId full, Rung rung, TrackId from, TrackId needs) {
  expect_rung(track, rtp::CodecId::kVp8, {full, rung, from});
  {
    const std::lock_guard lock(rung_mutex_);
    demands_[track].of = needs;
  }
  graph_.add_picture(track, from,
                     rung == Rung::kSmallPictures ? graph::LessonGraph::kSmall : graph::LessonGraph::kMiddle);
}

void LessonMedia::rung_wanted(TrackId track, bool wanted) {
  const std::lock_guard lock(rung_mutex_);
  count_demand(track, wanted);
}

void LessonMedia::count_demand(TrackId track, bool wanted) {
  const auto at = demands_.find(track);
  if (at == demands_.end()) return;
  Demand& demand = at->second;
  const bool was = demand.takers > 0;
  demand.takers += wanted ? 1 : -1;
  const bool is = demand.takers > 0;
  if (was == is) return;
  if (demand.changed) demand.changed(is);
  if (demand.of) count_demand(*demand.of, is);
}

void LessonMedia::key_frame_wanted(TrackId track) {
  {
    const std::lock_guard lock(rung_mutex_);
    const auto at = demands_.find(track);
    if (at != demands_.end() && at->second.source) track = *at->second.source;
  }
  graph_.request_key_unit(track);
}

void LessonMedia::add_floor_voice(TrackId track, rtp::Standing standing, const ParticipantId& owner) {
  const std::lock_guard lock(choice_mutex_);
  speakers_.insert_or_assign(track, owner);
  choice_.add(track, standing, std::chrono::steady_clock::now());
  post_stage_locked();
}

void LessonMedia::set_standing(TrackId track, rtp::Standing standing) {
  const std::lock_guard lock(choice_mutex_);
  choice_.set_standing(track, standing);
}

rtp::VoiceChoice::Chosen LessonMedia::heard_voices() const {
  const std::lock_guard lock(choice_mutex_);
  return choice_.chosen();
}

void LessonMedia::set_stage(const rtp::StageTracks& stage) {
  const std::lock_guard lock(choice_mutex_);
  stage_ = stage;
  const bool shared_sound = stage[static_cast<size_t>(rtp::Slot::kVoice2)].has_value();
  choice_.set_slots(shared_sound ? 1 : 2, std::chrono::steady_clock::now());
  post_stage_locked();
}

void LessonMedia::level(TrackId track, uint8_t level, TimePoint now) {
  bool changed = false;
  std::optional<Spoken> spoken;
  {
    const std::lock_guard lock(choice_mutex_);
    changed = choice_.heard(track, level, now);
    if (changed) post_stage_locked();
    spoken = take_spoken_locked(track, kTellSpoken);
  }
  if (changed) notes_.voices_changed();
  if (spoken) notes_.spoke(spoken->who, spoken->length);
}

std::optional<LessonMedia::Spoken> LessonMedia::take_spoken_locked(TrackId track,
                                                                   std::chrono::milliseconds least) {
  const auto length = choice_.take_spoken(track, least);
  const auto speaker = speakers_.find(track);
  if (!length || speaker == speakers_.end()) return std::nullopt;
  return Spoken{speaker->second, *length};
}

void LessonMedia::post_stage_locked() {
  rtp::StageTracks stage = stage_;
  const auto& voices = choice_.chosen();
  for (size_t i = 0; i < voices.size(); ++i)
    if (voices[i]) stage[static_cast<size_t>(rtp::Slot::kVoice1) + i] = voices[i];
  fanout_.set_stage(stage);
}

void LessonMedia::remove_track(TrackId track) {
  std::optional<Spoken> spoken;
  {
    const std::lock_guard lock(choice_mutex_);
    spoken = take_spoken_locked(track, std::chrono::milliseconds(1));
    speakers_.erase(track);
    if (choice_.remove(track, std::chrono::steady_clock::now())) post_stage_locked();
  }
  if (spoken) notes_.spoke(spoken->who, spoken->length);
  graph_.remove_track(track);  // its stream has stopped when this returns
  {
    const std::unique_lock lock(mutex_);  // what it is cut out of makes no more of it
    for (const auto& [id, intake] : intakes_)
      std::erase_if(intake->layers, [&](const auto& layers) { return layers.track == track; });
  }
  fanout_.remove_track(track);
  {
    const std::unique_lock lock(mutex_);
    intakes_.erase(track.value());
    publishers_.erase(track);
  }
  const std::lock_guard lock(rung_mutex_);  // never with mutex_: a rung that opens asks a publisher
  demands_.erase(track);
  shown_stills_.erase(track);
  smallest_.erase(track);
}

void LessonMedia::rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) {
  std::vector<rtp::MediaPacketPtr> parsed;
  std::vector<std::pair<TrackId, std::vector<rtp::MediaPacketPtr>>> layered;
  parsed.reserve(packets.size());
  {
    const std::shared_lock lock(mutex_);
    const auto at = intakes_.find(track);
    if (at == intakes_.end()) return;
    Intake& intake = *at->second;
    const auto now = std::chrono::steady_clock::now();
    if (intake.bundler) intake.bundler->set_length(std::chrono::milliseconds(voice_packet_ms_));
    for (const auto& packet : packets) {
      auto media = intake.parser.parse(packet);
      if (media) follow_layers(TrackId{track}, intake);
      if (!media)
        pool_.drops().add(media.error());
      else if (!intake.bundler)
        parsed.push_back(std::move(*media));
      else if (!intake.bundler->add(std::move(*media), now, parsed))
        pool_.drops().add(DropReason::kTooOld);
    }
    for (auto& layers : intake.layers) {
      if (!layers.packets) continue;
      auto& out = layered.emplace_back(layers.track, std::vector<rtp::MediaPacketPtr>()).second;
      for (const auto& packet : parsed)
        layers.packets->add(packet, now, out);
    }
  }
  fanout_.packets(TrackId{track}, parsed);
  for (const auto& [id, out] : layered)
    fanout_.packets(id, out);
}

void LessonMedia::ask_publisher(TrackId track) {
  PeerId publisher;
  {
    const std::shared_lock lock(mutex_);
    const auto at = publishers_.find(track);
    if (at == publishers_.end()) return;
    publisher = at->second;
  }
  pool_.directory().visit(publisher, [track](transport::Peer& peer) {
    static_cast<transport::Publisher&>(peer).request_key_frame(track, std::chrono::steady_clock::now());
  });
}

}  // namespace thranio::pipelines
