// Students who speak, over real sockets: who hears whom, whose voice does not come back to her, who is heard
// when several want to be, and how it ends.
#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using pipelines::PublishTerms;
using pipelines::Source;
using test::OneLesson;
using test::TestStudent;
using test::TestTeacher;

namespace {

constexpr uint8_t kSpeaks = 25, kSilent = 127;

// A person with both her sessions.
struct Person {
  Person(OneLesson& lesson, const char* name) : id(name), ear(lesson.loop()), mouth(lesson.loop()) {
    mouth.offer_levels();
  }
  const ParticipantId id;
  TestStudent ear;
  TestTeacher mouth;
  PeerId peer;  // what she publishes
};

PublishTerms floor_of(const Person& person, bool has_floor = true, bool pictures = false) {
  PublishTerms terms;
  terms.owner = person.id;
  terms.has_floor = has_floor;
  terms.pictures = pictures;
  return terms;
}

// A lesson with a teacher who speaks and students who listen.
struct Lesson : OneLesson {
  Person teacher{*this, "p_teacher"}, anna{*this, "p_anna"}, boris{*this, "p_boris"}, chloe{*this, "p_chloe"};
  const std::vector<Person*> everybody{&teacher, &anna, &boris, &chloe};

  Lesson() {
    for (auto* person : everybody)
      REQUIRE(person->ear.join(whep(person->id)));
    PublishTerms terms;
    terms.owner = teacher.id;
    REQUIRE(teacher.mouth.join(whip(Source::kCamera, terms)));
    REQUIRE(until([&] {
      return teacher.mouth.connected() &&
             std::ranges::all_of(everybody, [](const auto* person) { return person->ear.connected(); });
    }));
  }
  bool until(const std::function<bool()>& done) { return loop().run_until(done, 20s); }
  void speak(Person& person, bool has_floor = true, bool pictures = false) {
    REQUIRE(person.mouth.join(whip(Source::kFloor, floor_of(person, has_floor, pictures))));
    person.peer = last_peer();
    REQUIRE(until([&] { return person.mouth.connected(); }));
  }
  static uint64_t heard(Person& who, size_t slot) { return who.ear.voice(slot).packets; }
  // The voice of a slot goes on: a packet of hers is sent whenever the last has come.
  bool hears(Person& who, size_t slot, Person& speaker, uint64_t packets = 10) {
    const uint64_t before = heard(who, slot);
    return until([&] {
      speaker.mouth.send_voice(kSpeaks);
      return heard(who, slot) >= before + packets;
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Lesson, "three voices at once: everybody hears them, and nobody herself", "[media][floor]") {
  speak(anna);
  speak(boris);
  const auto voices = lesson().stage().voices;
  CHECK(voices[1] == anna.peer);
  CHECK(voices[2] == boris.peer);
  const auto enough = [&](Person& who, std::initializer_list<size_t> slots) {
    return std::ranges::all_of(slots, [&](size_t slot) { return heard(who, slot) >= 20; });
  };
  REQUIRE(until([&] {
    for (auto* person : {&teacher, &anna, &boris})
      person->mouth.send_voice(kSpeaks);
    return enough(chloe, {0, 1, 2}) && enough(teacher, {1, 2}) && enough(anna, {0, 2}) &&
           enough(boris, {0, 1});
  }));
  CHECK(heard(teacher, 0) == 0);
  CHECK(heard(anna, 1) == 0);
  CHECK(heard(boris, 2) == 0);
  for (size_t slot : {0, 1, 2}) {
    const auto& voice = chloe.ear.voice(slot);
    CHECK(voice.damaged == 0);
    CHECK(voice.duplicates == 0);
    CHECK(voice.timestamp_reversals == 0);
  }
  CHECK(anna.mouth.answer().find("usedtx=1") != std::string::npos);
  CHECK(anna.mouth.answer().find("a=ptime:20") != std::string::npos);
  CHECK(teacher.mouth.answer().find("usedtx=1") == std::string::npos);
}

TEST_CASE_METHOD(Lesson, "a voice alone may be published: the picture that is offered beside it is not taken",
                 "[media][floor]") {
  speak(anna);
  CHECK(anna.mouth.answer().find("m=video 0 ") != std::string::npos);
  CHECK_FALSE(lesson().stage().floor);
  speak(boris, true, true);
  CHECK(lesson().stage().floor == boris.peer);
  CHECK(until([&] {
    boris.mouth.send_frame();
    return chloe.ear.picture(2).packets >= 9;
  }));
  CHECK(chloe.ear.picture(2).began_with_key_frame);
  CHECK(boris.ear.picture(2).packets == 0);
  CHECK(chloe.ear.picture(0).packets == 0);
}

TEST_CASE_METHOD(Lesson,
                 "of three who speak freely the silent one makes room, and the place changes without a gap",
                 "[media][floor]") {
  for (auto* person : {&anna, &boris, &chloe})
    speak(*person, false);
  REQUIRE(hears(teacher, 1, anna));
  CHECK(lesson().stage().voices[2] == boris.peer);
  // What she said in the moment before she was chosen is heard, too: her packets before are in the history.
  const uint64_t before = heard(teacher, 2);
  REQUIRE(until([&] {
    anna.mouth.send_voice(kSpeaks);
    chloe.mouth.send_voice(kSpeaks);
    return heard(teacher, 2) >= before + 10;
  }));
  CHECK(lesson().stage().voices[2] == chloe.peer);
  CHECK(saw(pipelines::PeerEvent::Kind::kVoices, {}));
  CHECK(until([&] { return heard(anna, 2) >= 9; }));  // her worker may be another one
  CHECK(heard(chloe, 2) == 0);
  CHECK(teacher.ear.voice(2).timestamp_reversals == 0);
  CHECK(teacher.ear.voice(2).missing.empty());
}

TEST_CASE_METHOD(Lesson, "a voice that the teacher has silenced is ended at the door, and comes back",
                 "[media][floor]") {
  speak(anna);
  REQUIRE(hears(chloe, 1, anna));
  lesson().set_muted(anna.peer, true, false);
  // The teacher's own voice is the clock: what comes after it would have come before.
  uint64_t heard_last = heard(chloe, 1);
  REQUIRE(until([&] {
    anna.mouth.send_voice(kSpeaks);
    teacher.mouth.send_voice();
    const bool quiet = heard(chloe, 1) == std::exchange(heard_last, heard(chloe, 1));
    return quiet && heard(chloe, 0) > 20;
  }));
  const uint64_t then = heard(chloe, 1), words = heard(chloe, 0);
  REQUIRE(until([&] {
    anna.mouth.send_voice(kSpeaks);
    teacher.mouth.send_voice();
    return heard(chloe, 0) > words + 20;
  }));
  CHECK(heard(chloe, 1) == then);
  lesson().set_muted(anna.peer, false, false);
  CHECK(hears(chloe, 1, anna));
  CHECK(chloe.ear.voice(1).missing.empty());
}

TEST_CASE_METHOD(Lesson, "the floor that is taken closes her session, and the next voice takes the place",
                 "[media][floor]") {
  for (auto* person : {&anna, &boris, &chloe})
    speak(*person, false);
  REQUIRE(hears(teacher, 1, anna));
  REQUIRE(lesson().close(anna.peer));
  CHECK(until([&] { return anna.mouth.closed_by_server(); }));
  CHECK(lesson().stage().voices[1] == chloe.peer);
  CHECK(lesson().stage().voices[2] == boris.peer);
  CHECK(hears(teacher, 1, chloe));
  CHECK_FALSE(lesson().source_of(anna.peer));
  CHECK(lesson().source_of(boris.peer) == Source::kFloor);
}

TEST_CASE_METHOD(Lesson, "a person who publishes again takes her own place; a class is full at sixteen",
                 "[media][floor][bad-input]") {
  speak(anna);
  TestTeacher again(loop());
  again.offer_levels();
  REQUIRE(again.join(whip(Source::kFloor, floor_of(anna))));
  CHECK(until([&] { return again.connected() && anna.mouth.closed_by_server(); }));
  CHECK(lesson().stage().voices[1] == last_peer());
  CHECK_FALSE(lesson().stage().voices[2]);
  std::vector<std::unique_ptr<TestTeacher>> crowd;
  for (size_t i = 1; i < pipelines::LessonPipeline::kMostVoices; ++i) {
    crowd.push_back(std::make_unique<TestTeacher>(loop()));
    PublishTerms terms;
    terms.owner = ParticipantId{"p_" + std::to_string(i)};
    REQUIRE(crowd.back()->join(whip(Source::kFloor, terms)));
  }
  TestTeacher late(loop());
  CHECK(late.join(whip(Source::kFloor, floor_of(boris))).error().code == "too-many-voices");
  CHECK(again.join(whip(Source::kFloor, floor_of(anna))).has_value());  // her own place is hers
}

TEST_CASE_METHOD(Lesson, "a student's voice is rendered low for a thin line, as the teacher's is",
                 "[media][floor][rung]") {
  TestStudent thin(loop());
  thin.tell_line();
  REQUIRE(thin.join(whep(ParticipantId{"p_thin"})));
  const PeerId peer = last_peer();
  REQUIRE(until([&] { return thin.connected(); }));
  speak(anna);
  const auto longest_of_last = [](const test::ReceivedStream& voice) {
    return voice.spans.empty() ? 0 : voice.spans.rbegin()->second.second;
  };
  // Both speak, 20 ms of voice every 20 ms, until that is so.
  const auto both_until = [&](const std::function<bool()>& done) {
    auto next = std::chrono::steady_clock::now();
    const auto end = next + 30s;
    while (!done() && next < end) {
      teacher.mouth.send_voice();
      anna.mouth.send_voice(kSpeaks);
      next += 20ms;
      loop().run_until([&] { return std::chrono::steady_clock::now() >= next; }, 1s);
    }
    return done();
  };
  REQUIRE(both_until([&] { return thin.voice(0).packets > 20 && thin.voice(1).packets > 20; }));
  lesson().set_highest_rung(peer, Rung::kVoiceLow);
  CHECK(both_until(
      [&] { return longest_of_last(thin.voice(0)) == 2880 && longest_of_last(thin.voice(1)) == 2880; }));
  CHECK(longest_of_last(chloe.ear.voice(1)) == 960);
}
