// The door to the media plane, and the only header of pipelines/ (with pipelines/base) that the server may
// include. Way: WHIP/WHEP handler → lesson strand → [MediaPlane, LessonPipeline] → workers and the lesson's
// GStreamer graph. MediaPlane: one per server; owns the workers, their UDP sockets on one port, and the DTLS
// certificate. LessonPipeline: one per live lesson; publishers in, subscribers out, the stage between them.
// Spec: RFC 9725 (WHIP), draft-ietf-wish-whep, RFC 9429 (offer/answer). Every call answers at once (no
// network wait). Threads: MediaPlane: any. LessonPipeline: one caller at a time (the lesson's strand). Events
// arrive on any thread: the receiver posts them to its own strand and does nothing else.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/base/line_state.hpp"
#include "pipelines/base/picture.hpp"

namespace thranio::pipelines {

// What a publisher brings. One publisher of camera and screen each; on the floor as many as may speak, of
// whom the stage has two.
enum class Source : uint8_t { kCamera, kScreen, kFloor };

// The fixed slots of a WHEP session, in the order of the m-lines that fill them:
// audio m-lines take voice 1..3, video m-lines take camera, screen, floor; a player that offers a single
// video m-line gets "screen if shared, else camera" in it.
struct StageView {
  // The teacher's voice always stands in slot 0; the others are students', the loudest first, but that the
  // sound of what is shared takes the last.
  std::array<std::optional<PeerId>, 3> voices;
  std::optional<PeerId> camera;
  std::optional<PeerId> screen;
  std::optional<PeerId> floor;
  bool operator==(const StageView&) const = default;
};

struct PeerEvent {
  enum class Kind : uint8_t {
    kConnected,     // DTLS is done, media may flow
    kDisconnected,  // consent lost for 30 s (RFC 7675), DTLS closed by the peer, or replaced
    kPicture,       // publisher: a still picture of what it shows
    kLine,          // subscriber: her rung changed, or a second passed below the highest
    kLayers,        // publisher of several layers: which of them somebody needs has changed
    kFirstMedia,    // publisher: the first RTP packet; subscriber: the first one sent
    kVoices,        // of no peer: others of the students' voices are on the stage
    kSpoke,         // of no peer: a student's voice has sounded for so much longer
  };
  Kind kind;
  PeerId peer;
  std::string cause;                     // for the log
  LineState line = {};                   // kLine's
  PicturePtr picture = {};               // kPicture's
  std::vector<std::string> layers = {};  // kLayers': the rids that somebody needs
  ParticipantId speaker = {};            // kSpoke's
  std::chrono::milliseconds spoken{};    // kSpoke's
};

// Answer to an offer: the WHIP/WHEP handler turns it into 201 with Location and ETag.
struct SdpAnswer {
  PeerId peer;
  std::string sdp;
  std::string etag;  // names the ICE generation (RFC 9725 section 4.3.1); changes with an ICE restart
};

// Who publishes, and what of it is wanted.
struct PublishTerms {
  bool take_over = false;    // camera, screen: whoever publishes it now makes room
  ParticipantId owner = {};  // to whom it is not sent back; '': nobody's
  bool pictures = true;      // false: a voice alone, whatever the offer brings
  bool has_floor = false;    // floor: comes before those who speak freely
  bool thin_line = false;    // floor: her voice leaves in fewer bits and longer packets
};

struct MediaPlaneSettings {
  std::string listen_address = "0.0.0.0";
  uint16_t port = 8443;                       // 0: the system chooses; see MediaPlane::port()
  std::vector<std::string> public_addresses;  // empty: those of the interfaces that are up
  unsigned workers = 1;
  size_t max_peers = 20'000;
  bool ladder = true;                // false: everybody gets everything, for a measurement beside it
  std::filesystem::path line_tapes;  // a folder where students' lines are recorded; empty: they are not
};

class LessonPipeline;

class MediaPlane {
 public:
  // Binds the sockets and starts the workers. Throws std::system_error naming address and port if it cannot.
  static std::unique_ptr<MediaPlane> start(MediaPlaneSettings settings);
  virtual ~MediaPlane() = default;

  virtual uint16_t port() const = 0;
  // events: called from media threads, must only post.
  virtual std::unique_ptr<LessonPipeline> create_lesson(LessonId lesson,
                                                        std::function<void(PeerEvent)> events) = 0;
  // Prometheus text, version 0.0.4: per worker and per lesson.
  virtual std::string metrics() const = 0;
};

class LessonPipeline {
 public:
  virtual ~LessonPipeline() = default;  // closes all its peers

  // Answers a WHIP offer. Errors: invalid-sdp (field names the line), sdp-without-ice,
  // sdp-without-fingerprint, codec-not-supported, source-taken (unless take_over), too-many-peers; of the
  // floor: too-many-voices.
  static constexpr size_t kMostVoices =
      16;  // publishers on the floor: each has two threads that mostly sleep
  virtual Result<SdpAnswer> publish(Source source, std::string_view offer, const PublishTerms& terms) = 0;

  // Answers a WHEP offer. Errors as above, without source-taken. owner: what is hers is not sent back to her.
  virtual Result<SdpAnswer> subscribe(std::string_view offer, const ParticipantId& owner) = 0;

  // RFC 9725 section 4.3: an SDP fragment with candidates (ignored: we are ICE-lite and learn them from
  // checks) or with new credentials (ICE restart). Returns the fragment to answer with 200 and the new ETag,
  // or an empty sdp for 204. Errors: peer-not-found, stale (etag differs), invalid-sdp.
  virtual Result<SdpAnswer> patch(const PeerId& peer, std::string_view fragment,
                                  std::string_view if_match) = 0;

  // Ends one peer (WHIP/WHEP DELETE). False if there is no such peer.
  virtual bool close(const PeerId& peer) = 0;

  // Which publisher fills a source now; of the floor: any.
  virtual std::optional<PeerId> publisher_of(Source source) const = 0;
  // Nothing: no publisher.
  virtual std::optional<Source> source_of(const PeerId& peer) const = 0;
  virtual StageView stage() const = 0;

  // A muted publisher's packets are ended at the door (the page mutes itself too; this is the server's word).
  virtual void set_muted(const PeerId& publisher, bool audio, bool video) = 0;

  // A publisher on the floor was given it, or speaks freely from now on.
  virtual void set_has_floor(const PeerId& publisher, bool has_floor) = 0;

  // A student's own wish, or her school's: never more than this of the lesson.
  virtual void set_highest_rung(const PeerId& subscriber, Rung highest) = 0;

  // Bytes that go to that student over TCP: they share her line with the media.
  virtual void sent_beside(const PeerId& subscriber, size_t bytes) = 0;

  // Whether still pictures of what the stage shows are made (VP8 alone); they come as kPicture, the first of
  // each source whole. Asked again while they are made: whole ones again, for whoever came late.
  virtual void show_pictures(bool wanted) = 0;

  // How much voice a packet to the students carries, 20 to 120 ms: longer costs less, and waits as long.
  virtual void set_voice_packet(std::chrono::milliseconds length) = 0;

  // The running graph in DOT, for an admin.
  virtual std::string dot() const = 0;
};

// The demo's teacher: a moving picture with a clock and a speech-like sound, published by GStreamer's own
// webrtcbin through the same WHIP call, port, handshake and pipeline as a browser.
class SyntheticTeacher {
 public:
  // post_offer: carries the SDP offer to WHIP and returns the answer (called on a thread of its own).
  using PostOffer = std::function<Result<std::string>(std::string offer)>;
  static std::unique_ptr<SyntheticTeacher> start(PostOffer post_offer);
  virtual ~SyntheticTeacher() = default;
  // True once it has given up or was replaced; start another to come back. Thread: any.
  virtual bool ended() const = 0;
};

}  // namespace thranio::pipelines
