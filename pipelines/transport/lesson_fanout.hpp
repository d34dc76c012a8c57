// A lesson's way to all workers: the packets of its tracks, its stage, its students' wishes for key frames.
// Way: thraniostudentfanout → track_parser → [LessonFanout] → each worker's inbox → WorkerLesson.
// Everything is a message; each worker keeps its own state, nothing is shared but the packets themselves.
// Owned by the lesson pipeline. Thread: any; packets() of one track: that track's streaming thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/stage.hpp"
#include "pipelines/transport/worker_lesson.hpp"

namespace thranio::transport {

class WorkerPool;

class LessonFanout {
 public:
  // wishes: called on net threads, until the destructor returns.
  LessonFanout(WorkerPool& pool, const LessonId& lesson, WorkerLesson::Wishes wishes);
  ~LessonFanout();  // the workers have forgotten the lesson when it returns
  LessonFanout(const LessonFanout&) = delete;
  LessonFanout& operator=(const LessonFanout&) = delete;

  LessonKey key() const { return key_; }
  void add_track(TrackId id, rtp::CodecId codec, std::optional<RungOf> rung_of = std::nullopt,
                 const ParticipantId& owner = {});
  void remove_track(TrackId id);
  void set_stage(const rtp::StageTracks& stage);
  void set_clock(TrackId id, SourceClock clock);
  void packets(TrackId id, const std::vector<rtp::MediaPacketPtr>& packets);

 private:
  WorkerPool& pool_;
  const LessonKey key_;
};

}  // namespace thranio::transport
