// A media plane with one live lesson, in this process and on loopback: what media tests start from. SDP goes
// by plain calls; packets go over real sockets.
// Owned by the test. Thread: the test's (it is the lesson's strand).
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipelines/lesson_pipeline.hpp"
#include "tests/support/media_client.hpp"

namespace thranio::test {

class OneLesson {
 public:
  explicit OneLesson(unsigned workers = 2);

  // The Exchange of a publisher or a student; the PeerId is noted for later calls.
  Exchange whip(pipelines::Source source = pipelines::Source::kCamera, pipelines::PublishTerms terms = {});
  Exchange whep(ParticipantId owner = {});
  const PeerId& last_peer() const { return last_.peer; }
  const std::string& last_etag() const { return last_.etag; }

  pipelines::LessonPipeline& lesson() { return *lesson_; }
  MediaLoop& loop() { return loop_; }
  uint16_t port() const { return plane_->port(); }

  // The sum over workers of one family of /metrics, e.g. "thranio_media_nacks_in_total" or
  // "thranio_dropped_packets_total{reason=\"unknown_ssrc\"".
  uint64_t metric(const std::string& name) const;

  // The layers of that publisher which somebody needs, as was told last; nothing if it was not told.
  std::optional<std::vector<std::string>> layers_needed(const PeerId& publisher) const;
  bool saw(pipelines::PeerEvent::Kind kind, const PeerId& peer) const;

  // All join and are connected, or the test ends here.
  void connect(std::initializer_list<MediaPeer*> peers);

 private:
  struct Events {
    std::mutex mutex;
    std::vector<pipelines::PeerEvent> seen;  // guarded by mutex
  };
  MediaLoop loop_;
  std::shared_ptr<Events> events_ = std::make_shared<Events>();
  std::unique_ptr<pipelines::MediaPlane> plane_;
  std::unique_ptr<pipelines::LessonPipeline> lesson_;
  pipelines::SdpAnswer last_;
};

}  // namespace thranio::test
