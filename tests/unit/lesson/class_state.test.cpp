#include "server/lesson/class_state.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::lesson;
using auth::Role;

namespace {

const WallTime kNine{std::chrono::hours(500'000)};
const Actor kTeacher{ParticipantId{"p_teacher"}, "Hypatia", Role::kTeacher};
const Actor kNikos{ParticipantId{"p_nikos"}, "Nikos", Role::kStudent};
const Actor kEleni{ParticipantId{"p_eleni"}, "Ελένη", Role::kStudent};

// A story told event by event; every state is also made from the rows that a store would hold.
struct Story {
  ClassState state, reread;
  std::vector<ClassRow> rows;
  WallTime now = kNine;

  int64_t tell(const Actor& who, ClassAct act, Duration later = 1s) {
    now += later;
    ClassEvent event{state.last_seq + 1, now, who, std::move(act)};
    if (auto* opened = std::get_if<PollOpened>(&event.act)) opened->poll.id = event.seq;
    apply(state, event);
    rows.push_back(row_of(event));
    apply(reread, event_of(rows.back()));
    return event.seq;
  }
  void says(const Actor& who, const std::string& text) { tell(who, ChatLine{text}); }
};

std::vector<std::string> texts(const ClassState& state) {
  std::vector<std::string> all;
  for (const auto& line : state.chat)
    all.push_back(line.name + ": " + line.line.text);
  return all;
}
std::vector<std::string> hands(const ClassState& state) {
  std::vector<std::string> all;
  for (const auto& hand : state.hands)
    all.push_back(hand.name);
  return all;
}
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("the last lines of the chat are kept, and a line that was taken back is empty", "[lesson][class]") {
  Story story;
  story.says(kNikos, "first");
  story.tell(kNikos, LineDeleted{1});
  for (size_t i = 0; i < kChatKept; ++i)
    story.says(kEleni, "line " + std::to_string(i));
  CHECK(story.state.chat.size() == kChatKept);
  CHECK(story.state.chat.front().line.text == "line 0");
  CHECK(story.state.find_line(1) == nullptr);
  const auto last = story.state.last_seq;
  story.tell(kTeacher, LineDeleted{last});
  CHECK(story.state.find_line(last)->deleted);
  CHECK(story.state.find_line(last)->line.text.empty());
  CHECK(texts(story.reread) == texts(story.state));
}

TEST_CASE("hands stand in order of raising, each with its time", "[lesson][class]") {
  Story story;
  story.tell(kEleni, HandRaised{});
  story.tell(kNikos, HandRaised{});
  story.tell(kEleni, HandRaised{});  // again: her place and her time stay
  CHECK(hands(story.state) == Words{"Ελένη", "Nikos"});
  CHECK(story.state.hands[0].since == kNine + 1s);
  story.tell(kTeacher, HandLowered{kEleni.id});
  CHECK(hands(story.state) == Words{"Nikos"});
  CHECK(hands(story.reread) == Words{"Nikos"});
}

TEST_CASE("a poll counts the last answer of each, and keeps its tally when it is closed",
          "[lesson][class][poll]") {
  Story story;
  const auto id =
      story.tell(kTeacher, PollOpened{{0, "Which?", PollKind::kMultiple, {"a", "b", "c"}, false}});
  story.tell(kNikos, PollAnswered{id, {{0, 2}, "", 0}});
  story.tell(kEleni, PollAnswered{id, {{1}, "", 0}});
  story.tell(kNikos, PollAnswered{id, {{2}, "", 0}});
  story.tell(kNikos, PollAnswered{id + 100, {{1}, "", 0}});  // of no poll that runs
  REQUIRE(story.state.poll);
  CHECK(tally_of(*story.state.poll).counts == std::vector<int64_t>{0, 1, 1});
  CHECK(tally_of(*story.state.poll).answered == 2);
  CHECK(story.reread.poll->answers.at(kNikos.id).answer.choices == std::vector{2});
  story.tell(kTeacher, PollClosed{id});
  CHECK_FALSE(story.state.poll);
  for (const auto* state : {&story.state, &story.reread}) {
    REQUIRE(state->closed.size() == 1);
    CHECK(state->closed[0].poll.id == id);
    CHECK(state->closed[0].poll.question == "Which?");
    CHECK(state->closed[0].tally.counts == std::vector<int64_t>{0, 1, 1});
  }
}

TEST_CASE("free answers are told by how often they were given, numbers with their mean",
          "[lesson][class][poll]") {
  Story story;
  auto id = story.tell(kTeacher, PollOpened{{0, "Name one", PollKind::kText, {}, true}});
  story.tell(kNikos, PollAnswered{id, {{}, "light", 0}});
  story.tell(kEleni, PollAnswered{id, {{}, "sound", 0}});
  story.tell(kTeacher, PollAnswered{id, {{}, "sound", 0}});
  CHECK(tally_of(*story.state.poll).texts ==
        std::vector<std::pair<std::string, int64_t>>{{"sound", 2}, {"light", 1}});
  story.tell(kTeacher, PollClosed{id});
  id = story.tell(kTeacher, PollOpened{{0, "How many?", PollKind::kNumber, {}, true}});
  story.tell(kNikos, PollAnswered{id, {{}, "", 0}});
  story.tell(kEleni, PollAnswered{id, {{}, "", 2.5}});
  const auto tally = tally_of(*story.reread.poll);
  CHECK(tally.numbers->least == 0);
  CHECK(tally.numbers->most == 2.5);
  CHECK(tally.numbers->mean == 1.25);
  CHECK(tally.texts == std::vector<std::pair<std::string, int64_t>>{{"0", 1}, {"2.5", 1}});
}

TEST_CASE("signals are summed while they last", "[lesson][class]") {
  Story story;
  story.tell(kNikos, Signalled{Signal::kSlower});
  story.tell(kEleni, Signalled{Signal::kSlower}, 30s);
  story.tell(kEleni, Signalled{Signal::kLost});
  CHECK(signals_at(story.state, story.now) == SignalSums{1, 1});
  CHECK(signals_change_at(story.state, story.now) == kNine + 1s + kSignalLasts);
  CHECK(signals_at(story.state, kNine + 1s + kSignalLasts) == SignalSums{0, 1});
  story.tell(kEleni, Signalled{Signal::kNone});
  CHECK(signals_at(story.reread, story.now) == SignalSums{1, 0});
  CHECK_FALSE(signals_change_at(story.state, story.now + kSignalLasts));
}

TEST_CASE("who is shown out is remembered, and her hand and her signal go", "[lesson][class]") {
  Story story;
  story.tell(kTeacher, SettingsChanged{{ChatMode::kToTeacher, true, 10, true}, {kNikos.id, kEleni.id}});
  story.tell(kNikos, HandRaised{});
  story.tell(kNikos, Signalled{Signal::kLost});
  story.tell(kTeacher, PersonRemoved{kNikos.id, kNikos.name});
  for (const auto* state : {&story.state, &story.reread}) {
    CHECK(state->removed.contains(kNikos.id));
    CHECK(state->inside == std::set{kEleni.id});
    CHECK(state->hands.empty());
    CHECK(signals_at(*state, story.now) == SignalSums{});
    CHECK(state->settings == ClassSettings{ChatMode::kToTeacher, true, 10, true});
  }
  story.tell(kTeacher, SettingsChanged{{}, {}});
  CHECK(story.state.inside.empty());
}

TEST_CASE("the floor is given, changed, ended; the hand goes down with it", "[lesson][class][floor]") {
  Story story;
  story.tell(kNikos, HandRaised{});
  story.tell(kTeacher, FloorGiven{kNikos.id, kNikos.name, false});
  story.tell(kTeacher, FloorGiven{kEleni.id, kEleni.name, false});
  story.tell(kTeacher, FloorGiven{kNikos.id, kNikos.name, true});
  story.tell(kTeacher, VoicesMuted{{kNikos.id, kEleni.id}, true});
  for (const auto* state : {&story.state, &story.reread}) {
    CHECK(state->hands.empty());
    REQUIRE(state->floor.size() == 2);
    CHECK(state->floor[0].person == kNikos.id);
    CHECK(state->floor[0].camera);
    CHECK(state->muted == std::set{kNikos.id, kEleni.id});
  }
  story.tell(kNikos, FloorEnded{kNikos.id, FloorEnded::Why::kGivenBack});
  story.tell(kTeacher, PersonRemoved{kEleni.id, kEleni.name});
  for (const auto* state : {&story.state, &story.reread}) {
    CHECK(state->floor.empty());
    CHECK(state->muted.empty());
  }
}

TEST_CASE("where all may speak a silence outlasts the floor, and ends with the rule",
          "[lesson][class][floor]") {
  Story story;
  ClassSettings freely;
  freely.speak_freely = true;
  story.tell(kTeacher, SettingsChanged{freely, {}});
  story.tell(kTeacher, FloorGiven{kNikos.id, kNikos.name, false});
  story.tell(kTeacher, VoicesMuted{{kNikos.id, kEleni.id}, true});
  story.tell(kTeacher, FloorEnded{kNikos.id, FloorEnded::Why::kTaken});
  CHECK(story.reread.settings.speak_freely);
  CHECK(story.reread.muted == std::set{kNikos.id, kEleni.id});
  story.tell(kTeacher, VoicesMuted{{kEleni.id}, false});
  CHECK(story.reread.muted == std::set{kNikos.id});
  story.tell(kTeacher, SettingsChanged{{}, {}});
  CHECK(story.state.muted.empty());
  CHECK(story.reread.muted.empty());
}

TEST_CASE("an event of a kind that is not known, or that cannot be read, changes nothing and is kept",
          "[lesson][class][bad-input]") {
  const auto [kind, body] = GENERATE(table<std::string, std::string>({
      {"page_turned", R"({"page": 3})"},
      {"chat_deleted", R"({"line": "x"})"},
      {"signal", R"({"signal": "dance"})"},
      {"poll_opened", R"({})"},
      {"settings", R"({"chat": 7})"},
      {"floor_ended", R"({"person": "p_nikos", "why": "bored"})"},
      {"voices_muted", R"({"persons": "p_nikos", "muted": true})"},
      {"hand_lowered", "not json"},
      {"hand_lowered", "[]"},
  }));
  const ClassRow row{7, 1000, kind, "p_nikos", "Nikos", body};
  ClassState state;
  state.hands.push_back({kNikos.id, "Nikos", kNine});
  apply(state, event_of(row));
  CHECK(state.last_seq == 7);
  CHECK(state.hands.size() == 1);
  const auto again = row_of(event_of(row));
  CHECK(again.kind == kind);
  CHECK(again.body == body);
}

TEST_CASE("a private line is read by those whom it is for", "[lesson][class]") {
  ChatLine line;
  const auto reads = [&](const Actor& who) {
    return may_read(line, kNikos.id, who.id, who.role == Role::kTeacher);
  };
  const Actor other{ParticipantId{"p_other"}, "Theon", Role::kStudent};
  CHECK(reads(other));
  line.to = ChatLine::To::kTeachers;
  CHECK((reads(kNikos) && reads(kTeacher) && !reads(kEleni)));
  line.to = ChatLine::To::kPerson;
  line.person = kEleni.id;
  CHECK((reads(kNikos) && reads(kEleni) && reads(kTeacher) && !reads(other)));
  line.teachers_see = false;
  CHECK_FALSE(reads(kTeacher));
}
