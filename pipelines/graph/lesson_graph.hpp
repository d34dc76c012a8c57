// The lesson's pipeline, built top-down: each track enters by thraniolessonsrc, is split by a tee, and leaves
// by thraniostudentfanout; recording, stills, voice rung and transcoders hang behind the same tees. Way:
// transport/publisher → [LessonGraph] → transport/lesson_fanout. A slow branch never holds the fan-out: every
// branch but this one starts with a leaky queue.
// Owned by the lesson pipeline. Threads: push: that track's net thread; request_key_unit, dot: any; the rest:
// lesson.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "pipelines/base/ids.hpp"
#include "pipelines/base/picture.hpp"
#include "pipelines/elements/gstlessonsrc.hpp"
#include "pipelines/elements/gststudentfanout.hpp"
#include "pipelines/picture/still_maker.hpp"
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
  // A rendering of the voice `of`; silent until it is opened. Goes with remove_track, before `of` goes.
  void add_voice_rung(TrackId track, TrackId of, int bits_per_second, std::chrono::milliseconds packet);
  // A picture's track as still pictures of at most that size; none until they are opened. Goes with `of`.
  // pictures: on the branch's streaming thread.
  using PictureMade = std::function<void(PicturePtr)>;
  void add_stills(TrackId of, picture::StillSettings settings, int width, int height, PictureMade made);
  // lesson strand. Opened anew, the first picture is whole.
  void open_stills(TrackId of, bool open);
  // A picture's track once more, as VP8 and no larger than that; made only while it is open. Goes like a
  // voice rung.
  struct Picture {
    int width, height;
    int bits_per_second;
    std::chrono::milliseconds between;  // frames, at least
  };
  static constexpr Picture kSmall{256, 144, 45'000, std::chrono::milliseconds(110)};
  static constexpr Picture kMiddle{640, 360, 200'000, std::chrono::milliseconds(60)};
  void add_picture(TrackId track, TrackId of, const Picture& picture);
  // Any thread.
  void open_rung(TrackId track, bool open);
  void remove_track(TrackId track);

  void push(TrackId track, std::span<const std::span<const uint8_t>> packets);
  void request_key_unit(TrackId track);

  std::string dot() const;

 private:
  struct Rung;
  void link_rung(TrackId track, std::unique_ptr<Rung> rung);
  void remove_rung(TrackId track);
  void remove_stills(TrackId of);
  void release_student_pad(TrackId track);

  // Set at construction, never changed.
  std::function<void(TrackId)> key_unit_wanted_;
  GstElement* pipeline_ = nullptr;
  ThranioLessonSrc* source_ = nullptr;        // owned by the pipeline
  ThranioStudentFanout* students_ = nullptr;  // owned by the pipeline

  // lesson strand only.
  struct Entry {
    GstElement* tee = nullptr;  // owned by the pipeline
    rtp::CodecId codec;
  };
  std::map<TrackId, Entry> entries_;
  struct Unref {
    void operator()(gpointer object) const { gst_object_unref(object); }
  };
  using Pad = std::unique_ptr<GstPad, Unref>;
  static Pad branch_off(GstElement* tee, GstElement* first);
  static void cut_off(GstElement* tee, GstPad* branch, GstElement* first);
  struct Rung {
    std::vector<GstElement*> elements;  // linked; owned by the pipeline
    GstElement* control = nullptr;      // a thraniovoicerung, or a valve
    TrackId of;
    Pad branch;          // the tee's; ours to release
    Duration between{};  // frames, at least
    std::mutex mutex;
    TimePoint passed_at{};  // guarded by mutex: when the last frame went on
  };
  std::map<TrackId, std::unique_ptr<Rung>> rungs_;
  struct Stills;
  std::map<TrackId, std::unique_ptr<Stills>> stills_;

  // Guarded by rungs_mutex_.
  std::mutex rungs_mutex_;
  std::map<TrackId, std::pair<GstElement*, TrackId>> controls_;  // of the rungs, and what they are made of
};

}  // namespace thranio::graph
