#include "server/lesson/class_desk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "server/lesson/lesson.hpp"
#include "server/lesson/lessons.hpp"
#include "tests/support/fake_class_events.hpp"
#include "tests/support/fake_media.hpp"
#include "tests/support/io_runner.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::lesson;
using auth::Role;
using schedule::LessonRecord;
using schedule::LessonStatus;

namespace {

using Words = std::vector<std::string>;

std::string in_words(const ClassEvent& event) {
  if (const auto* line = std::get_if<ChatLine>(&event.act)) return event.actor.name + ": " + line->text;
  return row_of(event).kind + " " + event.actor.name;
}

// What the class says, in words; what the lesson says beside it is left out.
struct ClassWords {
  std::string operator()(const Welcome& e) const {
    if (!e.class_state) return "welcome back";
    std::string words = "welcome";
    for (const auto& line : e.class_state->chat)
      words += " [" + line.line.text + "]";
    for (const auto& hand : e.class_state->hands)
      words += " hand " + hand.name;
    if (e.class_state->poll) {
      words += " poll";
      if (e.class_state->poll->mine) words += " mine";
      if (e.class_state->poll->tally) words += " " + std::to_string(e.class_state->poll->tally->answered);
    }
    return words;
  }
  std::string operator()(const ClassBatch& e) const {
    std::string words;
    for (const auto& news : e.news)
      words += (words.empty() ? "" : "; ") + in_words(*news.event);
    return words;
  }
  std::string operator()(const Tallied& e) const { return "tally " + std::to_string(e.tally.answered); }
  std::string operator()(const SignalsSummed& e) const { return "slower " + std::to_string(e.sums.slower); }
  std::string operator()(const Reactions& e) const { return "claps " + std::to_string(e.counts[2]); }
  std::string operator()(const Accepted& e) const { return "ok " + std::to_string(e.seq); }
  std::string operator()(const Refused& e) const { return e.error.code; }
  std::string operator()(const InLobby& e) const { return e.name_taken ? "lobby, name taken" : "lobby"; }
  std::string operator()(const WaitingPeople& e) const {
    std::string words = "waiting";
    for (const auto& one : e.people)
      words += " " + one.name + (one.name_taken ? "?" : "");
    return words;
  }
  std::string operator()(const RulesTold& e) const {
    return e.students_cameras ? "rules" : "rules, no cameras";
  }
  std::string operator()(const Left& e) const { return "left " + e.person.value(); }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

class Ear final : public Seat {
 public:
  void send(std::shared_ptr<const std::string> message) override {
    if (!message->empty()) heard_.push_back(message);
  }
  void close(uint16_t code, const std::string&) override {
    heard_.push_back(std::make_shared<const std::string>("closed " + std::to_string(code)));
  }
  void send_picture(std::shared_ptr<const std::string>, size_t, std::function<void(bool)> done) override {
    done(true);
  }
  Words news() {
    Words words;
    for (const auto& message : heard_)
      words.push_back(*message);
    last = heard_.empty() ? nullptr : heard_.back();
    heard_.clear();
    return words;
  }
  std::shared_ptr<const std::string> last;

 private:
  std::vector<std::shared_ptr<const std::string>> heard_;
};

const Participant kTeacher{ParticipantId{"p_teacher"}, "Hypatia", Role::kTeacher};
const Participant kNikos{ParticipantId{"p_nikos"}, "Nikos", Role::kStudent, UserId{"u_nikos"}};
const Participant kEleni{ParticipantId{"p_eleni"}, "Eleni", Role::kStudent, UserId{"u_eleni"}};

LessonRecord record(LessonStatus status = LessonStatus::kLive, int64_t version = 1) {
  LessonRecord lesson;
  lesson.id = LessonId{"l_1"};
  lesson.status = status;
  lesson.version = version;
  return lesson;
}

// The server's life: a second one on the same disk is a restart.
struct Life : test::IoRunner {
  explicit Life(test::FakeClassEvents& disk) : events(disk) { start(); }

  void start() {
    lessons.start(record());
    settle();
    lesson = lessons.find(LessonId{"l_1"});
  }
  std::string enter(const Participant& who, std::optional<int64_t> last_seq = {}) {
    auto& ear = ears[who.id];
    ear = std::make_shared<Ear>();
    const auto joined = run(lesson->join(who, ear, last_seq));
    return joined ? "" : joined.error().code;
  }
  void wish(const Participant& who, Wish wish, std::optional<uint32_t> ref = {}) {
    lesson->ask(who.id, ears.at(who.id), ref, std::move(wish));
    settle();
  }
  Words news(const Participant& who) { return ears.at(who.id)->news(); }
  // What she hears next, as soon as a timer says it.
  Words next(const Participant& who) {
    Words words;
    io.restart();
    while (words.empty() && io.run_one_for(10s) > 0)
      words = news(who);
    return words;
  }

  test::FakeClassEvents& events;
  test::FakeMediaPlane media;
  AttendanceSink nobody_counts;
  test::FakeDecks decks;
  Lessons lessons{
      io.get_executor(),
      media,
      "server_1",
      [](const Event& event) { return std::make_shared<const std::string>(std::visit(ClassWords{}, event)); },
      events,
      decks,
      nobody_counts};
  std::shared_ptr<Lesson> lesson;
  std::map<ParticipantId, std::shared_ptr<Ear>> ears;
};

struct OneLife {
  test::FakeClassEvents disk;
  Life life{disk};
  OneLife() {
    for (const auto& who : {kTeacher, kNikos, kEleni})
      REQUIRE(life.enter(who).empty());
    for (const auto& who : {kTeacher, kNikos, kEleni})
      life.news(who);
  }
};

Poll yes_or_no() {
  return {0, "Ready?", PollKind::kYesNo, {}, true};
}
AnswerPoll yes(int64_t poll) {
  AnswerPoll answer{poll};
  answer.choices = std::vector{0};
  return answer;
}

}  // namespace

TEST_CASE_METHOD(OneLife, "a line is on disk before anybody hears it, and all hear one and the same message",
                 "[lesson][desk]") {
  disk.hold = true;
  life.wish(kNikos, Say{"hello"}, 1);
  for (const auto& who : {kTeacher, kNikos, kEleni})
    CHECK(life.news(who).empty());
  disk.release();
  life.settle();
  CHECK(disk.rows["l_1"].size() == 1);
  CHECK(life.news(kNikos) == Words{"ok 1", "Nikos: hello"});
  CHECK(life.news(kEleni) == Words{"Nikos: hello"});
  CHECK(life.news(kTeacher) == Words{"Nikos: hello"});
  CHECK(life.ears[kEleni.id]->last == life.ears[kNikos.id]->last);  // encoded once
}

TEST_CASE("a whole class comes back while the disk is still read: everybody waits for all of it",
          "[lesson][desk]") {
  test::FakeClassEvents disk;
  Life life{disk};
  disk.hold = true;
  std::vector<ParticipantId> in;
  for (const auto& who : {kTeacher, kNikos, kEleni}) {
    life.ears[who.id] = std::make_shared<Ear>();
    boost::asio::co_spawn(life.io, life.lesson->join(who, life.ears[who.id], {}),
                          [&in, id = who.id](std::exception_ptr fault, const Result<void>& joined) {
                            if (!fault && joined) in.push_back(id);
                          });
    life.settle();
  }
  CHECK(in.empty());
  disk.release();
  life.settle();
  CHECK(in.size() == 3);
}

TEST_CASE_METHOD(OneLife, "what comes while the disk writes is written and told together", "[lesson][desk]") {
  disk.hold = true;
  life.wish(kNikos, Say{"a"});
  life.wish(kEleni, Say{"b"});
  life.wish(kNikos, Say{"c"});
  disk.release();
  life.settle();
  CHECK(disk.batches == std::vector<size_t>{1, 2});
  CHECK(life.news(kTeacher) == Words{"Nikos: a", "Eleni: b; Nikos: c"});
}

TEST_CASE_METHOD(OneLife, "a full disk refuses the senders, and nothing has happened",
                 "[lesson][desk][bad-input]") {
  disk.full = true;
  life.wish(kNikos, Say{"lost"}, 1);
  life.wish(kNikos, RaiseHand{true}, 2);
  CHECK(life.news(kNikos) == Words{"store-unavailable", "store-unavailable"});
  CHECK(life.news(kTeacher).empty());
  disk.full = false;
  life.wish(kNikos, Say{"kept"}, 3);
  CHECK(life.news(kNikos) == Words{"ok 1", "Nikos: kept"});
  CHECK(disk.rows["l_1"].size() == 1);
  CHECK(disk.rows["l_1"][0].seq == 1);
}

TEST_CASE_METHOD(
    OneLife, "a line that is sent again is said once, also over a restart, and answered when it is on disk",
    "[lesson][desk][restart]") {
  const Say line{"hello", "", 0, "key-0001"};
  disk.hold = true;
  life.wish(kNikos, line, 1);
  life.wish(kNikos, line, 2);
  CHECK(life.news(kNikos).empty());
  disk.release();
  life.settle();
  CHECK(life.news(kNikos) == Words{"ok 1", "ok 0", "Nikos: hello"});
  Life second(disk);
  CHECK(second.enter(kNikos, 1).empty());
  second.news(kNikos);
  second.wish(kNikos, line, 1);
  CHECK(second.news(kNikos) == Words{"ok 0"});
  second.wish(kNikos, Say{"hello", "", 0, "key-0002"}, 2);
  CHECK(second.news(kNikos) == Words{"ok 2", "Nikos: hello"});
  CHECK(disk.rows["l_1"].size() == 2);
}

TEST_CASE_METHOD(OneLife, "each hears what is for her", "[lesson][desk]") {
  life.wish(kNikos, Say{"to you", "teachers"});
  CHECK(life.news(kEleni).empty());
  CHECK(life.news(kTeacher) == Words{"Nikos: to you"});
  life.news(kNikos);
  life.wish(kTeacher, Say{"just you", "p_eleni"});
  CHECK(life.news(kNikos).empty());
  CHECK(life.news(kEleni) == Words{"Hypatia: just you"});
  life.news(kTeacher);
  life.wish(kNikos, RaiseHand{true});
  CHECK(life.news(kEleni).empty());
  CHECK(life.news(kNikos) == Words{"hand_raised Nikos"});
  CHECK(life.news(kTeacher) == Words{"hand_raised Nikos"});
  life.wish(kNikos, RaiseHand{true}, 4);  // is up already
  CHECK(life.news(kNikos) == Words{"ok 0"});
  life.wish(kTeacher, LowerHand{kNikos.id});
  CHECK(life.news(kNikos) == Words{"hand_lowered Hypatia"});
}

TEST_CASE_METHOD(OneLife, "answers, signals and reactions are told as sums, not one by one",
                 "[lesson][desk]") {
  life.wish(kTeacher, OpenPoll{yes_or_no()});
  CHECK(life.news(kEleni) == Words{"poll_opened Hypatia"});
  life.news(kTeacher);
  life.wish(kNikos, yes(1), 1);
  life.wish(kEleni, yes(1));
  life.wish(kEleni, yes(1));
  CHECK(life.news(kEleni) == Words{"poll_answered Eleni", "poll_answered Eleni"});
  CHECK(life.next(kTeacher) == Words{"tally 2"});
  life.wish(kNikos, GiveSignal{Signal::kSlower});
  CHECK(life.next(kTeacher) == Words{"slower 1"});
  life.news(kNikos);
  life.news(kEleni);
  life.wish(kNikos, React{Reaction::kClap});
  life.wish(kEleni, React{Reaction::kClap});
  CHECK(life.next(kEleni) == Words{"claps 2"});
  life.wish(kTeacher, ClosePoll{1});
  CHECK(life.news(kEleni) == Words{"poll_closed Hypatia"});
}

TEST_CASE_METHOD(OneLife, "after a restart the class is as it was, and goes on counting",
                 "[lesson][desk][restart]") {
  life.wish(kNikos, Say{"hello"});
  life.wish(kEleni, RaiseHand{true});
  life.wish(kTeacher, OpenPoll{yes_or_no()});
  life.wish(kNikos, yes(3));
  Life second(disk);
  CHECK(second.enter(kNikos).empty());
  CHECK(second.news(kNikos) == Words{"welcome [hello] poll mine"});
  CHECK(second.enter(kTeacher).empty());
  CHECK(second.news(kTeacher) == Words{"welcome [hello] hand Eleni poll 1"});
  second.wish(kNikos, yes(3), 1);
  CHECK(second.news(kNikos) == Words{"ok 5", "poll_answered Nikos"});
  CHECK(second.next(kTeacher) == Words{"tally 1"});  // hers, once
}

TEST_CASE_METHOD(OneLife, "who comes back hears only what she missed, and what is for her",
                 "[lesson][desk][restart]") {
  life.wish(kNikos, Say{"heard"});
  life.wish(kNikos, Say{"missed"});
  life.wish(kNikos, Say{"not yours", "teachers"});
  CHECK(life.enter(kEleni, 1).empty());
  CHECK(life.news(kEleni) == Words{"welcome back", "rules", "Nikos: missed"});
  CHECK(life.enter(kTeacher, 3).empty());
  CHECK(life.news(kTeacher) == Words{"welcome back", "rules", "slower 0"});
  CHECK(life.enter(kEleni, 99).empty());  // of another life of this database
  CHECK(life.news(kEleni) == Words{"welcome [heard] [missed]"});
  Life second(disk);
  CHECK(second.enter(kEleni, 1).empty());
  CHECK(second.news(kEleni) == Words{"welcome back", "rules", "Nikos: missed"});
}

TEST_CASE_METHOD(OneLife, "who is shown out is out at once, and stays out over a restart", "[lesson][desk]") {
  life.wish(kTeacher, RemovePerson{kNikos.id});
  CHECK(life.news(kNikos) == Words{"removed Hypatia", "closed 4403"});
  CHECK(life.news(kEleni) == Words{"left p_nikos"});
  CHECK(life.enter(kNikos) == "removed-from-lesson");
  CHECK(life.run(life.lesson->subscribe(kNikos, "offer")).error().code == "removed-from-lesson");
  Life second(disk);
  CHECK(second.enter(kNikos) == "removed-from-lesson");
  CHECK(second.enter(kEleni).empty());
}

TEST_CASE_METHOD(OneLife, "a locked lesson lets back in who was there, also after a restart",
                 "[lesson][desk]") {
  ChangeSettings lock;
  lock.locked = true;
  life.wish(kTeacher, lock);
  const Participant late{ParticipantId{"p_late"}, "Late", Role::kGuest};
  CHECK(life.enter(late) == "lesson-locked");
  CHECK(life.enter(kNikos).empty());
  Life second(disk);
  CHECK(second.enter(late) == "lesson-locked");
  CHECK(second.enter(kNikos).empty());
  CHECK(second.enter(kTeacher).empty());
}

TEST_CASE_METHOD(OneLife, "one person's flood is refused, and the others are heard",
                 "[lesson][desk][bad-input]") {
  for (int i = 0; i < ClassDesk::kMostWishes + 3; ++i)
    life.wish(kNikos, Say{"x"});
  const auto heard = life.news(kNikos);
  CHECK(std::ranges::count(heard, "too-many-messages") == 3);
  life.news(kEleni);
  life.wish(kEleni, Say{"hello"});
  CHECK(life.news(kEleni) == Words{"Eleni: hello"});
}

TEST_CASE("a lesson whose disk cannot be read lets nobody in until it can", "[lesson][desk][bad-input]") {
  test::FakeClassEvents disk;
  disk.unreadable = true;
  Life life(disk);
  CHECK(life.enter(kNikos) == "store-unavailable");
  disk.unreadable = false;
  CHECK(life.enter(kNikos).empty());
}

TEST_CASE_METHOD(OneLife, "who leaves lowers her hand; a link that broke leaves it up", "[lesson][desk]") {
  life.wish(kNikos, RaiseHand{true});
  life.wish(kEleni, RaiseHand{true});
  life.news(kTeacher);
  life.lesson->leave(kNikos.id, life.ears[kNikos.id], LeftReason::kLeft);
  life.lesson->leave(kEleni.id, life.ears[kEleni.id], LeftReason::kLinkLost);
  life.io.restart();
  life.io.run_for(Lesson::kLinkGrace + 5s);  // returns when the timers have run
  const auto heard = life.news(kTeacher);
  CHECK(std::ranges::count(heard, "hand_lowered Nikos") == 1);
  CHECK(std::ranges::count(heard, "hand_lowered Eleni") == 0);
}

namespace {

const Participant kKorinna{ParticipantId{"p_korinna"}, "Korinna", Role::kGuest};
const Participant kFalseNikos{ParticipantId{"p_false"}, "NIKOS", Role::kGuest};

ChangeSettings lobby(schedule::Lobby who) {
  ChangeSettings change;
  change.lobby = who;
  return change;
}

}  // namespace

TEST_CASE_METHOD(OneLife,
                 "who waits hears nothing of the class until she is admitted, and comes back without waiting",
                 "[lesson][desk][lobby]") {
  life.wish(kTeacher, lobby(schedule::Lobby::kGuests));
  life.news(kTeacher);
  REQUIRE(life.enter(kKorinna).empty());
  CHECK(life.news(kKorinna) == Words{"lobby"});
  CHECK(life.next(kTeacher) == Words{"waiting Korinna"});
  life.wish(kNikos, Say{"hello"});
  life.wish(kKorinna, Say{"let me in"}, 1);
  life.wish(kKorinna, RaiseHand{true}, 2);
  CHECK(life.news(kKorinna) == Words{"waiting-to-be-admitted", "waiting-to-be-admitted"});
  CHECK(life.run(life.lesson->subscribe(kKorinna, "v=0")).error().code == "waiting-to-be-admitted");
  life.news(kTeacher);

  life.wish(kTeacher, Admit{kKorinna.id}, 3);
  CHECK(life.news(kKorinna) == Words{"welcome [hello]"});
  CHECK(life.news(kTeacher).front() == "ok 3");
  CHECK(life.next(kTeacher) == Words{"waiting"});
  life.wish(kKorinna, Say{"thank you"}, 1);
  CHECK(life.news(kKorinna) == Words{"ok 4", "Korinna: thank you"});

  Life after{disk};
  REQUIRE(after.enter(kKorinna).empty());
  CHECK(after.news(kKorinna).front() == "welcome [hello] [thank you]");
}

TEST_CASE_METHOD(OneLife,
                 "those who wait stand in order of knocking, over a reload, too; all are admitted at once",
                 "[lesson][desk][lobby]") {
  life.wish(kTeacher, lobby(schedule::Lobby::kEverybody));
  const Participant zoe{ParticipantId{"p_a"}, "Zoe", Role::kStudent};
  for (const auto& who : {kKorinna, zoe})
    REQUIRE(life.enter(who).empty());
  life.lesson->leave(kKorinna.id, life.ears[kKorinna.id], LeftReason::kLeft);
  REQUIRE(life.enter(kKorinna).empty());
  life.news(kTeacher);
  CHECK(life.next(kTeacher) == Words{"waiting Korinna Zoe"});
  REQUIRE(life.enter(kNikos).empty());  // he was inside when the door was made narrower
  CHECK(life.news(kNikos).front() == "welcome");
  life.wish(kTeacher, Admit{});
  CHECK(life.news(kKorinna).back() == "welcome");
  CHECK(life.news(zoe).back() == "welcome");
}

TEST_CASE_METHOD(OneLife, "who is turned away, or waits for a door that closes, is told why",
                 "[lesson][desk][lobby]") {
  life.wish(kTeacher, lobby(schedule::Lobby::kGuests));
  REQUIRE(life.enter(kKorinna).empty());
  REQUIRE(life.enter(kFalseNikos).empty());
  CHECK(life.news(kFalseNikos) == Words{"lobby, name taken"});
  life.wish(kTeacher, TurnAway{kKorinna.id});
  CHECK(life.news(kKorinna) == Words{"lobby", "turned-away", "closed 4406"});
  CHECK(life.enter(kKorinna) == "turned-away");
  ChangeSettings enrolled;
  enrolled.only_enrolled = true;
  life.wish(kTeacher, enrolled);
  CHECK(life.news(kFalseNikos) == Words{"only-enrolled", "closed 4407"});
  CHECK(life.enter(kFalseNikos) == "only-enrolled");
}

TEST_CASE_METHOD(OneLife, "a lobby that is given up lets everybody in", "[lesson][desk][lobby]") {
  life.wish(kTeacher, lobby(schedule::Lobby::kGuests));
  REQUIRE(life.enter(kKorinna).empty());
  life.news(kKorinna);
  life.wish(kTeacher, lobby(schedule::Lobby::kOff));
  CHECK(life.news(kKorinna).front() == "welcome");
}

TEST_CASE("the school's own word on the lobby holds until the teacher says otherwise",
          "[lesson][desk][lobby]") {
  test::FakeClassEvents disk;
  Life life{disk};
  auto strict = record(LessonStatus::kLive, 2);
  strict.id = LessonId{"l_2"};
  strict.rules.lobby = schedule::Lobby::kEverybody;
  life.lessons.start(strict);
  life.settle();
  life.lesson = life.lessons.find(strict.id);
  REQUIRE(life.enter(kTeacher).empty());
  REQUIRE(life.enter(kNikos).empty());
  CHECK(life.news(kNikos) == Words{"lobby"});
  life.wish(kTeacher, lobby(schedule::Lobby::kOff));
  CHECK(life.news(kNikos).front() == "welcome");
}

// What the school lays down, at this version of its row.
void lay_down(Life& life, schedule::Lobby lobby, int64_t version, bool cameras = true) {
  schedule::SchoolRules rules;
  rules.version = version;
  rules.lobby = lobby;
  rules.students_cameras = cameras;
  life.lessons.rules_changed(SchoolId{}, rules);
  life.settle();
}

TEST_CASE_METHOD(OneLife, "a school's other word on the lobby holds at once: who is inside stays inside",
                 "[lesson][desk][lobby][rules]") {
  lay_down(life, schedule::Lobby::kEverybody, 2);
  CHECK(life.news(kNikos) == Words{"rules", "settings "});
  REQUIRE(life.enter(kKorinna).empty());
  CHECK(life.news(kKorinna) == Words{"lobby"});
  CHECK(life.enter(kNikos).empty());
  CHECK(life.news(kNikos) == Words{"welcome"});
  Life second(disk);  // a server that has lost its memory, and reads the row anew
  lay_down(second, schedule::Lobby::kEverybody, 2);
  CHECK(second.enter(kNikos).empty());
  CHECK(second.news(kNikos) == Words{"welcome"});
  lay_down(life, schedule::Lobby::kOff, 3);
  CHECK(life.news(kKorinna).front() == "welcome");
}

TEST_CASE_METHOD(OneLife, "where the teacher has chosen who waits, the school's other word changes nothing",
                 "[lesson][desk][lobby][rules]") {
  life.wish(kTeacher, lobby(schedule::Lobby::kGuests));
  life.news(kEleni);
  lay_down(life, schedule::Lobby::kEverybody, 2);
  CHECK(life.news(kEleni) == Words{"rules"});
  CHECK(life.enter(kNikos).empty());
  Life second(disk);
  lay_down(second, schedule::Lobby::kEverybody, 2);
  CHECK(second.enter(kEleni).empty());
}

TEST_CASE_METHOD(OneLife, "of a school's two words the later one holds, in whatever order they arrive",
                 "[lesson][desk][lobby][rules]") {
  lay_down(life, schedule::Lobby::kEverybody, 3);
  lay_down(life, schedule::Lobby::kOff, 2);
  auto renamed = record(LessonStatus::kLive, 2);  // a row that was read before
  renamed.rules.version = 1;
  life.lessons.changed(renamed);
  renamed.id = LessonId{"l_2"};
  const auto late = life.lessons.open(renamed);
  life.settle();
  REQUIRE(life.enter(kKorinna).empty());
  CHECK(life.news(kKorinna) == Words{"lobby"});
  const auto ear = std::make_shared<Ear>();
  REQUIRE(life.run(late->join(kNikos, ear)));
  CHECK(ear->news() == Words{"lobby"});
}

TEST_CASE_METHOD(OneLife, "a school that forbids students' cameras ends those that are on",
                 "[lesson][desk][rules]") {
  life.wish(kTeacher, GiveFloor{kNikos.id, true});
  life.wish(kTeacher, GiveFloor{kEleni.id, false});
  life.news(kTeacher);
  lay_down(life, schedule::Lobby::kOff, 2, false);
  CHECK(life.news(kTeacher) == Words{"rules, no cameras", "floor_given "});
  const std::string picture = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
  const auto answer = life.run(life.lesson->publish(kNikos, pipelines::Source::kFloor, picture, true));
  CHECK(answer.error().code == "cameras-off");
  life.wish(kTeacher, GiveFloor{kNikos.id, true}, 1);
  CHECK(life.news(kTeacher) == Words{"cameras-off"});
}

TEST_CASE(
    "where the school does not allow students' cameras, a student's picture is refused, her voice is not",
    "[lesson][desk]") {
  test::FakeClassEvents disk;
  Life life{disk};
  auto strict = record(LessonStatus::kLive, 2);
  strict.id = LessonId{"l_2"};
  strict.rules.students_cameras = false;
  life.lessons.start(strict);
  life.settle();
  const auto lesson = life.lessons.find(strict.id);
  const std::string voice = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
  const auto publishes = [&](const Participant& who, const std::string& offer) {
    const auto answer = life.run(lesson->publish(who, pipelines::Source::kFloor, offer, true));
    return answer ? std::string("done") : answer.error().code;
  };
  const auto teacher = std::make_shared<Ear>(), nikos = std::make_shared<Ear>();
  REQUIRE(life.run(lesson->join(kTeacher, teacher)));
  REQUIRE(life.run(lesson->join(kNikos, nikos)));
  const auto asks = [&](Wish wish) {
    teacher->news();
    lesson->ask(kTeacher.id, teacher, 1, std::move(wish));
    life.settle();
    return teacher->news();
  };
  CHECK(asks(GiveFloor{kNikos.id, true}).front() == "cameras-off");
  CHECK(asks(GiveFloor{kNikos.id}).front() == "ok 1");
  CHECK(publishes(kNikos, voice + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n") == "cameras-off");
  CHECK(publishes(kNikos, voice) == "done");
  CHECK(publishes(kTeacher, voice + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n") == "done");
}
