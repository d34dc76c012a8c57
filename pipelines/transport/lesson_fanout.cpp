#include "pipelines/transport/lesson_fanout.hpp"

#include "pipelines/transport/worker_pool.hpp"

namespace thranio::transport {

LessonFanout::LessonFanout(WorkerPool& pool, const LessonId& lesson, WorkerLesson::Wishes wishes)
    : pool_(pool), key_(pool.next_lesson_key()) {
  const auto counters = std::make_shared<LessonCounters>();
  pool_.list_lesson(key_, lesson, counters);
  pool_.post_all([key = key_, wanted = std::move(wishes), counters](Worker& worker) {
    worker.open_lesson(key, wanted, counters);
  });
}

LessonFanout::~LessonFanout() {
  pool_.unlist_lesson(key_);
  pool_.run_all([key = key_](Worker& worker) { worker.close_lesson(key); });
}

void LessonFanout::add_track(TrackId id, rtp::CodecId codec, std::optional<RungOf> rung_of,
                             const ParticipantId& owner) {
  pool_.post_all([key = key_, id, codec, rung_of, owner](Worker& worker) {
    if (auto* lesson = worker.find_lesson(key)) lesson->add_track(id, codec, rung_of, owner);
  });
}

void LessonFanout::remove_track(TrackId id) {
  pool_.post_all([key = key_, id](Worker& worker) {
    if (auto* lesson = worker.find_lesson(key)) lesson->remove_track(id);
  });
}

void LessonFanout::set_stage(const rtp::StageTracks& stage) {
  pool_.post_all([key = key_, stage](Worker& worker) {
    if (auto* lesson = worker.find_lesson(key)) lesson->set_stage(stage);
  });
}

void LessonFanout::set_clock(TrackId id, SourceClock clock) {
  pool_.post_all([key = key_, id, clock](Worker& worker) {
    if (auto* lesson = worker.find_lesson(key)) lesson->set_clock(id, clock);
  });
}

void LessonFanout::packets(TrackId id, const std::vector<rtp::MediaPacketPtr>& packets) {
  if (packets.empty()) return;
  for (const auto& worker : pool_.workers())
    worker->post_packets(key_, id, packets);
}

}  // namespace thranio::transport
