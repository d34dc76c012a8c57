// The lesson's pipeline, built top-down: each track enters by thraniolessonsrc, is split by a tee, and leaves
// by thraniostudentfanout; recording, stills, voice rung and transcoders hang behind the same tees. Way:
// transport/publisher → [LessonGraph] → transport/lesson_fanout. A slow branch never holds the fan-out: every
// branch but this one starts with a leaky queue.
// Owned by the lesson pipeline. Threads: push: that track's net thread; request_key_unit, dot: any; the rest:
// lesson.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>

#include <gst/gst.h>

#include "pipelines/base/ids.hpp"
#include "pipelines/elements/gstlessonsrc.hpp"
#include "pipelines/elements/gststudentfanout.hpp"
#include "pipelines/rtp/media_packet.hpp"

namespace thranio::graph {

class LessonGraph {
 public:
  // key_unit_wanted: a student or a branch needs a key frame of the track; called on any thread.
  // Throws std::runtime_error if GStreamer refuses.
  LessonGraph(const std::string& name, elements::TrackReceiver& students,
              std::function<void(TrackId)> key_unit_wanted);
  ~LessonGraph();
  LessonGraph(const LessonGraph&) = delete;
  LessonGraph& operator=(const LessonGraph&) = delete;

  void add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type);
  void remove_track(TrackId track);

  void push(TrackId track, std::span<const std::span<const uint8_t>> packets);
  void request_key_unit(TrackId track);

  std::string dot() const;

 private:
  // Set at construction, never changed.
  std::function<void(TrackId)> key_unit_wanted_;
  GstElement* pipeline_ = nullptr;
  ThranioLessonSrc* source_ = nullptr;        // owned by the pipeline
  ThranioStudentFanout* students_ = nullptr;  // owned by the pipeline

  // lesson strand only.
  std::map<TrackId, GstElement*> tees_;
};

}  // namespace thranio::graph
