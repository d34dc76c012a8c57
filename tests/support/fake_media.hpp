// A media plane without media: answers offers, remembers publishers, and loses a peer when the test says so.
// Thread: the test's.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "pipelines/lesson_pipeline.hpp"

namespace thranio::test {

class FakePipeline;

class FakeMediaPlane final : public pipelines::MediaPlane {
 public:
  uint16_t port() const override { return 8443; }
  std::unique_ptr<pipelines::LessonPipeline> create_lesson(
      LessonId lesson, std::function<void(pipelines::PeerEvent)> events) override;
  std::string metrics() const override { return ""; }

  int created = 0;
  FakePipeline* newest = nullptr;  // null once it is gone
};

class FakePipeline final : public pipelines::LessonPipeline {
 public:
  FakePipeline(FakeMediaPlane& plane, std::function<void(pipelines::PeerEvent)> events)
      : plane_(plane), events_(std::move(events)) {}
  ~FakePipeline() override { plane_.newest = nullptr; }

  Result<pipelines::SdpAnswer> publish(pipelines::Source source, std::string_view offer,
                                       const pipelines::PublishTerms& terms) override {
    if (offer.empty()) return fail(ErrorKind::kInvalid, "invalid-sdp", "No offer.");
    if (source == pipelines::Source::kFloor) return publish_on_floor(terms);
    if (publishers_.contains(source) && !terms.take_over)
      return fail(ErrorKind::kConflict, "source-taken", "Somebody else already publishes here.");
    if (publishers_.contains(source)) lose(publishers_[source]);
    publishers_[source] = new_peer();
    return pipelines::SdpAnswer{publishers_[source], "answer", "\"1\""};
  }
  Result<pipelines::SdpAnswer> subscribe(std::string_view, const ParticipantId&) override {
    return pipelines::SdpAnswer{new_peer(), "answer", "\"1\""};
  }
  Result<pipelines::SdpAnswer> patch(const PeerId& peer, std::string_view,
                                     std::string_view if_match) override {
    if (if_match != "\"1\"") return fail(ErrorKind::kStale, "stale-ice-session", "Another generation.");
    return pipelines::SdpAnswer{peer, "", "\"1\""};
  }
  bool close(const PeerId& peer) override {
    std::erase_if(publishers_, [&](const auto& entry) { return entry.second == peer; });
    std::erase_if(floor, [&](const auto& one) { return one.peer == peer; });
    return peers_.erase(peer) == 1;
  }
  std::optional<PeerId> publisher_of(pipelines::Source source) const override {
    const auto at = publishers_.find(source);
    if (source == pipelines::Source::kFloor)
      return floor.empty() ? std::nullopt : std::optional(floor.front().peer);
    return at == publishers_.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<pipelines::Source> source_of(const PeerId& peer) const override {
    for (const auto& [source, publisher] : publishers_)
      if (publisher == peer) return source;
    if (std::ranges::find(floor, peer, &OnFloor::peer) != floor.end()) return pipelines::Source::kFloor;
    return std::nullopt;
  }
  pipelines::StageView stage() const override {
    pipelines::StageView view;
    view.voices[0] = view.camera = publisher_of(pipelines::Source::kCamera);
    view.screen = publisher_of(pipelines::Source::kScreen);
    for (size_t i = 0; i < floor.size(); ++i) {
      if (i < 2) view.voices[i + 1] = floor[i].peer;
      if (floor[i].terms.pictures) view.floor = floor[i].peer;
    }
    return view;
  }
  void set_muted(const PeerId& peer, bool audio, bool) override {
    for (auto& one : floor)
      if (one.peer == peer) one.muted = audio;
  }
  void set_has_floor(const PeerId& peer, bool has_floor) override {
    for (auto& one : floor)
      if (one.peer == peer) one.terms.has_floor = has_floor;
  }
  void set_highest_rung(const PeerId& subscriber, Rung highest) override {
    highest_rungs[subscriber] = highest;
  }
  void sent_beside(const PeerId& subscriber, size_t bytes) override { beside[subscriber] += bytes; }
  void show_pictures(bool wanted) override { pictures_wanted = wanted; }
  void set_voice_packet(std::chrono::milliseconds length) override { voice_packet = length; }
  std::string dot() const override { return ""; }
  struct OnFloor {
    PeerId peer;
    pipelines::PublishTerms terms;
    bool muted = false;
  };
  std::vector<OnFloor> floor;  // in order of publishing

  std::chrono::milliseconds voice_packet{0};
  std::map<PeerId, Rung> highest_rungs;
  bool pictures_wanted = false;
  std::map<PeerId, size_t> beside;

  void tell_line(const PeerId& peer, const LineState& line) {
    events_({pipelines::PeerEvent::Kind::kLine, peer, {}, line});
  }
  void tell_picture(const PeerId& peer, PicturePtr picture) {
    events_({pipelines::PeerEvent::Kind::kPicture, peer, {}, {}, std::move(picture)});
  }

  // The peer's link is dead, or it was replaced.
  void lose(const PeerId& peer) {
    const PeerId gone = peer;  // may be the map's own
    close(gone);
    events_({pipelines::PeerEvent::Kind::kDisconnected, gone, "lost"});
  }

 private:
  Result<pipelines::SdpAnswer> publish_on_floor(const pipelines::PublishTerms& terms) {
    const auto own =
        std::ranges::find(floor, terms.owner, [](const OnFloor& one) { return one.terms.owner; });
    if (own != floor.end()) lose(own->peer);
    floor.push_back({new_peer(), terms});
    return pipelines::SdpAnswer{floor.back().peer, "answer", "\"1\""};
  }
  PeerId new_peer() {
    PeerId peer{"m_" + std::to_string(++made_)};
    peers_.insert(peer);
    return peer;
  }

  FakeMediaPlane& plane_;
  const std::function<void(pipelines::PeerEvent)> events_;
  std::map<pipelines::Source, PeerId> publishers_;
  std::set<PeerId> peers_;
  int made_ = 0;
};

inline std::unique_ptr<pipelines::LessonPipeline> FakeMediaPlane::create_lesson(
    LessonId, std::function<void(pipelines::PeerEvent)> events) {
  ++created;
  auto pipeline = std::make_unique<FakePipeline>(*this, std::move(events));
  newest = pipeline.get();
  return pipeline;
}

}  // namespace thranio::test
