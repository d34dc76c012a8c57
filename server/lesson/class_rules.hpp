// Who may say and do what in a class: role × settings × state of the lesson. A wish and the state in, the act
// that comes of it or a reason out; nothing where all is so already. Pure.
// Way: signaling → class_desk → [class_rules] → class_log. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/base/text.hpp"
#include "server/lesson/class_state.hpp"
#include "server/schedule/lesson_record.hpp"
#include "server/slides/deck.hpp"

namespace thranio::lesson {

constexpr size_t kLongestLine = 2000;  // characters
constexpr size_t kLongestQuestion = 300;
constexpr size_t kLongestChoice = 120;
constexpr size_t kLongestAnswer = 200;
constexpr int kMostChoices = 10;
constexpr int kSlowestSeconds = 300;
// Hands, signals and answers are one a person; an open link's holder can be any number of persons.
constexpr size_t kMostPersons = 20'000;
// The stage has two voices beside the teacher's, and one picture.
constexpr size_t kMostOnFloor = 2;
enum class Reaction : uint8_t { kYes, kNo, kClap, kHeart, kLaugh, kCount };

// --- wishes ---
struct Say {
  std::string text;
  std::string to = {};   // '', "teachers" or a participant
  int64_t reply_to = 0;  // a line; 0: none
  std::string key = {};  // of the page's making; that of her last line: it is the same one, sent again
};
struct DeleteLine {
  int64_t line = 0;
};
struct RaiseHand {
  bool raised = true;
};
struct LowerHand {
  ParticipantId person;
};
struct GiveSignal {
  Signal signal = Signal::kNone;
};
struct React {
  Reaction reaction = Reaction::kYes;
};
struct OpenPoll {
  Poll poll;
};
struct AnswerPoll {
  int64_t poll = 0;
  std::optional<std::vector<int>> choices = {};
  std::optional<std::string> text = {};
  std::optional<double> number = {};
};
struct ClosePoll {
  int64_t poll = 0;
};
struct ChangeSettings {
  std::optional<ChatMode> chat = {};
  std::optional<bool> private_chat = {};
  std::optional<int> slow_seconds = {};
  std::optional<bool> locked = {};
  std::optional<schedule::Lobby> lobby = {};
  std::optional<bool> only_enrolled = {};
  std::optional<bool> speak_freely = {};
  std::optional<bool> drawing = {};
};
struct RemovePerson {
  ParticipantId person;
};
struct Admit {
  std::optional<ParticipantId> person = {};  // nobody in particular: everybody who waits
};
struct TurnAway {
  ParticipantId person;
};
struct GiveFloor {
  ParticipantId person;
  bool camera = false;
};
struct EndFloor {  // a teacher takes it, or whose it is gives it back
  ParticipantId person;
};
struct Mute {
  std::optional<ParticipantId> person = {};  // nobody named: all who speak now
  bool muted = true;
};
struct ShowPage {
  PageRef page;  // '': show nothing; one past the last white page makes one
  PageView view = {};
};
struct Draw {
  PageRef page;
  slides::Tool tool = slides::Tool::kPen;
  int colour = 0, width = 0;
  std::vector<int> points;  // as told (slides/stroke)
  std::string text = {};
};
struct TakeBack {  // my last on this page
  PageRef page;
};
struct ClearPage {
  PageRef page;
};
struct PointAt {  // nothing: the pointer goes away. Told, and kept nowhere.
  std::optional<slides::Point> place = {};
};
struct ReadInk {  // what is drawn on a page, after the stroke `after`; answered to the asker alone
  PageRef page;
  int64_t after = 0;
};
using Wish = std::variant<Say, DeleteLine, RaiseHand, LowerHand, GiveSignal, React, OpenPoll, AnswerPoll,
                          ClosePoll, ChangeSettings, RemovePerson, Admit, TurnAway, GiveFloor, EndFloor, Mute,
                          ShowPage, Draw, TakeBack, ClearPage, PointAt, ReadInk>;

// What the state does not tell.
struct Circumstances {
  schedule::LessonStatus status = schedule::LessonStatus::kLive;
  schedule::PrivateChat school_rule = schedule::PrivateChat::kSupervised;
  WallTime now{};
  std::optional<Actor> other = {};         // the person whom the wish names, if she has been in this lesson
  std::vector<ParticipantId> inside = {};  // everybody who has
  std::vector<Actor> waiting = {};         // at the door, in order of knocking
  const WordList* words = nullptr;         // that students may not write
  schedule::WordRule word_rule = schedule::WordRule::kMask;
  bool other_is_here = false;
  bool students_cameras = true;              // the school's rule
  std::vector<ParticipantId> speaking = {};  // who publishes a voice on the floor
  const slides::Deck* deck = nullptr;        // that the wish names, if the lesson has it
};
// Whom the wish names, or ''.
ParticipantId named_in(const Wish& wish);
// The deck that it names, or ''.
std::string deck_in(const Wish& wish);

// The act, or nothing to do (React: it is allowed). Errors: lesson-not-live, lesson-ended, lesson-cancelled,
// not-allowed, removed-from-lesson, chat-off, chat-word, chat-to-teacher-only, private-chat-off,
// chat-too-fast, poll-running, poll-not-running, floor-full, cameras-off, person-not-found, not-found,
// invalid-field, class-busy, slides-not-ready, page-not-shown, drawing-off, page-full.
Result<std::optional<ClassAct>> decide(const Wish& wish, const Actor& who, const ClassState& state,
                                       const Circumstances& now);

// May she publish a voice on the floor, and her picture with it? Errors: floor-not-given,
// removed-from-lesson.
Result<void> may_speak(const ParticipantId& who, auth::Role role, const ClassState& state);
bool may_show(const ParticipantId& who, auth::Role role, const ClassState& state);

// May she come in? Errors: removed-from-lesson, turned-away, lesson-locked, only-enrolled;
// waiting-to-be-admitted: not yet.
constexpr std::string_view kWaiting = "waiting-to-be-admitted";
Result<void> may_enter(const ParticipantId& who, auth::Role role, const ClassState& state);

// May she publish this? Error: cameras-off. A student's offer with any picture in it is one: what its
// direction says today, a renegotiation could change.
Result<void> may_publish(auth::Role role, std::string_view offer, bool students_cameras);

}  // namespace thranio::lesson
