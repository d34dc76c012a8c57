// What a class says and does beside voice and pictures, as numbered values: chat, hands, polls, signals,
// settings, who was shown out. A lesson's state is their fold (class_state). Further kinds join the variant
// and row_of/event_of; a kind that this program does not know is kept as it is and changes nothing.
// Way: class_rules → [ClassEvent] → class_log → store, class_state, signaling. Thread: any (values).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "server/auth/principal.hpp"
#include "server/lesson/board.hpp"
#include "server/schedule/lesson_record.hpp"

namespace thranio::lesson {

// Who did it, called as she was called then.
struct Actor {
  ParticipantId id;
  std::string name;
  auth::Role role = auth::Role::kGuest;
};

enum class ChatMode : uint8_t { kEverybody, kToTeacher, kOff };
struct ClassSettings {
  ChatMode chat = ChatMode::kEverybody;           // to whom students may write
  bool private_chat = false;                      // students to each other, if the school allows it
  int slow_seconds = 0;                           // a student's next line may follow so long after her last
  bool locked = false;                            // nobody new comes in
  schedule::Lobby lobby = schedule::Lobby::kOff;  // who waits until she is admitted
  bool only_enrolled = false;                     // no guests
  bool speak_freely = false;                      // a student may speak without having the floor
  bool drawing = false;                           // students may draw on the page that is shown
  bool lobby_said = false;                        // a teacher chose lobby: the school's word is hers no more
  bool door_is_open() const { return !locked && lobby == schedule::Lobby::kOff && !only_enrolled; }
  bool operator==(const ClassSettings&) const = default;
};

enum class Signal : uint8_t { kNone, kSlower, kLost };

enum class PollKind : uint8_t { kSingle, kMultiple, kYesNo, kText, kNumber };
struct Poll {
  int64_t id = 0;  // the seq of its opening
  std::string question;
  PollKind kind = PollKind::kSingle;
  std::vector<std::string> choices;  // of kSingle and kMultiple; kYesNo has 0: yes, 1: no
  bool anonymous = true;             // who answered what is told to nobody
};
struct PollAnswer {
  std::vector<int> choices;  // in rising order
  std::string text;
  double number = 0;
};

// --- the acts ---
struct ChatLine {
  enum class To : uint8_t { kEverybody, kTeachers, kPerson };
  std::string text;  // as base/text leaves it
  To to = To::kEverybody;
  ParticipantId person = {};     // kPerson
  std::string person_name = {};  // as she was called then
  bool teachers_see = true;      // of a private line: as the school's rule was then
  bool by_teacher = false;
  bool by_guest = false;  // whose name is only what she says
  int64_t reply_to = 0;   // the line that it answers; 0: none
  std::string key = {};   // by which its sender's page knows it; told to nobody
};
struct LineDeleted {
  int64_t line = 0;
};
struct HandRaised {};
struct HandLowered {
  ParticipantId person;
};
struct Signalled {
  Signal signal = Signal::kNone;
};
struct PollOpened {
  Poll poll;  // its id is the event's seq
};
struct PollAnswered {
  int64_t poll = 0;
  PollAnswer answer;
};
struct PollClosed {
  int64_t poll = 0;
};
struct SettingsChanged {
  ClassSettings settings;
  std::vector<ParticipantId> inside;  // when the door was made narrower: who may come back
};
struct PersonRemoved {
  ParticipantId person;
  std::string name;
};
struct Named {
  ParticipantId person;
  std::string name;
};
struct PersonsAdmitted {
  std::vector<Named> people;
};
struct PersonTurnedAway {
  ParticipantId person;
  std::string name;
};
struct FloorGiven {  // her hand goes down with it
  ParticipantId person;
  std::string name;
  bool camera = false;  // her picture, too
};
struct FloorEnded {
  enum class Why : uint8_t { kTaken, kGivenBack, kLeft };
  ParticipantId person;
  Why why = Why::kTaken;
};
// The server ends their voices at its door; their pages switch their microphones off. Lifted, they stay off.
struct VoicesMuted {
  std::vector<ParticipantId> persons;
  bool muted = true;
};
struct PageShown {  // a page turned, a part of it shown large; page.deck '': nothing is shown any more
  Shown shown;
};
struct StrokeDrawn {  // its id is the event's seq
  PageRef page;
  std::shared_ptr<const slides::Stroke> stroke;
};
struct StrokeTakenBack {
  PageRef page;
  int64_t stroke = 0;
};
struct PageCleared {
  PageRef page;
};
struct OtherAct {  // of a newer program
  std::string kind, body;
};
using ClassAct =
    std::variant<ChatLine, LineDeleted, HandRaised, HandLowered, Signalled, PollOpened, PollAnswered,
                 PollClosed, SettingsChanged, PersonRemoved, PersonsAdmitted, PersonTurnedAway, FloorGiven,
                 FloorEnded, VoicesMuted, PageShown, StrokeDrawn, StrokeTakenBack, PageCleared, OtherAct>;

struct ClassEvent {
  int64_t seq = 0;  // from 1, without gaps, in each lesson
  WallTime at{};
  Actor actor;  // its role is not kept
  ClassAct act;
};

// The event as a row holds it.
struct ClassRow {
  int64_t seq = 0, at_ms = 0;
  std::string kind, actor, actor_name, body;
};
ClassRow row_of(const ClassEvent& event);
// A body that cannot be read is an OtherAct.
ClassEvent event_of(const ClassRow& row);

const char* to_text(ChatMode mode);
const char* to_text(Signal signal);
const char* to_text(PollKind kind);
const char* to_text(FloorEnded::Why why);
std::optional<ChatMode> chat_mode_of(std::string_view text);
std::optional<Signal> signal_of(std::string_view text);
std::optional<PollKind> poll_kind_of(std::string_view text);

}  // namespace thranio::lesson
