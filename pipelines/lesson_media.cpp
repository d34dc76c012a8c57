#include "pipelines/lesson_media.hpp"

namespace thranio::pipelines {

LessonMedia::LessonMedia(transport::WorkerPool& pool, const LessonId& lesson)
    : pool_(pool),
      graph_("lesson-" + lesson.value(), *this, [this](TrackId track) { ask_publisher(track); }),
      fanout_(pool, lesson,
              {[this](TrackId track) { key_frame_wanted(track); },
               [this](TrackId track, bool wanted) { rung_wanted(track, wanted); }}) {}

void LessonMedia::add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type,
                            const PeerId& publisher) {
  {
    const std::unique_lock lock(mutex_);
    intakes_[track.value()] = std::make_unique<Intake>(codec);
    publishers_[track] = publisher;
  }
  fanout_.add_track(track, codec);
  graph_.add_track(track, codec, payload_type);
}

void LessonMedia::expect_rung(TrackId track, rtp::CodecId codec, transport::RungOf rung_of) {
  {
    const std::unique_lock lock(mutex_);
    auto& intake = intakes_[track.value()] = std::make_unique<Intake>(codec);
    intake->bundler.reset();  // a voice's rung has long packets already
  }
  {
    const std::lock_guard lock(rung_mutex_);
    rung_takers_[track] = 0;
  }
  fanout_.add_track(track, codec, rung_of);
}

void LessonMedia::add_voice_rung(TrackId track, TrackId of, Rung rung) {
  expect_rung(track, rtp::CodecId::kOpus, {of, rung});
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

void LessonMedia::add_small_picture(TrackId track, TrackId of) {
  expect_rung(track, rtp::CodecId::kVp8, {of, Rung::kSmallPictures});
  graph_.add_small_picture(track, of);
}

void LessonMedia::rung_wanted(TrackId track, bool wanted) {
  const std::lock_guard lock(rung_mutex_);
  const auto at = rung_takers_.find(track);
  if (at == rung_takers_.end()) return;
  const bool was = at->second > 0;
  at->second += wanted ? 1 : -1;
  if (const bool is = at->second > 0; was != is) graph_.open_rung(track, is);
}

void LessonMedia::remove_track(TrackId track) {
  graph_.remove_track(track);  // its stream has stopped when this returns
  fanout_.remove_track(track);
  {
    const std::unique_lock lock(mutex_);
    intakes_.erase(track.value());
    publishers_.erase(track);
  }
  const std::lock_guard lock(rung_mutex_);  // never with mutex_: a rung that opens asks a publisher
  rung_takers_.erase(track);
}

void LessonMedia::rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) {
  std::vector<rtp::MediaPacketPtr> parsed;
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
      if (!media)
        pool_.drops().add(media.error());
      else if (!intake.bundler)
        parsed.push_back(std::move(*media));
      else if (!intake.bundler->add(std::move(*media), now, parsed))
        pool_.drops().add(DropReason::kTooOld);
    }
  }
  fanout_.packets(TrackId{track}, parsed);
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
