// A lesson as one worker sees it: its tracks with their history, the stage, and the students who live on this
// worker. Way: worker's inbox → [WorkerLesson] → rtp_fanout → students. Decides who takes which track and
// when they may begin: a voice at once, a picture at a key frame (a fresh one from the history, else a new
// one is asked for). From one layer of a picture to another a student changes at a key frame of the other,
// and sees the one that she has until then. Owned by the worker. Thread: net. Time is passed in. Not here:
// merging key frame requests towards the teacher (publisher), the loop itself (rtp_fanout).
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/rtp/ladder.hpp"
#include "pipelines/rtp/late_frames.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/packet_history.hpp"
#include "pipelines/rtp/rate_meter.hpp"
#include "pipelines/rtp/stage.hpp"
#include "pipelines/transport/out_stream.hpp"

namespace thranio::transport {

class Subscriber;
class Worker;

using LessonKey = uint32_t;  // one live lesson in this process; never reused

// Where a source's clock stood when its publisher's last sender report came (RFC 3550 section 6.4.1). Tracks
// of one publisher share its NTP clock, which is what keeps a voice and its picture together.
struct SourceClock {
  uint64_t ntp = 0;  // 32.32 fixed point, seconds since 1900
  uint32_t rtp = 0;
  TimePoint at{};  // arrival of that report
};

// One live lesson over all workers, for /metrics. Thread: any (atomics).
struct LessonCounters {
  std::atomic<uint64_t> packets_out{0}, bytes_out{0};
  std::atomic<uint64_t> nacks_in{0}, retransmissions{0}, key_frame_requests_in{0};
  std::atomic<uint64_t> late_packets{0}, key_frames{0}, joins{0};
  std::atomic<uint64_t> students{0};  // WHEP sessions now
};

// A rendering of a voice or a picture for thin lines: another track. Voices keep the timestamps of what they
// were made from; a picture changes from one to the other at a key frame.
struct RungOf {
  TrackId full;
  Rung rung = Rung::kVoiceLow;  // which rendering it is: the first rung that takes it
  TrackId clock_of;             // whose sender reports tell its clock: a simulcast layer has its own
};

struct Track {
  TrackId id;
  rtp::CodecId codec;
  std::optional<RungOf> rung_of;
  ParticipantId owner;  // to whom it is not sent back; '': nobody's
  rtp::RateMeter rate;
  size_t awaited = 0;   // streams whose `next` it is
  bool wanted = false;  // as was told to whoever makes it
  rtp::PacketHistory history;
  rtp::LateFrames late;
  std::vector<OutStream*> takers;
  std::optional<SourceClock> clock;
  TimePoint key_frame_wanted_at{}, last_packet_at{};
};

class WorkerLesson {
 public:
  // Somebody on this worker needs a key frame of the track. Called on the net thread; goes towards the
  // publisher.
  using KeyFrameWanted = std::function<void(TrackId)>;
  // The first student of this worker needs that rung, or the last one left it.
  using RungWanted = std::function<void(TrackId, bool)>;

  struct Wishes {
    KeyFrameWanted key_frame;
    RungWanted rung;
  };

  WorkerLesson(Worker& worker, Wishes wishes, std::shared_ptr<LessonCounters> counters)
      : worker_(worker), wishes_(std::move(wishes)), counters_(std::move(counters)) {}

  void add_track(TrackId id, rtp::CodecId codec, std::optional<RungOf> rung_of,
                 const ParticipantId& owner = {});
  void remove_track(TrackId id);
  void set_stage(const rtp::StageTracks& stage);
  void set_clock(TrackId id, SourceClock clock);
  // lag: how long they have waited for this worker.
  void packets(TrackId id, std::span<const rtp::MediaPacketPtr> packets, Duration lag);

  void add_subscriber(Subscriber& subscriber);
  void remove_subscriber(Subscriber& subscriber);
  // A student lost the picture (PLI, FIR).
  void want_key_frame(Track& track);
  // Feedback told something of her line.
  void look_at_line(Subscriber& subscriber);
  // About every 100 ms: asks again for key frames that did not come, looks at the lines.
  void tick(TimePoint now);

  Track* find_track(TrackId id);
  size_t subscriber_count() const { return subscribers_.size(); }
  LessonCounters& counters() { return *counters_; }

 private:
  void measure_needs(TimePoint now);
  rtp::RungNeeds needs_of(const Subscriber& subscriber);
  bool is_own(const Subscriber& subscriber, const Track& track) const;
  int64_t camera_bits(Track& full, Rung rung, bool main, TimePoint now);
  Track* rendering(Track& full, Rung rung);
  Track* track_for(OutStream& stream);
  Track* camera_for(const OutStream& stream, Track& full, bool main);
  Rung camera_rung(const Track& track, bool main);
  static bool renders(const Track& track, const Track& full);
  bool is_better(const Track& one, const Track& other, const Track& full, bool main);
  bool flows(const Track& track) const;
  void place(OutStream& stream);
  void place_all(Subscriber& subscriber);
  void change_voice(OutStream& stream, Track* to);
  void change_picture(OutStream& stream, Track* to);
  bool try_change_picture(OutStream& stream);
  void set_next(OutStream& stream, Track* next);
  bool try_change(OutStream& stream);
  void leave_takers(OutStream& stream);
  void tell_wanted(Track& track);
  void begin_before(OutStream& stream);
  void replay(OutStream& stream, int64_t from);
  void start(OutStream& stream, Track& track);
  void unplace(OutStream& stream);

  Worker& worker_;
  const Wishes wishes_;
  const std::shared_ptr<LessonCounters> counters_;
  std::vector<std::unique_ptr<Track>> tracks_;  // a handful: two or three per publisher, six slots
  rtp::StageTracks stage_;
  std::vector<Subscriber*> subscribers_;
  std::vector<OutStream*> changing_;  // those with a `next`
  rtp::RungNeeds needs_{};
  std::array<rtp::RungNeeds, 3> voice_needs_{};  // of these, each voice's
  TimePoint lines_at_{};
  std::vector<rtp::MediaPacketPtr> news_;  // scratch of packets()
};

}  // namespace thranio::transport
