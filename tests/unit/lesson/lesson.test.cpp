#include "server/lesson/lesson.hpp"

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "server/lesson/lessons.hpp"
#include "tests/support/fake_class_events.hpp"
#include "tests/support/fake_media.hpp"
#include "tests/support/io_runner.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::lesson;
using auth::Role;
using pipelines::SdpAnswer;
using pipelines::Source;
using schedule::LessonRecord;
using schedule::LessonStatus;

namespace {

using Words = std::vector<std::string>;

std::string slot(const std::optional<ParticipantId>& who) {
  return who ? who->value() : "-";
}

// Events in words that a test can compare: "joined p_2", "stage camera p_1 screen -".
struct InWords {
  std::string operator()(const Welcome& e) const {
    std::string words = "welcome " + e.you.value() + ":";
    for (const auto& person : e.people)
      words += " " + person.id.value();
    return words + "; camera " + slot(e.stage.camera);
  }
  std::string operator()(const Joined& e) const { return "joined " + e.person.id.value(); }
  std::string operator()(const Left& e) const {
    return (e.reason == LeftReason::kLeft ? "left " : "link_lost ") + e.person.value();
  }
  std::string operator()(const Changed& e) const {
    return "changed " + e.person.id.value() + (e.person.microphone == Device::kOn ? " speaks" : " is quiet");
  }
  std::string operator()(const Count&) const { return "count"; }
  std::string operator()(const StageChanged& e) const {
    return "stage camera " + slot(e.stage.camera) + " screen " + slot(e.stage.screen);
  }
  std::string operator()(const LessonChanged& e) const {
    return "lesson " + std::string{schedule::to_string(e.lesson.status)};
  }
  std::string operator()(const LayersNeeded& e) const {
    std::string words = "layers";
    for (const auto& rid : e.rids)
      words += " " + rid;
    return words;
  }
  std::string operator()(const GoingAway&) const { return "going_away"; }
  std::string operator()(const LineChanged& e) const { return "line " + std::string(name_of(e.line.rung)); }
  std::string operator()(const Pong&) const { return "pong"; }
  std::string operator()(const Refused&) const { return "refused"; }
  template <typename ClassEvent>  // class_desk.test
  std::string operator()(const ClassEvent&) const {
    return "class";
  }
};

class Ear final : public Seat {
 public:
  void send(std::shared_ptr<const std::string> message) override { heard_.push_back(*message); }
  void close(uint16_t code, const std::string&) override {
    heard_.push_back("closed " + std::to_string(code));
  }
  void send_picture(std::shared_ptr<const std::string> piece, size_t,
                    std::function<void(bool)> done) override {
    pieces.push_back(*piece);
    done(true);
  }
  Words pieces;
  // What came since the last call.
  Words news() { return std::exchange(heard_, {}); }

 private:
  Words heard_;
};

// What the attendance ledger is told.
class Clerk final : public AttendanceSink {
 public:
  void live(const LessonId&, TimePoint) override { heard_.emplace_back("live"); }
  void came(const LessonId&, const Participant& who, TimePoint) override { tell("came", who.id); }
  void away(const LessonId&, const ParticipantId& who, EndReason reason, TimePoint) override {
    tell("away", who);
    heard_.back() += " " + std::string(to_string(reason));
  }
  void gone(const LessonId&, const ParticipantId& who) override { tell("gone", who); }
  void over(const LessonId&, TimePoint) override { heard_.emplace_back("over"); }
  void line(const LessonId&, const ParticipantId&, Rung rung, double, TimePoint) override { stands = rung; }
  std::optional<Rung> stands;  // whose line was told last
  Words news() { return std::exchange(heard_, {}); }

 private:
  void tell(const std::string& what, const ParticipantId& who) { heard_.push_back(what + " " + who.value()); }
  Words heard_;
};

LessonRecord record(LessonStatus status, int64_t version = 1) {
  LessonRecord lesson;
  lesson.id = LessonId{"l_1"};
  lesson.title = "Waves";
  lesson.status = status;
  lesson.version = version;
  return lesson;
}

const Participant kTeacher{ParticipantId{"p_teacher"}, "Hypatia", Role::kTeacher};
const Participant kOtherTeacher{ParticipantId{"p_other"}, "Theon", Role::kTeacher};
const Participant kStudent{ParticipantId{"p_student"}, "Nikos", Role::kStudent};

// Lessons on one thread, run only as far as a test asks.
struct School : test::IoRunner {
  test::FakeMediaPlane media;
  Clerk clerk;
  test::FakeClassEvents class_events;
  test::FakeDecks decks;
  Lessons lessons{
      io.get_executor(),
      media,
      "server_1",
      [](const Event& event) { return std::make_shared<const std::string>(std::visit(InWords{}, event)); },
      class_events,
      decks,
      clerk};

  std::shared_ptr<Lesson> live() {
    lessons.start(record(LessonStatus::kLive));
    settle();
    return lessons.find(LessonId{"l_1"});
  }
  std::shared_ptr<Ear> join(const std::shared_ptr<Lesson>& lesson, const Participant& who) {
    auto ear = std::make_shared<Ear>();
    REQUIRE(run(lesson->join(who, ear)).has_value());
    return ear;
  }
  Result<SdpAnswer> publish(const std::shared_ptr<Lesson>& lesson, const Participant& who, Source source,
                            bool take_over = false) {
    return run(lesson->publish(who, source, "offer", take_over));
  }
  // The camera's still, of so many bytes.
  void show_face(size_t bytes) {
    Picture face;
    face.id = 1;
    face.bytes.assign(bytes, 7);
    auto& pipeline = *media.newest;
    pipeline.tell_picture(*pipeline.publisher_of(Source::kCamera), std::make_shared<const Picture>(face));
  }
  void await_piece(const Ear& ear) {
    io.restart();
    while (ear.pieces.empty())
      io.run_one_for(5s);
  }
};

LineState thin_line() {
  LineState line;
  line.rung = Rung::kVoiceLow;
  line.bits_per_second = 30'000;
  line.spare = 100'000;
  return line;
}

}  // namespace

TEST_CASE("who joins is told who is here, in order of joining, and the others hear it", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  CHECK(teacher->news() == Words{"welcome p_teacher: p_teacher; camera -"});
  const auto student = school.join(lesson, kStudent);
  CHECK(student->news() == Words{"welcome p_student: p_teacher p_student; camera -"});
  CHECK(teacher->news() == Words{"joined p_student"});
}

TEST_CASE("two sockets of one person are one participant, and both hear everything", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto phone = school.join(lesson, kStudent);
  const auto laptop = school.join(lesson, kStudent);
  CHECK(teacher->news().back() == "joined p_student");
  phone->news();
  CHECK(laptop->news() == Words{"welcome p_student: p_teacher p_student; camera -"});
  lesson->leave(kStudent.id, phone, LeftReason::kLeft);
  lesson->set_devices(kTeacher.id, Device::kOn, Device::kNone);
  school.settle();
  CHECK(laptop->news() == Words{"changed p_teacher speaks"});
  CHECK(phone->news().empty());
  CHECK(teacher->news() == Words{"changed p_teacher speaks"});  // nobody left
}

TEST_CASE("a reload does not flicker, and a leave is announced after the grace with its reason", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto page = school.join(lesson, kStudent);
  teacher->news();
  lesson->leave(kStudent.id, page, LeftReason::kLeft);
  school.settle();
  const auto reloaded = school.join(lesson, kStudent);
  CHECK(teacher->news().empty());

  const auto reason = GENERATE(LeftReason::kLeft, LeftReason::kLinkLost);
  lesson->leave(kStudent.id, reloaded, reason);
  school.io.restart();
  school.io.run_for(Lesson::kLinkGrace + std::chrono::seconds(5));  // returns when the timer has run
  CHECK(teacher->news() == Words{reason == LeftReason::kLeft ? "left p_student" : "link_lost p_student"});
}

TEST_CASE("the attendance ledger hears at once who comes and who goes, and of a tab among several nothing",
          "[lesson][attendance]") {
  School school;
  const auto lesson = school.live();
  const auto phone = school.join(lesson, kStudent);
  const auto laptop = school.join(lesson, kStudent);
  CHECK(school.clerk.news() == Words{"live", "came p_student", "came p_student"});
  lesson->leave(kStudent.id, phone, LeftReason::kLeft);
  school.settle();
  CHECK(school.clerk.news().empty());
  lesson->leave(kStudent.id, laptop, LeftReason::kLinkLost);
  school.settle();
  CHECK(school.clerk.news() == Words{"away p_student link_lost"});
  school.lessons.end(record(LessonStatus::kEnded, 2));
  CHECK(school.clerk.news() == Words{"over"});  // before its strand comes to it
}

TEST_CASE("a thin line is told to its student and her teacher, and brings still pictures", "[lesson][line]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto student = school.join(lesson, kStudent);
  REQUIRE(school.publish(lesson, kTeacher, Source::kCamera));
  const auto session = school.run(lesson->subscribe(kStudent, "offer"));
  REQUIRE(session);
  teacher->news();
  student->news();
  auto& pipeline = *school.media.newest;

  pipeline.tell_line(session->peer, {});  // a good one is no news
  school.settle();
  CHECK(teacher->news().empty());
  CHECK(student->news().empty());
  CHECK_FALSE(pipeline.pictures_wanted);

  LineState line = thin_line();
  pipeline.tell_line(session->peer, line);
  school.settle();
  CHECK(student->news() == Words{"line voice-low"});
  CHECK(teacher->news() == Words{"changed p_student is quiet"});
  CHECK(pipeline.pictures_wanted);
  pipeline.tell_line(session->peer, line);  // the same again, a second later
  school.settle();
  CHECK(student->news().empty());

  school.show_face(300);
  school.await_piece(*student);
  CHECK(student->pieces.front().size() == kPictureHeader + 300);
  CHECK(teacher->pieces.empty());
  school.settle();
  CHECK(pipeline.beside[session->peer] > 300);  // the estimate of her line is told

  lesson->set_highest_rung(kStudent.id, Rung::kVoiceLow);
  school.settle();
  CHECK(pipeline.highest_rungs[session->peer] == Rung::kVoiceLow);
  const auto again = school.run(lesson->subscribe(kStudent, "offer"));  // it holds for her next session
  REQUIRE(again);
  CHECK(pipeline.highest_rungs[again->peer] == Rung::kVoiceLow);

  line.rung = Rung::kAll;
  pipeline.tell_line(session->peer, line);
  school.settle();
  CHECK(student->news() == Words{"line all"});
  CHECK_FALSE(pipeline.pictures_wanted);
}

TEST_CASE("of one person's two devices each hears of its own line, and gets its own pictures",
          "[lesson][line]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto laptop = school.join(lesson, kStudent);
  const auto phone = school.join(lesson, kStudent);
  REQUIRE(school.publish(lesson, kTeacher, Source::kCamera));
  const auto wide = school.run(lesson->subscribe(kStudent, "offer"));
  const auto thin = school.run(lesson->subscribe(kStudent, "offer"));
  const auto others = school.run(lesson->subscribe(kOtherTeacher, "offer"));
  REQUIRE((wide && thin && others));
  auto& pipeline = *school.media.newest;
  lesson->set_subscriber(kStudent.id, laptop, 1, wide->peer);
  lesson->set_subscriber(kStudent.id, phone, 2, thin->peer);
  for (const auto& ear : {teacher, laptop, phone})
    ear->news();

  lesson->set_subscriber(kStudent.id, phone, 3, others->peer);
  lesson->set_subscriber(kStudent.id, phone, 4, PeerId{"peer_of_nobody"});
  lesson->set_subscriber(kStudent.id, phone, 5, *pipeline.publisher_of(Source::kCamera));
  lesson->set_subscriber(kOtherTeacher.id, phone, 6, others->peer);  // not her seat
  school.settle();
  CHECK(phone->news() == Words{"refused", "refused", "refused", "refused"});

  const LineState line = thin_line();
  pipeline.tell_line(thin->peer, line);
  pipeline.tell_line(wide->peer, {});  // this one carries everything
  school.settle();
  CHECK(phone->news() == Words{"line voice-low"});
  CHECK(laptop->news().empty());
  CHECK(teacher->news().empty());  // she stands as high as her laptop
  CHECK(pipeline.pictures_wanted);

  school.show_face(1'100);
  school.await_piece(*phone);
  CHECK(phone->pieces.front().size() == kPictureHeader + 1'100);
  CHECK(laptop->pieces.empty());

  // Her phone's socket breaks, and the next one has nothing of the face yet.
  const auto again = school.join(lesson, kStudent);
  lesson->set_subscriber(kStudent.id, again, 7, thin->peer);
  school.await_piece(*again);
  CHECK(again->news().back() == "line voice-low");
  CHECK(again->pieces.front().size() == kPictureHeader + 1'100);
  CHECK(phone->pieces.size() == 1);

  // The laptop is put away: her line is her phone's.
  lesson->leave(kStudent.id, laptop, LeftReason::kLeft);
  REQUIRE(school.run(lesson->close(kStudent, wide->peer)));
  teacher->news();
  pipeline.tell_line(thin->peer, line);
  school.settle();
  CHECK(teacher->news() == Words{"changed p_student is quiet"});
  CHECK(school.clerk.stands == Rung::kVoiceLow);

  // And taken up again; a line that carries everything is never spoken of.
  const auto reopened = school.join(lesson, kStudent);
  const auto next = school.run(lesson->subscribe(kStudent, "offer"));
  REQUIRE(next);
  lesson->set_subscriber(kStudent.id, reopened, {}, next->peer);
  pipeline.tell_line(thin->peer, line);
  school.settle();
  CHECK(teacher->news() == Words{"changed p_student is quiet"});
  CHECK(school.clerk.stands == Rung::kAll);
  pipeline.tell_line(thin->peer, line);
  school.settle();
  CHECK(school.clerk.stands == Rung::kAll);
}

TEST_CASE("in a large class students hear of teachers, of the stage and of a number; teachers of everybody",
          "[lesson][large]") {
  School school;
  const auto lesson = school.live();
  const auto guest = [](size_t i) {
    return Participant{ParticipantId{"p_" + std::to_string(i)}, "Guest", Role::kGuest};
  };
  const auto first = school.join(lesson, guest(1));
  for (size_t i = 2; i <= Lesson::kEverybodyListed; ++i)
    school.join(lesson, guest(i));
  CHECK(first->news().size() == Lesson::kEverybodyListed);  // her welcome, and the others
  const auto late = school.join(lesson, kStudent);
  CHECK(late->news() == Words{"welcome p_student: p_student; camera -"});
  CHECK(first->news().empty());
  const auto teacher = school.join(lesson, kTeacher);
  CHECK(teacher->news().front().starts_with("welcome p_teacher: p_1 p_2 p_3"));
  CHECK(first->news() == Words{"joined p_teacher"});
  CHECK(late->news() == Words{"joined p_teacher"});

  REQUIRE(school.publish(lesson, guest(200), Source::kCamera));  // one whom nobody had to know
  CHECK(teacher->news() == Words{"joined p_200", "stage camera p_200 screen -"});
  CHECK(late->news() == Words{"joined p_200", "stage camera p_200 screen -"});
  Words news;
  school.io.restart();
  while (news.empty() && school.io.run_one_for(10s) > 0)
    news = late->news();
  CHECK(news == Words{"count"});  // one, however many came
  CHECK(teacher->news().empty());
}

TEST_CASE("a seat that fell behind hears the whole state again", "[lesson][resync]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto student = school.join(lesson, kStudent);
  student->news();
  lesson->resync(kStudent.id, student);
  lesson->resync(kStudent.id, std::make_shared<Ear>());  // no seat of hers
  school.settle();
  CHECK(student->news() == Words{"welcome p_student: p_teacher p_student; camera -"});
}

TEST_CASE("muting is told once, and only when it changes something", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  teacher->news();
  for (int i = 0; i < 2; ++i)
    lesson->set_devices(kTeacher.id, Device::kOn, Device::kOn);
  lesson->set_devices(kTeacher.id, Device::kMuted, Device::kOn);
  lesson->set_devices(ParticipantId{"p_nobody"}, Device::kOn, Device::kOn);
  school.settle();
  CHECK(teacher->news() == Words{"changed p_teacher speaks", "changed p_teacher is quiet"});
}

TEST_CASE("a lesson that has not started takes people but no media", "[lesson]") {
  School school;
  const auto lesson = school.lessons.open(record(LessonStatus::kScheduled));
  const auto student = school.join(lesson, kStudent);
  CHECK(school.publish(lesson, kTeacher, Source::kCamera).error().code == "lesson-not-live");
  CHECK(school.run(lesson->subscribe(kStudent, "offer")).error().code == "lesson-not-live");
  student->news();
  school.lessons.start(record(LessonStatus::kLive, 2));
  school.settle();
  CHECK(student->news() == Words{"lesson live"});
  CHECK(school.run(lesson->subscribe(kStudent, "offer")).has_value());
}

TEST_CASE("a lesson that is started twice has one pipeline", "[lesson]") {
  School school;
  school.live();
  school.live();
  CHECK(school.media.created == 1);
}

TEST_CASE("how much voice a packet carries is told to the pipeline, at the start and in mid-lesson",
          "[lesson]") {
  School school;
  school.live();
  CHECK(school.media.newest->voice_packet == 20ms);
  auto longer = record(LessonStatus::kLive, 2);
  longer.voice_packet_ms = 60;
  school.lessons.changed(longer);
  school.settle();
  CHECK(school.media.newest->voice_packet == 60ms);
}

TEST_CASE("a change that was overtaken by a newer one changes nothing", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  school.lessons.changed(record(LessonStatus::kLive, 3));
  school.lessons.changed(record(LessonStatus::kScheduled, 2));
  school.settle();
  CHECK(student->news() == Words{"welcome p_student: p_student; camera -", "lesson live"});
}

TEST_CASE("a publisher stands on the stage, and everybody hears it", "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto student = school.join(lesson, kStudent);
  student->news();
  REQUIRE(school.publish(lesson, kTeacher, Source::kCamera).has_value());
  REQUIRE(school.publish(lesson, kTeacher, Source::kScreen).has_value());
  CHECK(student->news() ==
        Words{"stage camera p_teacher screen -", "stage camera p_teacher screen p_teacher"});
  const auto late = school.join(lesson, kOtherTeacher);
  CHECK(late->news() == Words{"welcome p_other: p_teacher p_student p_other; camera p_teacher"});
}

TEST_CASE("a second camera is refused unless it takes over", "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  REQUIRE(school.publish(lesson, kTeacher, Source::kCamera).has_value());
  student->news();
  CHECK(school.publish(lesson, kOtherTeacher, Source::kCamera).error().code == "source-taken");
  CHECK(student->news().empty());
  REQUIRE(school.publish(lesson, kOtherTeacher, Source::kCamera, true).has_value());
  school.settle();  // the replaced one's end arrives
  CHECK(student->news() == Words{"joined p_other", "stage camera p_other screen -"});
}

TEST_CASE("an encoder, which has no page, is here as long as it publishes", "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  student->news();
  const auto answer = school.publish(lesson, kTeacher, Source::kCamera);
  REQUIRE(answer.has_value());
  CHECK(student->news() == Words{"joined p_teacher", "stage camera p_teacher screen -"});
  school.media.newest->lose(answer->peer);
  school.io.restart();
  school.io.run_for(Lesson::kLinkGrace + std::chrono::seconds(5));
  CHECK(student->news() == Words{"stage camera - screen -", "link_lost p_teacher"});
}

TEST_CASE("a teacher whose page is closed leaves the stage; one whose link to the class broke is still heard",
          "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto teacher = school.join(lesson, kTeacher);
  const auto student = school.join(lesson, kStudent);
  const auto answer = school.publish(lesson, kTeacher, Source::kCamera);
  REQUIRE(answer.has_value());
  student->news();
  SECTION("closed") {
    lesson->leave(kTeacher.id, teacher, LeftReason::kLeft);
    school.io.restart();
    school.io.run_for(Lesson::kLinkGrace + std::chrono::seconds(5));
    CHECK(student->news() == Words{"stage camera - screen -", "left p_teacher"});
  }
  SECTION("broke") {
    lesson->leave(kTeacher.id, teacher, LeftReason::kLinkLost);
    school.io.restart();
    school.io.run_for(Lesson::kLinkGrace + std::chrono::seconds(5));
    CHECK(student->news().empty());
    school.media.newest->lose(answer->peer);
    school.io.restart();
    school.io.run_for(Lesson::kLinkGrace + std::chrono::seconds(5));
    CHECK(student->news() == Words{"stage camera - screen -", "link_lost p_teacher"});
  }
}

TEST_CASE("a teacher who reloads her page takes over from herself without a question", "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  REQUIRE(school.publish(lesson, kTeacher, Source::kCamera).has_value());
  student->news();
  CHECK(school.publish(lesson, kTeacher, Source::kCamera).has_value());
  school.settle();
  CHECK(student->news().empty());  // the same person stands where she stood
}

TEST_CASE("a publisher whose link dies leaves the stage", "[lesson][stage]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  const auto answer = school.publish(lesson, kTeacher, Source::kCamera);
  REQUIRE(answer.has_value());
  student->news();
  school.media.newest->lose(answer->peer);
  school.settle();
  CHECK(student->news() == Words{"stage camera - screen -"});
}

TEST_CASE("a media session is ended or patched by its owner or a teacher, and by nobody else", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto teachers = school.publish(lesson, kTeacher, Source::kCamera);
  const auto students = school.run(lesson->subscribe(kStudent, "offer"));
  REQUIRE((teachers && students));
  CHECK(school.run(lesson->close(kStudent, teachers->peer)).error().code == "not-allowed");
  CHECK(school.run(lesson->patch(kStudent, teachers->peer, "", "\"1\"")).error().code == "not-allowed");
  CHECK(school.run(lesson->patch(kStudent, students->peer, "", "\"1\"")).has_value());
  CHECK(school.run(lesson->patch(kStudent, students->peer, "", "\"0\"")).error().code == "stale-ice-session");
  CHECK(school.run(lesson->close(kTeacher, students->peer)).has_value());
  CHECK(school.run(lesson->close(kTeacher, teachers->peer)).has_value());
  CHECK(school.run(lesson->close(kTeacher, teachers->peer)).error().code == "peer-not-found");
}

TEST_CASE("the end of a lesson is told to all, closes their sockets with 1000 and its pipeline", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  student->news();
  school.lessons.end(record(LessonStatus::kEnded, 2));
  school.settle();
  CHECK(student->news() == Words{"lesson ended", "closed 1000"});
  CHECK(school.media.newest == nullptr);
  CHECK_FALSE(school.lessons.find(LessonId{"l_1"}));
  CHECK(school.publish(lesson, kTeacher, Source::kCamera).error().code == "lesson-ended");
}

TEST_CASE("a start that its end has overtaken opens nothing", "[lesson]") {
  School school;
  school.lessons.end(record(LessonStatus::kEnded, 3));
  school.lessons.start(record(LessonStatus::kLive, 2));
  school.settle();
  CHECK(school.media.created == 0);
  CHECK(school.lessons.size() == 0);
  const auto stale = school.lessons.open(record(LessonStatus::kLive, 2));
  CHECK(school.run(stale->join(kStudent, std::make_shared<Ear>())).error().code == "lesson-ended");
}

TEST_CASE("an ended lesson answers with a refusal and is not kept", "[lesson]") {
  School school;
  const auto lesson = school.lessons.open(record(LessonStatus::kEnded));
  CHECK(school.run(lesson->join(kStudent, std::make_shared<Ear>())).error().code == "lesson-ended");
  CHECK(school.lessons.size() == 0);
}

TEST_CASE("a server that stops says going_away and closes with 1001", "[lesson]") {
  School school;
  const auto lesson = school.live();
  const auto student = school.join(lesson, kStudent);
  student->news();
  school.lessons.going_away();
  school.settle();
  CHECK(student->news() == Words{"going_away", "closed 1001"});
}

namespace {

const Participant kEleni{ParticipantId{"p_eleni"}, "Eleni", Role::kGuest};

// A live lesson with its teacher and two students, who ask for things.
struct FloorOfSchool : School {
  std::shared_ptr<Lesson> lesson = live();
  std::map<ParticipantId, std::shared_ptr<Ear>> ears;

  FloorOfSchool() {
    for (const auto& who : {kTeacher, kStudent, kEleni})
      ears[who.id] = join(lesson, who);
  }
  void wish(const Participant& who, Wish wish) {
    lesson->ask(who.id, ears[who.id], std::nullopt, std::move(wish));
    settle();
  }
  std::string speak(const Participant& who) {
    const auto answer = publish(lesson, who, Source::kFloor);
    return answer ? "ok" : answer.error().code;
  }
  std::vector<test::FakePipeline::OnFloor>& floor() { return media.newest->floor; }
};

}  // namespace

TEST_CASE_METHOD(FloorOfSchool, "only who has the floor may publish on it, and no more than she was given",
                 "[lesson][floor]") {
  CHECK(speak(kStudent) == "floor-not-given");
  wish(kTeacher, GiveFloor{kStudent.id});
  CHECK(speak(kStudent) == "ok");
  CHECK(speak(kEleni) == "floor-not-given");
  REQUIRE(floor().size() == 1);
  CHECK_FALSE(floor()[0].terms.pictures);
  CHECK(floor()[0].terms.has_floor);
  CHECK(floor()[0].terms.owner == kStudent.id);
  wish(kTeacher, GiveFloor{kEleni.id, true});
  CHECK(speak(kEleni) == "ok");
  CHECK(floor()[1].terms.pictures);
}

TEST_CASE_METHOD(FloorOfSchool, "whose floor is taken is silent at once", "[lesson][floor]") {
  wish(kTeacher, GiveFloor{kStudent.id, true});
  REQUIRE(speak(kStudent) == "ok");
  SECTION("by the teacher") {
    wish(kTeacher, EndFloor{kStudent.id});
  }
  SECTION("by herself") {
    wish(kStudent, EndFloor{kStudent.id});
  }
  SECTION("with her whole lesson") {
    wish(kTeacher, RemovePerson{kStudent.id});
  }
  SECTION("her picture alone, where it is more than she may show") {
    wish(kTeacher, GiveFloor{kStudent.id, false});
    CHECK(floor().empty());
    CHECK(speak(kStudent) == "ok");
    return;
  }
  CHECK(floor().empty());
  CHECK(speak(kStudent) != "ok");
}

TEST_CASE("a school that forbids students' cameras ends every picture on the floor at once, and no voice",
          "[lesson][floor][rules]") {
  FloorOfSchool before;
  before.wish(kTeacher, GiveFloor{kStudent.id, true});
  before.wish(kTeacher, GiveFloor{kEleni.id, false});
  // What an older server may have left: two who show their pictures, though the stage has one place.
  School after;
  after.class_events.rows = before.class_events.rows;
  auto& kept = after.class_events.rows["l_1"];
  const auto second = std::ranges::find_if(
      kept, [](const auto& row) { return row.body.find(kEleni.id.value()) != row.body.npos; });
  REQUIRE(second != kept.end());
  const ClassEvent given = event_of(*second);
  auto act = std::get<FloorGiven>(given.act);
  act.camera = true;
  *second = row_of({given.seq, given.at, given.actor, act});
  const auto lesson = after.live();
  for (const auto& who : {kTeacher, kStudent, kEleni})
    after.join(lesson, who);
  REQUIRE(after.publish(lesson, kStudent, Source::kFloor));
  REQUIRE(after.publish(lesson, kEleni, Source::kFloor));
  auto& floor = after.media.newest->floor;
  REQUIRE((floor.size() == 2 && floor[0].terms.pictures && floor[1].terms.pictures));
  after.class_events.hold = true;  // the disk is slow: the rule does not wait for it
  schedule::SchoolRules rules;
  rules.version = 2;
  rules.students_cameras = false;
  after.lessons.rules_changed(SchoolId{}, rules);
  after.settle();
  CHECK(floor.empty());
  after.class_events.release();
  after.settle();
  REQUIRE(after.publish(lesson, kStudent, Source::kFloor));
  REQUIRE(after.publish(lesson, kEleni, Source::kFloor));
  REQUIRE(floor.size() == 2);
  CHECK_FALSE((floor[0].terms.pictures || floor[1].terms.pictures));
  rules.version = 3;  // a word on something else leaves the voices alone
  rules.private_chat = schedule::PrivateChat::kOff;
  after.lessons.rules_changed(SchoolId{}, rules);
  after.settle();
  CHECK(floor.size() == 2);
}

TEST_CASE_METHOD(FloorOfSchool, "where all may speak, anybody publishes her voice until the rule ends",
                 "[lesson][floor]") {
  ChangeSettings freely;
  freely.speak_freely = true;
  wish(kTeacher, freely);
  CHECK(speak(kStudent) == "ok");
  CHECK(speak(kEleni) == "ok");
  CHECK_FALSE(floor()[0].terms.has_floor);
  wish(kTeacher, GiveFloor{kEleni.id});
  CHECK(floor()[1].terms.has_floor);
  freely.speak_freely = false;
  wish(kTeacher, freely);
  REQUIRE(floor().size() == 1);
  CHECK(floor()[0].terms.owner == kEleni.id);
}

TEST_CASE_METHOD(FloorOfSchool, "silence is the server's word, and holds for her next session",
                 "[lesson][floor]") {
  wish(kTeacher, GiveFloor{kStudent.id});
  REQUIRE(speak(kStudent) == "ok");
  wish(kTeacher, Mute{});
  CHECK(floor()[0].muted);
  CHECK(speak(kStudent) == "ok");  // a reload
  REQUIRE(floor().size() == 1);
  CHECK(floor()[0].muted);
  wish(kTeacher, Mute{kStudent.id, false});
  CHECK_FALSE(floor()[0].muted);
}

TEST_CASE_METHOD(FloorOfSchool, "the floor is free again when her page is closed, or her link stays lost",
                 "[lesson][floor]") {
  const auto reason = GENERATE(LeftReason::kLeft, LeftReason::kLinkLost);
  wish(kTeacher, GiveFloor{kStudent.id});
  REQUIRE(speak(kStudent) == "ok");
  lesson->leave(kStudent.id, ears[kStudent.id], reason);
  settle();
  CHECK(floor().size() == 1);  // it may be a reload
  if (reason == LeftReason::kLinkLost) media.newest->lose(floor()[0].peer);
  io.restart();
  io.run_for(Lesson::kLinkGrace + 5s);  // returns when the timers have run
  CHECK(floor().empty());
  wish(kTeacher, GiveFloor{kEleni.id, true});
  const auto again = join(lesson, kStudent);
  CHECK(speak(kStudent) == "floor-not-given");
}

TEST_CASE("after a restart the floor is hers who comes back, and free of her who does not",
          "[lesson][floor][restart]") {
  test::FakeClassEvents disk;
  const auto open = [&](School& school) {
    school.class_events.rows = disk.rows;
    return school.live();
  };
  FloorOfSchool before;
  before.wish(kTeacher, GiveFloor{kStudent.id});
  before.wish(kTeacher, GiveFloor{kEleni.id});
  disk.rows = before.class_events.rows;
  School after;
  const auto lesson = open(after);
  const auto teacher = after.join(lesson, kTeacher);
  const auto student = after.join(lesson, kStudent);
  CHECK(after.publish(lesson, kStudent, Source::kFloor).has_value());
  after.io.restart();
  after.io.run_for(Lesson::kFloorGrace + 5s);  // returns when the timer has run
  const auto eleni = after.join(lesson, kEleni);
  CHECK(after.publish(lesson, kEleni, Source::kFloor).error().code == "floor-not-given");
  CHECK(after.publish(lesson, kStudent, Source::kFloor).has_value());
}
