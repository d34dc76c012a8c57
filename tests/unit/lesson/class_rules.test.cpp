#include "server/lesson/class_rules.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::lesson;
using auth::Role;
using schedule::LessonStatus;
using schedule::PrivateChat;

namespace {

const WallTime kNine{std::chrono::hours(500'000)};
const ParticipantId kMe{"p_me"}, kOther{"p_other"}, kTeacher{"p_teacher"}, kOnFloor{"p_floor"};

// A class in which everything can be done: a line of mine and one of another, a poll that runs (5) and hands.
ClassState busy_class(bool running = true) {
  ClassState state;
  state.last_seq = 5;
  state.chat.push_back({1, kNine, kMe, "Me", ChatLine{"mine"}});
  state.chat.push_back({2, kNine, kOther, "Other", ChatLine{"hers"}});
  state.hands.push_back({kOther, "Other", kNine});
  state.floor.push_back({kOnFloor, "Speaker", false, kNine});
  if (running) state.poll = RunningPoll{{5, "?", PollKind::kSingle, {"a", "b"}, true}, kNine, {}};
  return state;
}

Circumstances now(LessonStatus status = LessonStatus::kLive, Role other = Role::kStudent) {
  Circumstances it;
  it.status = status;
  it.now = kNine + 1h;
  it.other = Actor{kOther, "Other", other};
  it.other_is_here = true;
  it.speaking = {kOther};
  it.inside = {kMe, kOther};
  it.waiting = {{kOther, "Other", Role::kGuest}};
  return it;
}

Actor actor(Role role) {
  return {kMe, "Me", role};
}

std::string outcome(const Wish& wish, const Actor& who, const ClassState& state, const Circumstances& it) {
  const auto decision = decide(wish, who, state, it);
  if (!decision) return decision.error().code;
  return decision->has_value() ? "done" : "nothing";
}

AnswerPoll choose(std::vector<int> choices) {
  AnswerPoll answer{5};
  answer.choices = std::move(choices);
  return answer;
}

ChangeSettings slow(int seconds) {
  ChangeSettings change;
  change.slow_seconds = seconds;
  return change;
}

struct Row {
  const char* kind;
  Wish wish;
  const char* teacher;
  const char* student;
  const char* teacher_before;  // before the lesson starts
};

std::vector<Row> table_of_wishes() {
  const Poll poll{0, "Ready?", PollKind::kYesNo, {}, true};
  return {
      {"chat", Say{"hello"}, "done", "done", "done"},
      {"delete own", DeleteLine{1}, "done", "done", "done"},
      {"delete other's", DeleteLine{2}, "done", "not-allowed", "done"},
      {"hand", RaiseHand{true}, "not-allowed", "done", "lesson-not-live"},
      {"hand down", RaiseHand{false}, "not-allowed", "nothing", "lesson-not-live"},
      {"lower other's", LowerHand{kOther}, "done", "not-allowed", "done"},
      {"signal", GiveSignal{Signal::kSlower}, "not-allowed", "done", "lesson-not-live"},
      {"reaction", React{Reaction::kClap}, "nothing", "nothing", "lesson-not-live"},
      {"poll_open", OpenPoll{poll}, "poll-running", "not-allowed", "lesson-not-live"},
      {"poll_answer", choose({1}), "not-allowed", "done", "lesson-not-live"},
      {"poll_close", ClosePoll{5}, "done", "not-allowed", "lesson-not-live"},
      {"class_settings", slow(10), "done", "not-allowed", "done"},
      {"remove", RemovePerson{kOther}, "done", "not-allowed", "done"},
      {"admit", Admit{kOther}, "done", "not-allowed", "done"},
      {"admit all", Admit{}, "done", "not-allowed", "done"},
      {"turn_away", TurnAway{kOther}, "done", "not-allowed", "done"},
      {"give_floor", GiveFloor{kOther}, "done", "not-allowed", "lesson-not-live"},
      {"end_floor of another", EndFloor{kOnFloor}, "done", "not-allowed", "lesson-not-live"},
      {"mute one", Mute{kOther}, "done", "not-allowed", "lesson-not-live"},
      {"mute all", Mute{}, "done", "not-allowed", "lesson-not-live"},
      {"lift all", Mute{{}, false}, "nothing", "not-allowed", "lesson-not-live"},
  };
}

}  // namespace

TEST_CASE("every wish × role × state of the lesson", "[lesson][class][rules]") {
  const auto state = busy_class();
  for (const auto& row : table_of_wishes()) {
    INFO(row.kind);
    CHECK(outcome(row.wish, actor(Role::kTeacher), state, now()) == row.teacher);
    CHECK(outcome(row.wish, actor(Role::kTeacher), state, now(LessonStatus::kScheduled)) ==
          row.teacher_before);
    for (const auto role : {Role::kStudent, Role::kGuest}) {
      CHECK(outcome(row.wish, actor(role), state, now()) == row.student);
      CHECK(outcome(row.wish, actor(role), state, now(LessonStatus::kScheduled)) == "lesson-not-live");
    }
    for (const auto role : {Role::kTeacher, Role::kStudent, Role::kGuest}) {
      CHECK(outcome(row.wish, actor(role), state, now(LessonStatus::kEnded)) == "lesson-ended");
      CHECK(outcome(row.wish, actor(role), state, now(LessonStatus::kCancelled)) == "lesson-cancelled");
    }
    for (const auto role : {Role::kAdmin, Role::kGuardian})  // nobody joins as such
      CHECK(outcome(row.wish, actor(role), state, now()) == "not-allowed");
    auto without = state;
    without.removed[kMe] = "Me";
    CHECK(outcome(row.wish, actor(Role::kStudent), without, now()) == "removed-from-lesson");
  }
}

TEST_CASE("to whom a student may write is the teacher's setting and the school's rule",
          "[lesson][class][rules]") {
  const auto [chat, private_chat, rule, to, other, expected] =
      GENERATE(table<ChatMode, bool, PrivateChat, std::string, Role, std::string>({
          {ChatMode::kEverybody, false, PrivateChat::kFree, "", Role::kStudent, "done"},
          {ChatMode::kEverybody, false, PrivateChat::kFree, "p_other", Role::kStudent, "private-chat-off"},
          {ChatMode::kEverybody, true, PrivateChat::kFree, "p_other", Role::kStudent, "done"},
          {ChatMode::kEverybody, true, PrivateChat::kSupervised, "p_other", Role::kGuest, "done"},
          {ChatMode::kEverybody, true, PrivateChat::kOff, "p_other", Role::kStudent, "private-chat-off"},
          {ChatMode::kEverybody, false, PrivateChat::kOff, "p_other", Role::kTeacher, "done"},
          {ChatMode::kEverybody, false, PrivateChat::kOff, "teachers", Role::kTeacher, "done"},
          {ChatMode::kToTeacher, true, PrivateChat::kFree, "", Role::kStudent, "chat-to-teacher-only"},
          {ChatMode::kToTeacher, true, PrivateChat::kFree, "p_other", Role::kStudent, "chat-to-teacher-only"},
          {ChatMode::kToTeacher, false, PrivateChat::kOff, "teachers", Role::kStudent, "done"},
          {ChatMode::kToTeacher, false, PrivateChat::kOff, "p_other", Role::kTeacher, "done"},
          {ChatMode::kOff, true, PrivateChat::kFree, "", Role::kStudent, "chat-off"},
          {ChatMode::kOff, true, PrivateChat::kFree, "teachers", Role::kStudent, "chat-off"},
      }));
  auto state = busy_class();
  state.settings.chat = chat;
  state.settings.private_chat = private_chat;
  auto it = now(LessonStatus::kLive, other);
  it.school_rule = rule;
  INFO(static_cast<int>(chat) << private_chat << static_cast<int>(rule) << ' ' << to);
  CHECK(outcome(Say{"hello", to}, actor(Role::kStudent), state, it) == expected);
  CHECK(outcome(Say{"hello", to}, actor(Role::kTeacher), state, it) == "done");
}

TEST_CASE("teachers read private lines unless the school leaves them free", "[lesson][class][rules]") {
  auto state = busy_class();
  state.settings.private_chat = true;
  const auto seen = [&](PrivateChat rule, Role me, Role other) {
    auto it = now(LessonStatus::kLive, other);
    it.school_rule = rule;
    return std::get<ChatLine>(**decide(Say{"psst", "p_other"}, actor(me), state, it)).teachers_see;
  };
  CHECK(seen(PrivateChat::kSupervised, Role::kStudent, Role::kStudent));
  CHECK_FALSE(seen(PrivateChat::kFree, Role::kStudent, Role::kStudent));
  CHECK(seen(PrivateChat::kFree, Role::kStudent, Role::kTeacher));
  CHECK(seen(PrivateChat::kFree, Role::kTeacher, Role::kStudent));
}

TEST_CASE("a line is for somebody who is there, and says something", "[lesson][class][rules][bad-input]") {
  const auto state = busy_class();
  auto nobody = now();
  nobody.other.reset();
  CHECK(outcome(Say{"hello", "p_nobody"}, actor(Role::kTeacher), state, nobody) == "person-not-found");
  auto myself = now();
  myself.other = Actor{kMe, "Me", Role::kTeacher};
  CHECK(outcome(Say{"hello", "p_me"}, actor(Role::kTeacher), state, myself) == "person-not-found");
  CHECK(outcome(Say{" \u200b\n"}, actor(Role::kStudent), state, now()) == "invalid-field");
  CHECK(outcome(Say{std::string(2001, 'x')}, actor(Role::kStudent), state, now()) == "invalid-field");
  const auto clean = decide(Say{"a\u202eb "}, actor(Role::kStudent), state, now());
  CHECK(std::get<ChatLine>(**clean).text == "ab");
}

TEST_CASE("in a slow chat a student waits for her next line, and no clock makes her wait longer",
          "[lesson][class][rules]") {
  auto state = busy_class();
  state.settings.slow_seconds = 30;
  auto it = now();
  const auto after = [&](Duration wait) {
    state.last_lines[kMe] = it.now - wait;
    return outcome(Say{"again"}, actor(Role::kStudent), state, it);
  };
  CHECK(after(29s) == "chat-too-fast");
  CHECK(after(30s) == "done");
  CHECK(outcome(Say{"again"}, actor(Role::kTeacher), state, it) == "done");
  state.last_lines[kMe] = it.now + 24h;  // the wall clock was set back
  const auto refused = decide(Say{"again"}, actor(Role::kStudent), state, it);
  CHECK(refused.error().extra_json ==
        std::vector<std::pair<std::string, std::string>>{{"retry_after_seconds", "30"}});
}

TEST_CASE("a line that comes with the key of her last one is that line, sent again",
          "[lesson][class][rules]") {
  auto state = busy_class();
  state.settings.slow_seconds = 30;
  const auto say = [&](const std::string& key) {
    return decide(Say{"hello", "", 0, key}, actor(Role::kStudent), state, now());
  };
  const auto first = say("key-0001");
  REQUIRE(*first);
  apply(state, {state.last_seq + 1, now().now, actor(Role::kStudent), **first});
  CHECK(outcome(Say{"hello", "", 0, "key-0001"}, actor(Role::kStudent), state, now()) == "nothing");
  CHECK(outcome(Say{"hello", "", 0, "key-0002"}, actor(Role::kStudent), state, now()) == "chat-too-fast");
  state.settings.slow_seconds = 0;
  const auto next = say("key-0002");
  REQUIRE(*next);
  apply(state, {state.last_seq + 1, now().now, actor(Role::kStudent), **next});
  CHECK(outcome(Say{"hello"}, actor(Role::kStudent), state, now()) == "done");  // a page without keys
}

TEST_CASE("a poll asks something that can be answered", "[lesson][class][rules][bad-input]") {
  const auto state = busy_class(false);
  const auto ask = [&](PollKind kind, std::vector<std::string> choices,
                       const std::string& question = "Which?") {
    return outcome(OpenPoll{{0, question, kind, std::move(choices), true}}, actor(Role::kTeacher), state,
                   now());
  };
  CHECK(ask(PollKind::kSingle, {"a", "b"}) == "done");
  CHECK(ask(PollKind::kYesNo, {}) == "done");
  CHECK(ask(PollKind::kSingle, {"a"}) == "invalid-field");
  CHECK(ask(PollKind::kMultiple, std::vector<std::string>(11, "a")) == "invalid-field");
  CHECK(ask(PollKind::kText, {"a", "b"}) == "invalid-field");
  CHECK(ask(PollKind::kSingle, {"a", "\u202e"}) == "invalid-field");
  CHECK(ask(PollKind::kYesNo, {}, "\n") == "invalid-field");
}

TEST_CASE("an answer is one that the poll asks for", "[lesson][class][rules][bad-input]") {
  auto state = busy_class();
  const auto answer = [&](PollKind kind, const AnswerPoll& given) {
    state.poll->poll.kind = kind;
    return outcome(given, actor(Role::kStudent), state, now());
  };
  CHECK(answer(PollKind::kSingle, choose({0})) == "done");
  CHECK(answer(PollKind::kSingle, choose({0, 1})) == "invalid-field");
  CHECK(answer(PollKind::kSingle, choose({2})) == "invalid-field");
  CHECK(answer(PollKind::kSingle, choose({-1})) == "invalid-field");
  CHECK(answer(PollKind::kSingle, choose({})) == "invalid-field");
  CHECK(answer(PollKind::kMultiple, choose({1, 0})) == "done");
  CHECK(answer(PollKind::kMultiple, choose({1, 1})) == "invalid-field");
  CHECK(answer(PollKind::kYesNo, choose({1})) == "done");
  CHECK(answer(PollKind::kText, choose({1})) == "invalid-field");
  AnswerPoll text{5}, number{5}, endless{5}, both{5};
  text.text = "light";
  number.number = 0.5;
  endless.number = 1e300;
  both.number = 1;
  both.text = "1";
  CHECK(answer(PollKind::kText, text) == "done");
  CHECK(answer(PollKind::kNumber, number) == "done");
  CHECK(answer(PollKind::kNumber, endless) == "invalid-field");
  CHECK(answer(PollKind::kNumber, both) == "invalid-field");
  CHECK(answer(PollKind::kSingle, number) == "invalid-field");
  AnswerPoll late = choose({0});
  late.poll = 4;
  CHECK(answer(PollKind::kSingle, late) == "poll-not-running");
}

TEST_CASE("settings change within their bounds, and nothing is said where nothing changes",
          "[lesson][class][rules]") {
  auto state = busy_class();
  const auto teacher = actor(Role::kTeacher);
  CHECK(outcome(slow(0), teacher, state, now()) == "nothing");
  CHECK(outcome(slow(301), teacher, state, now()) == "invalid-field");
  ChangeSettings open;
  open.private_chat = true;
  auto strict = now();
  strict.school_rule = PrivateChat::kOff;
  CHECK(outcome(open, teacher, state, strict) == "private-chat-off");
  ChangeSettings lock;
  lock.locked = true;
  const auto locked = std::get<SettingsChanged>(**decide(lock, teacher, state, now()));
  CHECK(locked.inside == std::vector{kMe, kOther});
}

TEST_CASE("no teacher is shown out, nor somebody who is not there", "[lesson][class][rules]") {
  const auto state = busy_class();
  const auto teacher = actor(Role::kTeacher);
  CHECK(outcome(RemovePerson{kOther}, teacher, state, now(LessonStatus::kLive, Role::kTeacher)) ==
        "not-allowed");
  auto nobody = now();
  nobody.other.reset();
  CHECK(outcome(RemovePerson{kOther}, teacher, state, nobody) == "person-not-found");
}

TEST_CASE("who was shown out stays out; a locked lesson lets back in who was there",
          "[lesson][class][rules]") {
  ClassState state;
  const auto enters = [&](const ParticipantId& who, Role role) {
    const auto may = may_enter(who, role, state);
    return may ? std::string("enters") : may.error().code;
  };
  CHECK(enters(kMe, Role::kGuest) == "enters");
  state.settings.locked = true;
  state.inside = {kMe};
  CHECK(enters(kMe, Role::kStudent) == "enters");
  CHECK(enters(kOther, Role::kStudent) == "lesson-locked");
  CHECK(enters(kTeacher, Role::kTeacher) == "enters");
  state.removed[kMe] = "Me";
  CHECK(enters(kMe, Role::kStudent) == "removed-from-lesson");
}

TEST_CASE("the door: who comes in at once, who waits, who does not come in",
          "[lesson][class][rules][lobby]") {
  using schedule::Lobby;
  const auto [lobby, only_enrolled, role, expected] = GENERATE(table<Lobby, bool, Role, std::string>({
      {Lobby::kOff, false, Role::kGuest, "enters"},
      {Lobby::kOff, false, Role::kStudent, "enters"},
      {Lobby::kGuests, false, Role::kGuest, "waiting-to-be-admitted"},
      {Lobby::kGuests, false, Role::kStudent, "enters"},
      {Lobby::kEverybody, false, Role::kGuest, "waiting-to-be-admitted"},
      {Lobby::kEverybody, false, Role::kStudent, "waiting-to-be-admitted"},
      {Lobby::kEverybody, false, Role::kTeacher, "enters"},
      {Lobby::kOff, true, Role::kGuest, "only-enrolled"},
      {Lobby::kGuests, true, Role::kGuest, "only-enrolled"},
      {Lobby::kGuests, true, Role::kStudent, "enters"},
      {Lobby::kEverybody, true, Role::kStudent, "waiting-to-be-admitted"},
  }));
  ClassState state;
  state.settings.lobby = lobby;
  state.settings.only_enrolled = only_enrolled;
  INFO(to_string(lobby) << ' ' << only_enrolled << ' ' << auth::to_string(role));
  const auto enters = [&, as = role] {
    const auto may = may_enter(kMe, as, state);
    return may ? std::string("enters") : may.error().code;
  };
  CHECK(enters() == expected);
  if (role == Role::kTeacher) return;
  state.inside = {kMe};  // admitted, or here before the door was made narrower
  CHECK(enters() == "enters");
  state.turned_away = {kMe};
  CHECK(enters() == "turned-away");
}

TEST_CASE("who is here stays when the door is made narrower; an open door forgets them",
          "[lesson][class][rules][lobby]") {
  ClassState state;
  int64_t seq = 0;
  const auto set = [&](const ChangeSettings& change) {
    const auto act = decide(change, actor(Role::kTeacher), state, now());
    REQUIRE(act);
    apply(state, {++seq, kNine, actor(Role::kTeacher), **act});
  };
  ChangeSettings change;
  change.lobby = schedule::Lobby::kGuests;
  set(change);
  CHECK(state.inside == std::set{kMe, kOther});
  apply(state, {++seq, kNine, actor(Role::kTeacher), PersonsAdmitted{{{kTeacher, "T"}}}});
  change.locked = true;
  set(change);
  CHECK(state.inside == std::set{kMe, kOther, kTeacher});
  change.locked = false;
  set(change);
  CHECK(state.inside.size() == 3);  // there is still a lobby
  change.lobby = schedule::Lobby::kOff;
  set(change);
  CHECK(state.inside.empty());
}

TEST_CASE("only who waits is admitted or turned away; again changes nothing",
          "[lesson][class][rules][lobby]") {
  ClassState state;
  const auto teacher = actor(Role::kTeacher);
  CHECK(outcome(Admit{kMe}, teacher, state, now()) == "person-not-found");
  CHECK(outcome(TurnAway{kMe}, teacher, state, now()) == "person-not-found");
  state.inside = {kMe};
  state.turned_away = {kTeacher};
  CHECK(outcome(Admit{kMe}, teacher, state, now()) == "nothing");
  CHECK(outcome(TurnAway{kTeacher}, teacher, state, now()) == "nothing");
  auto empty = now();
  empty.waiting.clear();
  CHECK(outcome(Admit{}, teacher, state, empty) == "nothing");
}

TEST_CASE("a line answers one that its writer may read and that is still there", "[lesson][class][rules]") {
  auto state = busy_class();
  state.chat.push_back({3, kNine, kOther, "Other", ChatLine{"psst", ChatLine::To::kTeachers}});
  const auto answers = [&](int64_t line, Role role) {
    return outcome(Say{"yes", "", line}, actor(role), state, now());
  };
  CHECK(answers(2, Role::kStudent) == "done");
  CHECK(answers(3, Role::kTeacher) == "done");
  CHECK(answers(3, Role::kStudent) ==
        "not-found");  // it is not for her, and she is not told that it is there
  CHECK(answers(9, Role::kStudent) == "not-found");
  state.chat[1].deleted = true;
  CHECK(answers(2, Role::kStudent) == "not-found");
  const auto said = decide(Say{"yes", "", 1}, actor(Role::kGuest), state, now());
  CHECK(std::get<ChatLine>(**said).reply_to == 1);
  CHECK(std::get<ChatLine>(**said).by_guest);
}

TEST_CASE("words that the school does not allow are masked or refused, the teacher's are hers",
          "[lesson][class][rules]") {
  const WordList words{"βλακα", "fool"};
  auto it = now();
  it.words = &words;
  const auto said = [&](Role role) {
    const auto act = decide(Say{"You FOOL, Βλάκα! Foolish."}, actor(role), ClassState{}, it);
    return act ? std::get<ChatLine>(**act).text : act.error().code + " " + act.error().field;
  };
  CHECK(said(Role::kStudent) == "You ****, *****! Foolish.");
  CHECK(said(Role::kTeacher) == "You FOOL, Βλάκα! Foolish.");
  it.word_rule = schedule::WordRule::kRefuse;
  CHECK(said(Role::kGuest) == "chat-word /text");
  CHECK(outcome(Say{"Foolish."}, actor(Role::kGuest), ClassState{}, it) == "done");
}

TEST_CASE("where students' cameras are off, a student offers no picture in any spelling",
          "[lesson][class][rules][bad-input]") {
  const std::string voice = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\n";
  const auto [offer, good] = GENERATE_COPY(table<std::string, bool>({
      {voice, true},
      {voice + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", false},
      {voice + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=inactive\r\n", false},
      {voice + "m= video 9 UDP/TLS/RTP/SAVPF 96\n", false},
      {voice + " \tm=video 9 UDP/TLS/RTP/SAVPF 96", false},
      {voice + "a=label:video\r\n", true},
      {"", true},
  }));
  INFO(offer);
  const auto may = may_publish(Role::kStudent, offer, false);
  CHECK(may.has_value() == good);
  if (!may) CHECK(may.error().code == "cameras-off");
  CHECK(may_publish(Role::kStudent, offer, true));
  CHECK(may_publish(Role::kTeacher, offer, false));
}

TEST_CASE("the floor has two places, one of them with a picture", "[lesson][class][rules][floor]") {
  auto state = busy_class();
  const auto teacher = actor(Role::kTeacher);
  const auto code = [&](const Wish& wish, const Circumstances& it = now()) {
    return outcome(wish, teacher, state, it);
  };
  CHECK(code(GiveFloor{kOther, true}) == "done");
  state.floor.front().camera = true;
  const auto full = decide(GiveFloor{kOther, true}, teacher, state, now());
  CHECK(full.error().code == "floor-full");
  CHECK(full.error().field == "/camera");
  CHECK(code(GiveFloor{kOther}) == "done");
  state.floor.push_back({kOther, "Other", false, kNine});
  CHECK(code(GiveFloor{kOther}) == "nothing");
  CHECK(code(GiveFloor{kOther, true}) == "floor-full");
  state.floor.front().camera = false;
  CHECK(code(GiveFloor{kOther, true}) == "done");  // of her own, what changes
  state.floor.back().person = kMe;
  CHECK(code(GiveFloor{kOther}) == "floor-full");
}

TEST_CASE("the floor is given to students who are here", "[lesson][class][rules][floor]") {
  const auto teacher = actor(Role::kTeacher);
  auto state = busy_class();
  CHECK(outcome(GiveFloor{kOther}, teacher, state, now(LessonStatus::kLive, Role::kTeacher)) ==
        "not-allowed");
  auto away = now();
  away.other_is_here = false;
  CHECK(outcome(GiveFloor{kOther}, teacher, state, away) == "person-not-found");
  away.other.reset();
  CHECK(outcome(GiveFloor{kOther}, teacher, state, away) == "person-not-found");
  state.removed[kOther] = "Other";
  CHECK(outcome(GiveFloor{kOther}, teacher, state, now()) == "person-not-found");
}

TEST_CASE("who has the floor gives it back herself, and why it ended is kept",
          "[lesson][class][rules][floor]") {
  auto state = busy_class();
  state.floor.push_back({kMe, "Me", false, kNine});
  const auto why = [&](Role role) {
    const auto act = decide(EndFloor{kMe}, actor(role), state, now());
    return std::get<FloorEnded>(**act).why;
  };
  CHECK(why(Role::kStudent) == FloorEnded::Why::kGivenBack);
  const Actor teacher{kTeacher, "T", Role::kTeacher};
  const auto taken = decide(EndFloor{kMe}, teacher, state, now());
  CHECK(std::get<FloorEnded>(**taken).why == FloorEnded::Why::kTaken);
  CHECK(outcome(EndFloor{kOther}, teacher, state, now()) == "nothing");
}

TEST_CASE("silence reaches who speaks, once, and is lifted for all of them",
          "[lesson][class][rules][floor]") {
  const auto teacher = actor(Role::kTeacher);
  auto state = busy_class();
  const auto persons = [&](const Mute& wish) {
    const auto act = decide(wish, teacher, state, now());
    return std::get<VoicesMuted>(**act).persons;
  };
  CHECK(persons({}) == std::vector{kOther, kOnFloor});
  state.muted = {kOther};
  CHECK(persons({}) == std::vector{kOnFloor});
  CHECK(persons({std::nullopt, false}) == std::vector{kOther});
  CHECK(outcome(Mute{kOther}, teacher, state, now()) == "nothing");
  CHECK(outcome(Mute{ParticipantId{"p_quiet"}}, teacher, state, now()) == "person-not-found");
}

TEST_CASE("who may speak and who may show herself: role × floor × the rule for all",
          "[lesson][class][rules][floor]") {
  const auto [role, floor, camera, freely, speaks, shows] =
      GENERATE(table<Role, bool, bool, bool, std::string, bool>({
          {Role::kTeacher, false, false, false, "ok", true},
          {Role::kStudent, false, false, false, "floor-not-given", false},
          {Role::kGuest, false, false, false, "floor-not-given", false},
          {Role::kStudent, true, false, false, "ok", false},
          {Role::kGuest, true, true, false, "ok", true},
          {Role::kStudent, false, false, true, "ok", false},
          {Role::kGuest, false, false, true, "ok", false},
      }));
  ClassState state;
  state.settings.speak_freely = freely;
  if (floor) state.floor.push_back({kMe, "Me", camera, kNine});
  const auto may = may_speak(kMe, role, state);
  CHECK((may ? "ok" : may.error().code) == speaks);
  CHECK(may_show(kMe, role, state) == shows);
  state.removed[kMe] = "Me";
  if (role != Role::kTeacher) CHECK(may_speak(kMe, role, state).error().code == "removed-from-lesson");
}
