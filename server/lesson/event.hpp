// What happens in a live lesson, as values: the lesson says it, signaling turns it into messages. Words of
// schema/messages/server-to-client.json. Thread: any (values).
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/base/line_state.hpp"
#include "pipelines/lesson_pipeline.hpp"
#include "server/auth/principal.hpp"
#include "server/lesson/class_rules.hpp"
#include "server/schedule/lesson_record.hpp"

namespace thranio::lesson {

// kRefused: she, or her browser, said no to it. kMissing: asked for, and there is none that works.
enum class Device : uint8_t { kNone, kMuted, kOn, kRefused, kMissing };
struct Person {
  ParticipantId id;
  std::string name;
  auth::Role role = auth::Role::kGuest;
  Device microphone = Device::kNone;
  Device camera = Device::kNone;
  std::optional<Rung> rung = {};  // of her line, once it is known; teachers are told
  bool name_taken = false;        // a guest who calls herself as somebody of the class is called
};

// Who stands in which slot.
struct Stage {
  std::array<std::optional<ParticipantId>, 3> voices;
  std::optional<ParticipantId> camera, screen, floor;
  std::array<std::optional<ParticipantId>, 6> slots() const {
    return {voices[0], voices[1], voices[2], camera, screen, floor};
  }
  bool operator==(const Stage&) const = default;
};

// --- what the class says and does (class_desk) ---
// An event as one audience hears it.
struct ClassNews {
  std::shared_ptr<const ClassEvent> event;
  std::optional<Tally> tally = {};  // with a poll's closing
};
struct ClassBatch {  // what was written to disk together is told together
  std::vector<ClassNews> news;
};
struct Tallied {  // to teachers, while a poll runs
  int64_t poll = 0;
  Tally tally;
};
struct SignalsSummed {  // to teachers
  SignalSums sums;
};
struct Reactions {
  std::array<uint32_t, static_cast<size_t>(Reaction::kCount)> counts{};  // since the last
};
struct Accepted {  // it is on disk
  uint32_t ref = 0;
  int64_t seq = 0;  // 0: all was so already
};
// --- slides and boards ---
// Strokes of a page, in the order of drawing, to whoever asked for them.
struct InkTold {
  PageRef page;
  std::vector<Ink> strokes;
  bool first = true;  // what is known of the page is forgotten
  bool more = false;  // there are later ones: ask again
};
struct Pointed {
  std::optional<slides::Point> place;
};
struct DecksTold {  // to teachers
  std::vector<slides::Deck> decks;
};
// Of the school's rules those that a page shows.
struct RulesTold {
  schedule::PrivateChat private_chat = schedule::PrivateChat::kSupervised;
  bool students_cameras = true;
};
// The state of the class as one person may know it.
struct ClassSnapshot {
  int64_t last_seq = 0;
  ClassSettings settings;
  RulesTold rules;
  std::vector<Line> chat;
  std::vector<Hand> hands;  // a student: her own
  std::vector<OnFloor> floor;
  std::vector<ParticipantId> muted;  // a student: herself
  struct OpenPollView {
    Poll poll;
    std::optional<PollAnswer> mine;
    std::optional<Tally> tally;  // a teacher's
  };
  std::optional<OpenPollView> poll;
  std::vector<ClosedPoll> closed;
  Signal mine = Signal::kNone;
  std::optional<SignalSums> signals;  // a teacher's
  Shown shown;
  int white_pages = 0;
  std::optional<std::vector<slides::Deck>> decks;  // a teacher's
};

struct Welcome {
  std::string server_instance;
  ParticipantId you;
  schedule::LessonRecord lesson;
  std::vector<Person> people;  // those that this participant is told of
  size_t count = 0;            // how many are here
  Stage stage;
  WallTime now{};                                 // the server's clock, by which times of events are told
  std::optional<ClassSnapshot> class_state = {};  // nothing: what was missed follows as events
};
// --- the door ---
struct InLobby {  // to who waits: no more of the lesson than its name
  std::string server_instance;
  ParticipantId you;
  schedule::LessonRecord lesson;
  bool name_taken = false;
};
struct Knocking {
  ParticipantId id;
  std::string name;
  auth::Role role = auth::Role::kGuest;
  WallTime since{};
  bool name_taken = false;
};
struct WaitingPeople {  // to teachers: those who have waited longest, and how many wait
  std::vector<Knocking> people;
  size_t count = 0;
};
struct Joined {
  Person person;
};
enum class LeftReason : uint8_t { kLeft, kLinkLost, kRemoved };
struct Left {
  ParticipantId person;
  LeftReason reason = LeftReason::kLeft;
};
struct Changed {
  Person person;
};
struct Count {
  size_t people = 0;  // here now
};
struct StageChanged {
  Stage stage;
};
struct LessonChanged {
  schedule::LessonRecord lesson;
};
struct LineChanged {  // to the student whose line it is
  LineState line;
};
struct LayersNeeded {  // to the publisher whose layers they are
  pipelines::Source source;
  std::vector<std::string> rids;
};
struct GoingAway {
  int retry_after_ms = 1000;
};
struct Pong {
  uint32_t nonce = 0;
};
struct Refused {
  Error error;
  std::optional<uint32_t> ref = {};  // which message was refused, if it had a number
};

using Event =
    std::variant<Welcome, InLobby, WaitingPeople, Joined, Left, Changed, Count, StageChanged, LessonChanged,
                 LineChanged, LayersNeeded, GoingAway, Pong, Refused, ClassBatch, Tallied, SignalsSummed,
                 Reactions, Accepted, InkTold, Pointed, DecksTold, RulesTold>;
// An event as the WebSocket's message.
using Encode = std::function<std::shared_ptr<const std::string>(const Event&)>;

}  // namespace thranio::lesson
