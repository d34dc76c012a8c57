#include "pipelines/lesson_pipeline.hpp"

#include <atomic>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include "pipelines/base/log.hpp"
#include "pipelines/elements/plugin.hpp"
#include "pipelines/lesson_media.hpp"
#include "pipelines/media_metrics.hpp"
#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/sdp/negotiation.hpp"
#include "pipelines/transport/random.hpp"
#include "pipelines/transport/subscriber.hpp"

namespace thranio::pipelines {
namespace {

using rtp::Slot;

TimePoint now() {
  return std::chrono::steady_clock::now();
}

// Addresses that browsers can reach us at: those named, else the one we listen on, else every interface that
// is up. Loopback only where nothing else is.
std::vector<std::string> candidate_addresses(const MediaPlaneSettings& settings) {
  if (!settings.public_addresses.empty()) return settings.public_addresses;
  if (settings.listen_address != "0.0.0.0" && settings.listen_address != "::")
    return {settings.listen_address};
  std::vector<std::string> addresses;
  std::vector<std::string> loopback;
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return {"127.0.0.1"};
  for (const ifaddrs* at = interfaces; at; at = at->ifa_next) {
    if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || !(at->ifa_flags & IFF_UP)) continue;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, text, sizeof text);
    (at->ifa_flags & IFF_LOOPBACK ? loopback : addresses).emplace_back(text);
  }
  freeifaddrs(interfaces);
  addresses.insert(addresses.end(), loopback.begin(), loopback.end());
  return addresses;
}

// Which slots of the stage a source's tracks take. Voices of the floor: rtp/voice_choice.
Slot voice_slot(Source source) {
  return source == Source::kScreen ? Slot::kVoice2 : Slot::kVoice0;
}

Slot picture_slot(Source source) {
  switch (source) {
    case Source::kCamera:
      return Slot::kCamera;
    case Source::kFloor:
      return Slot::kFloor;
    case Source::kScreen:
      return Slot::kScreen;
  }
  return Slot::kCamera;
}

// A student's voice: silent most of the time, so that DTX spares her line and everybody's. On a thin line a
// packet of 20 ms would be half headers.
constexpr sdp::VoiceWish kTalker{32'000, 20}, kThinTalker{14'000, 60};

class MediaPlaneImpl;

class LessonPipelineImpl final : public LessonPipeline {
 public:
  LessonPipelineImpl(MediaPlaneImpl& plane, LessonId lesson, std::function<void(PeerEvent)> events);
  ~LessonPipelineImpl() override;

  Result<SdpAnswer> publish(Source source, std::string_view offer, const PublishTerms& terms) override;
  Result<SdpAnswer> subscribe(std::string_view offer, const ParticipantId& owner) override;
  Result<SdpAnswer> patch(const PeerId& peer, std::string_view fragment, std::string_view if_match) override;
  bool close(const PeerId& peer) override;
  std::optional<PeerId> publisher_of(Source source) const override;
  std::optional<Source> source_of(const PeerId& peer) const override;
  StageView stage() const override;
  void set_muted(const PeerId& publisher, bool audio, bool video) override;
  void set_has_floor(const PeerId& publisher, bool has_floor) override;
  void set_highest_rung(const PeerId& subscriber, Rung highest) override;
  void sent_beside(const PeerId& subscriber, size_t bytes) override;
  void show_pictures(bool wanted) override;
  void set_voice_packet(std::chrono::milliseconds length) override { media_->set_voice_packet(length); }
  std::string dot() const override { return media_->dot(); }

 private:
  struct PeerState {
    sdp::IceParameters local_ice;
    int generation = 1;
    std::string first_mid;
    std::optional<Source> source;  // a publisher's
    ParticipantId owner;
    std::vector<std::pair<Slot, TrackId>> tracks;
    std::optional<TrackId> floor_voice;  // among those that may be chosen
    std::vector<TrackId> rungs;          // made of the tracks, or layers of them: they go first
    std::vector<TrackId> stills;
    std::vector<std::shared_ptr<void>> transcodes;  // counted while these live
    std::string etag(const PeerId& id) const {
      return "\"" + id.value() + "-" + std::to_string(generation) + "\"";
    }
  };

  // What the net threads may call after any lesson call: they note who is gone and pass the event on.
  struct Events {
    std::mutex mutex;
    std::vector<PeerId> gone;  // guarded by mutex
    std::function<void(PeerEvent)> notify;
  };

  // Which layers of a publisher somebody needs. Thread: any.
  struct LayerBoard {
    std::mutex mutex;
    std::map<std::string, bool> needed;  // guarded by mutex; by name
  };
  Result<void> make_room(Source source, const PublishTerms& terms);
  void need_layers(const PeerId& id, const std::vector<std::string>& names,
                   const std::vector<TrackId>& layers);
  void add_pictures(const PeerId& id, Source source, const transport::InTrackSettings& full,
                    const std::vector<TrackId>& layers, PeerState& state);
  sdp::AnswerSettings answer_settings() const;
  transport::PeerTransportSettings transport_settings(const sdp::SessionOffer& offer,
                                                      const sdp::AnswerSettings& settings) const;
  transport::PeerObserver observer() const;
  void reap() const;
  void forget(const PeerId& peer) const;
  void update_stage() const;

  MediaPlaneImpl& plane_;
  const LessonId lesson_;
  std::shared_ptr<Events> events_;
  std::unique_ptr<LessonMedia> media_;
  bool pictures_wanted_ = false;

  // lesson strand only; mutable, for every look first takes note of who is gone.
  mutable std::map<PeerId, PeerState> peers_;
};

class MediaPlaneImpl final : public MediaPlane {
 public:
  explicit MediaPlaneImpl(MediaPlaneSettings settings)
      : settings_(std::move(settings)),
        pool_(settings_.listen_address, settings_.port, settings_.workers, settings_.max_peers),
        addresses_(candidate_addresses(settings_)) {}

  uint16_t port() const override { return pool_.port(); }
  std::unique_ptr<LessonPipeline> create_lesson(LessonId lesson,
                                                std::function<void(PeerEvent)> events) override {
    return std::make_unique<LessonPipelineImpl>(*this, std::move(lesson), std::move(events));
  }
  std::string metrics() const override { return media_metrics(pool_); }

  transport::WorkerPool& pool() { return pool_; }
  const std::vector<std::string>& addresses() const { return addresses_; }
  bool ladder() const { return settings_.ladder; }
  const std::filesystem::path& line_tapes() const { return settings_.line_tapes; }
  // How many pictures are made for publishers of one layer: each takes up to a tenth of a processor.
  std::shared_ptr<void> transcoding() {
    transcodings_->fetch_add(1, std::memory_order_relaxed);
    return {nullptr, [count = transcodings_](void*) { count->fetch_sub(1, std::memory_order_relaxed); }};
  }
  bool may_transcode() const {
    return transcodings_->load(std::memory_order_relaxed) < kTranscodingsPerProcessor * processors_;
  }
  TrackId next_track() { return TrackId{next_track_.fetch_add(1, std::memory_order_relaxed)}; }

 private:
  // Set at construction, never changed.
  const MediaPlaneSettings settings_;
  mutable transport::WorkerPool pool_;
  const std::vector<std::string> addresses_;

  static constexpr unsigned kTranscodingsPerProcessor = 4;
  const unsigned processors_ = std::max(1u, std::thread::hardware_concurrency());
  const std::shared_ptr<std::atomic<unsigned>> transcodings_ = std::make_shared<std::atomic<unsigned>>(0u);
  std::atomic<uint32_t> next_track_{1};
};

LessonPipelineImpl::LessonPipelineImpl(MediaPlaneImpl& plane, LessonId lesson,
                                       std::function<void(PeerEvent)> events)
    : plane_(plane), lesson_(std::move(lesson)), events_(std::make_shared<Events>()) {
  events_->notify = std::move(events);
  media_ = std::make_unique<LessonMedia>(
      plane_.pool(), lesson_,
      LessonMedia::Notes{[shared = events_] {
                           shared->notify({PeerEvent::Kind::kVoices, {}, {}});
                         },
                         [shared = events_](const ParticipantId& who, std::chrono::milliseconds length) {
                           PeerEvent event{PeerEvent::Kind::kSpoke, {}, {}};
                           event.speaker = who;
                           event.spoken = length;
                           shared->notify(std::move(event));
                         }});
}

LessonPipelineImpl::~LessonPipelineImpl() {
  for (const auto& [id, peer] : peers_)
    plane_.pool().directory().close(id, "the lesson ended");
  plane_.pool().run_all([](transport::Worker&) {});  // after this no publisher calls into media_
}

Result<SdpAnswer> LessonPipelineImpl::publish(Source source, std::string_view text,
                                              const PublishTerms& terms) {
  reap();
  if (auto room = make_room(source, terms); !room) return std::unexpected(room.error());
  const auto offer = sdp::parse_offer(text);
  if (!offer) return std::unexpected(offer.error());
  auto settings = answer_settings();
  if (source == Source::kFloor) settings.voice = terms.thin_line ? kThinTalker : kTalker;
  auto answer = sdp::answer_publish(*offer, settings, terms.pictures);
  if (!answer) return std::unexpected(answer.error());

  const PeerId id{transport::random_token(16)};
  PeerState state;
  state.local_ice = settings.ice;
  state.source = source;
  state.owner = terms.owner;
  state.first_mid = offer->media[answer->tracks.front().media].mid;

  transport::PublisherSettings publisher;
  publisher.cname = settings.cname;
  const auto& first = offer->media[answer->tracks.front().media];
  publisher.mid_id = first.extension(rtp::kMidUri);
  publisher.transport_sequence_id = first.extension(rtp::kTransportSequenceUri);
  publisher.tells_levels = source == Source::kFloor;
  std::vector<transport::InTrackSettings> tracks;  // the largest encoding of each
  std::vector<TrackId> layers;  // of the picture, the smallest first; the last is the whole
  for (const auto& track : answer->tracks) {
    const auto& media = offer->media[track.media];
    transport::InTrackSettings in;
    in.id = plane_.next_track();
    in.codec = track.codec.codec;
    in.mid = media.mid;
    in.payload_type = track.codec.payload_type;
    in.rtx_payload_type = track.codec.rtx_payload_type;
    in.ssrc = media.ssrc;
    in.rtx_ssrc = media.rtx_ssrc;
    in.nack = track.codec.nack;
    if (!rtp::is_video(in.codec)) publisher.audio_level_id = media.extension(rtp::kAudioLevelUri);
    if (source == Source::kFloor && !rtp::is_video(in.codec))
      state.floor_voice = in.id;
    else
      state.tracks.emplace_back(rtp::is_video(in.codec) ? picture_slot(source) : voice_slot(source), in.id);
    if (!track.rids.empty()) {
      publisher.rid_id = media.extension(rtp::kRidUri);
      publisher.repaired_rid_id = media.extension(rtp::kRepairedRidUri);
      in.ssrc = in.rtx_ssrc = std::nullopt;
      in.rid = track.rids.back();
      for (size_t i = 0; i + 1 < track.rids.size(); ++i) {
        auto layer = in;
        layer.id = plane_.next_track();
        layer.rid = track.rids[i];
        layers.push_back(layer.id);
        publisher.tracks.push_back(std::move(layer));
      }
      layers.push_back(in.id);
      need_layers(id, track.rids, layers);
    }
    tracks.push_back(in);
    publisher.tracks.push_back(std::move(in));
  }

  // The way in is built before anybody may send on it.
  for (const auto& track : tracks) {
    media_->add_track(track.id, track.codec, track.payload_type, id, terms.owner);
    if (rtp::is_video(track.codec)) {
      add_pictures(id, source, track, layers, state);
      continue;
    }
    for (const Rung rung : {Rung::kVoiceLow, Rung::kVoiceLowest}) {
      state.rungs.push_back(plane_.next_track());
      media_->add_voice_rung(state.rungs.back(), track.id, rung);
    }
  }
  const std::string etag = state.etag(id);
  const auto voice = state.floor_voice;
  peers_.emplace(id, std::move(state));
  auto peer = std::make_unique<transport::Publisher>(id, transport_settings(*offer, settings),
                                                     std::move(publisher), *media_, observer(), now());
  if (auto added = plane_.pool().directory().add(std::move(peer), now()); !added) {
    forget(id);
    return std::unexpected(added.error());
  }
  if (voice)
    media_->add_floor_voice(*voice, terms.has_floor ? rtp::Standing::kFloor : rtp::Standing::kFree,
                            terms.owner);
  update_stage();
  return SdpAnswer{id, std::move(answer->text), etag};
}

// A source has one publisher; the floor has one of each person.
Result<void> LessonPipelineImpl::make_room(Source source, const PublishTerms& terms) {
  if (source != Source::kFloor) {
    const auto other = publisher_of(source);
    if (!other) return {};
    if (!terms.take_over)
      return fail(ErrorKind::kConflict, "source-taken", "Somebody else already publishes here.", "source");
    close(*other);
    return {};
  }
  std::optional<PeerId> own;
  size_t voices = 0;
  for (const auto& [id, peer] : peers_) {
    if (peer.source != Source::kFloor) continue;
    ++voices;
    if (!terms.owner.value().empty() && peer.owner == terms.owner) own = id;
  }
  if (own) {
    close(*own);
    return {};
  }
  if (voices < kMostVoices) return {};
  return fail(ErrorKind::kUnavailable, "too-many-voices",
              "As many as this lesson takes are speaking already.");
}

// What thin lines get of a picture: its publisher's own layers where it sends some, else those that we make;
// and stills of the smallest that shows enough.
void LessonPipelineImpl::add_pictures(const PeerId& id, Source source, const transport::InTrackSettings& full,
                                      const std::vector<TrackId>& layers, PeerState& state) {
  TrackId smallest = full.id;
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    const Rung rung = i == 0 ? Rung::kSmallPictures : Rung::kMiddlePictures;
    media_->add_layer(layers[i], full.id, rung, full.codec, full.payload_type, id);
    state.rungs.push_back(layers[i]);
    if (i == 0) smallest = layers[i];
  }
  if (!layers.empty()) {
    // Before the layer that it is made of, as all that goes first.
    state.rungs.insert(state.rungs.begin(), plane_.next_track());
    media_->add_slow_picture(state.rungs.front(), smallest, full.id, full.codec);
  }
  LessonMedia::LayerTracks own{full.id, full.id, full.id};  // what needs the layer of a size
  if (source == Source::kCamera && rtp::is_scalable(full.codec)) {
    own = {plane_.next_track(), plane_.next_track(), plane_.next_track()};
    state.rungs.insert(state.rungs.end(), {own.slow, own.small, own.middle});
    media_->expect_layers(full.id, own);
    need_layers(id, {"l", "m", "h"}, {own.small, own.middle, full.id});
  }
  media_->add_stills(smallest, source != Source::kScreen, [events = events_, id](PicturePtr picture) {
    events->notify({PeerEvent::Kind::kPicture, id, {}, {}, std::move(picture)});
  });
  state.stills.push_back(smallest);
  media_->show_stills(smallest, pictures_wanted_);
  // A student's face moves on lines that carry all; the others have it as stills.
  if (source != Source::kCamera || (!layers.empty() && full.codec == rtp::CodecId::kVp8)) return;
  // What its sender's layers do not give is made, and so is what a browser without its codec is shown.
  const TrackId middle = layers.size() > 2 ? layers[1] : full.id;
  for (const Rung rung : {Rung::kSmallPictures, Rung::kMiddlePictures}) {
    if (!plane_.may_transcode()) {
      log::warn("a picture less", {{"lesson", lesson_.value()},
                                   {"rung", name_of(rung)},
                                   {"cause", "as many are made as this machine's processors allow"}});
      return;
    }
    state.rungs.insert(state.rungs.begin(), plane_.next_track());
    state.transcodes.push_back(plane_.transcoding());
    const bool small = rung == Rung::kSmallPictures;
    const TrackId from = small ? smallest : middle;  // the encoding of its size, where there are several
    const TrackId needs = !layers.empty() ? from : small ? own.small : own.middle;
    media_->add_picture(state.rungs.front(), full.id, rung, from, needs);
  }
}

void LessonPipelineImpl::need_layers(const PeerId& id, const std::vector<std::string>& names,
                                     const std::vector<TrackId>& layers) {
  const auto board = std::make_shared<LayerBoard>();
  for (const auto& name : names)
    board->needed[name] = false;
  events_->notify({PeerEvent::Kind::kLayers, id, {}});
  for (size_t i = 0; i < layers.size(); ++i)
    media_->set_demand(layers[i], [board, events = events_, id, own = names[i]](bool needed) {
      PeerEvent event{PeerEvent::Kind::kLayers, id, {}};
      {
        const std::lock_guard lock(board->mutex);
        board->needed[own] = needed;
        for (const auto& [name, is] : board->needed)
          if (is) event.layers.push_back(name);
      }
      events->notify(std::move(event));
    });
}

Result<SdpAnswer> LessonPipelineImpl::subscribe(std::string_view text, const ParticipantId& owner) {
  reap();
  const auto offer = sdp::parse_offer(text);
  if (!offer) return std::unexpected(offer.error());
  const auto settings = answer_settings();
  auto answer = sdp::answer_subscribe(*offer, settings, transport::random_ssrc);
  if (!answer) return std::unexpected(answer.error());

  const PeerId id{transport::random_token(16)};
  transport::SubscriberSettings subscriber;
  subscriber.lesson = media_->key();
  subscriber.owner = owner;
  subscriber.cname = settings.cname;
  subscriber.transport_sequence_id = answer->transport_sequence_id;
  subscriber.ladder = plane_.ladder();
  if (!plane_.line_tapes().empty()) subscriber.line_tape = plane_.line_tapes() / (id.value() + ".tape");
  subscriber.line_changed = [events = events_, id](const LineState& line) {
    events->notify({PeerEvent::Kind::kLine, id, {}, line});
  };
  for (const auto& slot : answer->slots) {
    transport::OutStreamSettings out;
    out.slot = slot.slot;
    out.ssrc = slot.ssrc;
    out.rtx_ssrc = slot.rtx_ssrc;
    out.first_sequence = static_cast<uint16_t>(transport::random_ssrc() & 0x7fff);
    for (const auto& codec : slot.codecs) {
      out.nack |= codec.nack;
      subscriber.remb |= codec.remb && answer->transport_sequence_id == 0;
      out.payload_types[static_cast<size_t>(codec.codec)] = codec.payload_type;
      if (codec.rtx_payload_type)
        out.rtx_payload_types[static_cast<size_t>(codec.codec)] = *codec.rtx_payload_type;
    }
    subscriber.streams.push_back(out);
  }
  PeerState state;
  state.local_ice = settings.ice;
  state.first_mid = offer->media[answer->slots.front().media].mid;
  const std::string etag = state.etag(id);
  auto peer = std::make_unique<transport::Subscriber>(id, transport_settings(*offer, settings),
                                                      std::move(subscriber), observer(), now());
  if (auto added = plane_.pool().directory().add(std::move(peer), now()); !added)
    return std::unexpected(added.error());
  peers_.emplace(id, std::move(state));
  return SdpAnswer{id, std::move(answer->text), etag};
}

Result<SdpAnswer> LessonPipelineImpl::patch(const PeerId& id, std::string_view text,
                                            std::string_view if_match) {
  reap();
  const auto at = peers_.find(id);
  if (at == peers_.end()) return fail(ErrorKind::kNotFound, "peer-not-found", "This media session is over.");
  PeerState& state = at->second;
  const auto fragment = sdp::parse_fragment(text);
  if (!fragment) return fail(ErrorKind::kInvalid, "invalid-sdp", "This is not an SDP fragment.");
  // RFC 9725 section 4.3.1: trickling names the generation it belongs to, a restart may say "*".
  if (if_match != "*" && if_match != state.etag(id))
    return fail(ErrorKind::kStale, "stale-ice-session",
                "The ETag names another ICE session than the present one.");
  // A trickled candidate comes with the credentials of the generation it belongs to (RFC 8840 section 9), and
  // says nothing new to a lite agent.
  if (if_match != "*" || !fragment->ice) return SdpAnswer{id, "", state.etag(id)};

  const auto settings = answer_settings();
  const transport::IceCredentials local{settings.ice.ufrag, settings.ice.password};
  const transport::IceCredentials remote{fragment->ice->ufrag, fragment->ice->password};
  plane_.pool().directory().add_ufrag(id, local.ufrag);
  plane_.pool().directory().visit(
      id, [local, remote](transport::Peer& peer) { peer.restart_ice(local, remote, now()); });
  state.local_ice = settings.ice;
  ++state.generation;
  return SdpAnswer{id, sdp::write_fragment(settings, state.first_mid), state.etag(id)};
}

bool LessonPipelineImpl::close(const PeerId& id) {
  reap();
  if (!peers_.contains(id)) return false;
  forget(id);
  plane_.pool().directory().close(id, "closed by its owner");
  update_stage();
  return true;
}

std::optional<PeerId> LessonPipelineImpl::publisher_of(Source source) const {
  reap();
  for (const auto& [id, peer] : peers_)
    if (peer.source == source) return id;
  return std::nullopt;
}

std::optional<Source> LessonPipelineImpl::source_of(const PeerId& peer) const {
  reap();
  const auto at = peers_.find(peer);
  return at == peers_.end() ? std::nullopt : at->second.source;
}

StageView LessonPipelineImpl::stage() const {
  reap();
  StageView view;
  const auto voices = media_->heard_voices();
  for (const auto& [id, peer] : peers_) {
    for (const auto& [slot, track] : peer.tracks) {
      if (rtp::is_voice(slot)) view.voices[static_cast<size_t>(slot)] = id;
      if (slot == Slot::kCamera) view.camera = id;
      if (slot == Slot::kScreen) view.screen = id;
      if (slot == Slot::kFloor) view.floor = id;
    }
    for (size_t i = 0; i < voices.size(); ++i)
      if (voices[i] && voices[i] == peer.floor_voice) view.voices[i + 1] = id;
  }
  return view;
}

void LessonPipelineImpl::set_muted(const PeerId& publisher, bool audio, bool video) {
  plane_.pool().directory().visit(publisher, [audio, video](transport::Peer& peer) {
    if (auto* p = dynamic_cast<transport::Publisher*>(&peer)) p->set_muted(audio, video);
  });
}

void LessonPipelineImpl::set_has_floor(const PeerId& publisher, bool has_floor) {
  const auto at = peers_.find(publisher);
  if (at == peers_.end() || !at->second.floor_voice) return;
  media_->set_standing(*at->second.floor_voice, has_floor ? rtp::Standing::kFloor : rtp::Standing::kFree);
}

void LessonPipelineImpl::set_highest_rung(const PeerId& subscriber, Rung highest) {
  plane_.pool().directory().visit(subscriber, [highest](transport::Peer& peer) {
    if (auto* p = dynamic_cast<transport::Subscriber*>(&peer)) p->set_highest_rung(highest);
  });
}

void LessonPipelineImpl::sent_beside(const PeerId& subscriber, size_t bytes) {
  plane_.pool().directory().visit(subscriber, [bytes](transport::Peer& peer) {
    if (auto* p = dynamic_cast<transport::Subscriber*>(&peer)) p->sent_beside(bytes, now());
  });
}

void LessonPipelineImpl::show_pictures(bool wanted) {
  reap();
  pictures_wanted_ = wanted;
  for (const auto& [id, peer] : peers_)
    for (const auto track : peer.stills)
      media_->show_stills(track, wanted);
}

sdp::AnswerSettings LessonPipelineImpl::answer_settings() const {
  sdp::AnswerSettings settings;
  settings.session_id = transport::random_ssrc();
  // RFC 8445 section 5.3: at least 24 bits of randomness in the ufrag, 128 in the password.
  settings.ice = {transport::random_token(8), transport::random_token(24)};
  const auto fingerprint = plane_.pool().certificate().fingerprint();
  settings.fingerprint = {fingerprint.algorithm, fingerprint.value};
  for (const auto& address : plane_.addresses())
    settings.candidates.push_back({address, plane_.port()});
  settings.cname = "thranio";
  return settings;
}

transport::PeerTransportSettings LessonPipelineImpl::transport_settings(
    const sdp::SessionOffer& offer, const sdp::AnswerSettings& settings) const {
  transport::PeerTransportSettings transport;
  transport.local = {settings.ice.ufrag, settings.ice.password};
  transport.remote = {offer.ice.ufrag, offer.ice.password};
  transport.remote_fingerprint = {offer.fingerprint.algorithm, offer.fingerprint.value};
  transport.certificate = &plane_.pool().certificate();
  return transport;
}

transport::PeerObserver LessonPipelineImpl::observer() const {
  return [events = events_, lesson = lesson_](transport::PeerChange change, const PeerId& id,
                                              const std::string& cause) {
    PeerEvent event{PeerEvent::Kind::kConnected, id, cause};
    if (change == transport::PeerChange::kFirstMedia) event.kind = PeerEvent::Kind::kFirstMedia;
    if (change == transport::PeerChange::kDisconnected) {
      event.kind = PeerEvent::Kind::kDisconnected;
      log::info("peer gone", {{"lesson", lesson.value()}, {"peer", id.value()}, {"cause", cause}});
      const std::lock_guard lock(events->mutex);
      events->gone.push_back(id);
    }
    events->notify(event);
  };
}

void LessonPipelineImpl::reap() const {
  std::vector<PeerId> gone;
  {
    const std::lock_guard lock(events_->mutex);
    gone.swap(events_->gone);
  }
  bool staged = false;
  for (const auto& id : gone) {
    const auto at = peers_.find(id);
    if (at == peers_.end()) continue;
    staged |= at->second.source.has_value();
    forget(id);
  }
  if (staged) update_stage();
}

void LessonPipelineImpl::forget(const PeerId& id) const {
  const auto at = peers_.find(id);
  if (at == peers_.end()) return;
  const auto tracks = std::move(at->second.tracks);
  const auto voice = at->second.floor_voice;
  const auto rungs = std::move(at->second.rungs);
  peers_.erase(at);
  for (const auto& rung : rungs)
    media_->remove_track(rung);
  for (const auto& [slot, track] : tracks)
    media_->remove_track(track);
  if (voice) media_->remove_track(*voice);
}

void LessonPipelineImpl::update_stage() const {
  rtp::StageTracks stage;
  for (const auto& [id, peer] : peers_)
    for (const auto& [slot, track] : peer.tracks)
      stage[static_cast<size_t>(slot)] = track;
  media_->set_stage(stage);
}

}  // namespace

std::unique_ptr<MediaPlane> MediaPlane::start(MediaPlaneSettings settings) {
  elements::register_elements();
  return std::make_unique<MediaPlaneImpl>(std::move(settings));
}

}  // namespace thranio::pipelines
