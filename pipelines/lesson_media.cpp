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
    parsers_[track.value()] = std::make_unique<rtp::TrackParser>(codec);
    publishers_[track] = publisher;
  }
  fanout_.add_track(track, codec);
  graph_.add_track(track, codec, payload_type);
}

void LessonMedia::remove_track(TrackId track) {
  graph_.remove_track(track);  // its stream has stopped when this returns
  fanout_.remove_track(track);
  const std::unique_lock lock(mutex_);
  parsers_.erase(track.value());
  publishers_.erase(track);
}

void LessonMedia::rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) {
  std::vector<rtp::MediaPacketPtr> parsed;
  parsed.reserve(packets.size());
  {
    const std::shared_lock lock(mutex_);
    const auto parser = parsers_.find(track);
    if (parser == parsers_.end()) return;
    for (const auto& packet : packets) {
      auto media = parser->second->parse(packet);
      if (media)
        parsed.push_back(std::move(*media));
      else
        pool_.drops().add(media.error());
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
