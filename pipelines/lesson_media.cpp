#include "pipelines/lesson_media.hpp"

namespace thranio::pipelines {

LessonMedia::LessonMedia(transport::WorkerPool& pool, const LessonId& lesson)
    : pool_(pool),
      graph_("lesson-" + lesson.value(), *this, [this](TrackId track) { ask_publisher(track); }),
      fanout_(pool, lesson, [this](TrackId track) { key_frame_wanted(track); }) {}

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

void LessonMedia::remove_track(TrackId track) {
  graph_.remove_track(track);  // its stream has stopped when this returns
  fanout_.remove_track(track);
  const std::unique_lock lock(mutex_);
  intakes_.erase(track.value());
  publishers_.erase(track);
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
