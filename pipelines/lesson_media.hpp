// The media of one live lesson: its graph, its fan-out, its publishers' tracks and the stage between them.
// Way: publisher (net) → [LessonMedia::rtp] → LessonGraph → [LessonMedia: TrackReceiver] → LessonFanout →
// workers. Private to lesson_pipeline.cpp's folder: the server sees lesson_pipeline.hpp alone. Owned by the
// lesson pipeline. Threads: each method says.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>

#include "pipelines/base/ids.hpp"
#include "pipelines/graph/lesson_graph.hpp"
#include "pipelines/rtp/layer_track.hpp"
#include "pipelines/rtp/track_parser.hpp"
#include "pipelines/rtp/voice_bundler.hpp"
#include "pipelines/rtp/voice_choice.hpp"
#include "pipelines/transport/lesson_fanout.hpp"
#include "pipelines/transport/publisher.hpp"
#include "pipelines/transport/worker_pool.hpp"

namespace thranio::pipelines {

class LessonMedia final : public transport::TrackSink, private elements::TrackReceiver {
 public:
  // What the students' voices do; called on any thread, must only note and post.
  struct Notes {
    std::function<void()> voices_changed;                                        // others of them are heard
    std::function<void(const ParticipantId&, std::chrono::milliseconds)> spoke;  // so much more than before
  };
  static constexpr auto kTellSpoken =
      std::chrono::milliseconds(500);  // as often as it is noted, and at the end
  LessonMedia(transport::WorkerPool& pool, const LessonId& lesson, Notes notes);

  // Thread: lesson.
  void add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type, const PeerId& publisher,
                 const ParticipantId& owner);
  // A student's voice: which of them are heard is a matter of their levels.
  void add_floor_voice(TrackId track, rtp::Standing standing, const ParticipantId& owner);
  void set_standing(TrackId track, rtp::Standing standing);
  rtp::VoiceChoice::Chosen heard_voices() const;
  // A rendering of the voice `of` for thin lines; made only while a student takes it.
  void add_voice_rung(TrackId track, TrackId of, Rung rung);
  // A rendering of the picture `full` for thinner lines and other decoders, in VP8: small, or of middle size;
  // made of the track `from` only while a student takes it. needs: what of its publisher's is needed for it.
  void add_picture(TrackId track, TrackId full, Rung rung, TrackId from, TrackId needs);
  // A simulcast layer of the picture `full`, which its publisher sends beside it.
  void add_layer(TrackId track, TrackId full, Rung rung, rtp::CodecId codec, uint8_t payload_type,
                 const PeerId& publisher);
  // The base temporal layer of a picture's smallest layer `of`, as a rendering of `full`.
  void add_slow_picture(TrackId track, TrackId of, TrackId full, rtp::CodecId codec);
  // A picture of several layers in one stream: those of the rungs' sizes are tracks, too, as soon as its
  // sender tells of them and as long as it does. Stills are made of the smallest.
  struct LayerTracks {
    TrackId slow, small, middle;
  };
  void expect_layers(TrackId full, const LayerTracks& tracks);
  // Told when somebody begins or ceases to need the track: a student, or still pictures made of it. Thread:
  // net or lesson, under a lock: it must only note and post.
  void set_demand(TrackId track, std::function<void(bool wanted)> changed);
  // Still pictures of a picture's track, for lines that carry nothing that moves. pictures: on any thread.
  void add_stills(TrackId of, bool face, graph::LessonGraph::PictureMade made);
  void show_stills(TrackId of, bool show);
  void remove_track(TrackId track);
  // How much voice a packet to the students carries; 20 ms: as the publishers send it.
  void set_voice_packet(std::chrono::milliseconds length) { voice_packet_ms_ = length.count(); }
  // All but the students' voices, which join it by themselves.
  void set_stage(const rtp::StageTracks& stage);
  transport::LessonKey key() const { return fanout_.key(); }
  std::string dot() const { return graph_.dot(); }

  // TrackSink. Thread: net (the publisher's worker).
  void rtp(TrackId track, std::span<const std::span<const uint8_t>> packets) override {
    graph_.push(track, packets);
  }
  void clock(TrackId track, transport::SourceClock clock) override { fanout_.set_clock(track, clock); }
  void level(TrackId track, uint8_t level, TimePoint now) override;

 private:
  // The way in of a track that the lesson makes itself, and its first look at who wants it.
  void expect_rung(TrackId track, rtp::CodecId codec, transport::RungOf rung_of);
  // TrackReceiver. Thread: stream (of that track).
  void rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) override;
  // Thread: any. A wish travels up the pipeline to whatever makes the track.
  void key_frame_wanted(TrackId track);
  void ask_publisher(TrackId track);
  // Thread: net. A worker's first student needs the rung, or its last has left.
  void rung_wanted(TrackId track, bool wanted);

  void post_stage_locked();
  struct Spoken {
    ParticipantId who;
    std::chrono::milliseconds length;
  };
  std::optional<Spoken> take_spoken_locked(TrackId track, std::chrono::milliseconds least);

  // Set at construction, never changed.
  transport::WorkerPool& pool_;
  const Notes notes_;

  // Any thread (atomic).
  std::atomic<int64_t> voice_packet_ms_{20};

  // Guarded by mutex_: written by the lesson, read by streams and workers.
  mutable std::shared_mutex mutex_;
  // Some layers of a stream, which are a track, too.
  struct Layers {
    TrackId track;
    Rung rung;
    std::optional<rtp::LayerTrack> packets = {};  // nothing: the stream has none of that size
  };
  struct Intake {
    explicit Intake(rtp::CodecId coded) : codec(coded), parser(coded) {
      if (!rtp::is_video(codec)) bundler.emplace();
    }
    const rtp::CodecId codec;
    rtp::TrackParser parser;
    std::optional<rtp::VoiceBundler> bundler;  // a voice's
    std::list<Layers> layers;
    std::optional<rtp::LayerStructure> known;  // as the tracks of its layers were made after
  };
  void follow_layers(TrackId full, Intake& intake);
  std::map<uint32_t, std::unique_ptr<Intake>> intakes_;  // an intake itself: its track's stream alone
  std::map<TrackId, PeerId> publishers_;

  // Guarded by choice_mutex_: the stage leaves under it, so that the workers hear of changes in their order.
  mutable std::mutex choice_mutex_;
  rtp::VoiceChoice choice_;
  std::map<TrackId, ParticipantId> speakers_;  // whose the voices are
  rtp::StageTracks stage_{};                   // as set_stage was told

  // Guarded by rung_mutex_.
  std::mutex rung_mutex_;
  struct Demand {
    int takers = 0;  // workers that need it, and what is made of it
    std::function<void(bool)> changed;
    std::optional<TrackId> of;      // who needs it needs that one
    std::optional<TrackId> source;  // it is cut out of that track's packets: key frames are asked for there
  };
  void count_demand(TrackId track, bool wanted);
  std::map<TrackId, Demand> demands_;
  std::set<TrackId> shown_stills_;
  std::map<TrackId, TrackId> smallest_;  // of a picture of several layers: what its stills need

  graph::LessonGraph graph_;
  transport::LessonFanout fanout_;
};

}  // namespace thranio::pipelines
