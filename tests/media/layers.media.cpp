// Simulcast and temporal layers over the real transport: who gets which, and what the publisher hears of it.
#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::test;

namespace {

struct LayeredLesson {
  LayeredLesson() {
    teacher.offer_layers();
    school.connect({&teacher});
    publisher = school.last_peer();
  }

  PeerId enter(TestStudent& student) {
    student.tell_line();
    school.connect({&student});
    return school.last_peer();
  }

  // The teacher speaks and is seen until that is so: voice every 20 ms, the layers that run every 40.
  bool teach_until(const std::function<bool()>& done) {
    auto next = std::chrono::steady_clock::now();
    const auto end = next + 30s;
    for (int turn = 0; !done(); ++turn) {
      if (next > end) return false;
      teacher.send_voice();
      for (size_t layer = 0; turn % 2 == 0 && layer < TestTeacher::kLayers; ++layer)
        if (runs[layer]) teacher.send_layer(layer);
      next += 20ms;
      school.loop().run_until([&] { return std::chrono::steady_clock::now() >= next; }, 1s);
    }
    return true;
  }

  bool shows(TestStudent& student, size_t layer) {
    return teach_until([&] { return student.picture().last_payload == TestTeacher::kLayerBytes[layer]; });
  }

  bool needs(const std::vector<std::string>& rids) {
    return teach_until([&] { return school.layers_needed(publisher) == rids; });
  }

  OneLesson school;
  TestTeacher teacher{school.loop()};
  PeerId publisher;
  std::array<bool, TestTeacher::kLayers> runs{true, true, true};
};

void check_continuous(const ReceivedStream& picture) {
  CHECK(picture.missing.empty());
  CHECK(picture.damaged == 0);
  CHECK(picture.duplicates == 0);
  CHECK(picture.timestamp_reversals == 0);
  CHECK(picture.began_with_key_frame);
}

}  // namespace

TEST_CASE("a student changes layers at key frames, and misses nothing", "[media][layers]") {
  LayeredLesson lesson;
  TestStudent student(lesson.school.loop()), other(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  lesson.enter(other);
  REQUIRE(lesson.shows(student, 2));
  REQUIRE(lesson.shows(other, 2));

  lesson.school.lesson().set_highest_rung(thin, Rung::kSmallPictures);
  REQUIRE(lesson.shows(student, 0));
  lesson.school.lesson().set_highest_rung(thin, Rung::kScreen);  // nothing is shared: more of the camera
  REQUIRE(lesson.shows(student, 1));
  lesson.school.lesson().set_highest_rung(thin, Rung::kAll);
  REQUIRE(lesson.shows(student, 2));

  check_continuous(student.picture());
  CHECK(student.picture().key_frames >= 4);
  check_continuous(other.picture());
  CHECK(other.picture().last_payload == TestTeacher::kLayerBytes[2]);
  CHECK(lesson.teacher.key_frame_requests() == 0);  // those of the layers are counted by layer
}

TEST_CASE("the publisher hears which of its layers somebody needs", "[media][layers]") {
  LayeredLesson lesson;
  REQUIRE(lesson.needs({}));
  TestStudent student(lesson.school.loop()), other(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  REQUIRE(lesson.needs({"h"}));
  lesson.school.lesson().set_highest_rung(thin, Rung::kSmallPictures);
  REQUIRE(lesson.needs({"l"}));
  lesson.enter(other);
  REQUIRE(lesson.needs({"h", "l"}));
  lesson.school.lesson().set_highest_rung(thin, Rung::kVoice);
  REQUIRE(lesson.needs({"h"}));
  lesson.school.lesson().show_pictures(true);  // stills are made of the smallest
  REQUIRE(lesson.needs({"h", "l"}));
  lesson.school.lesson().show_pictures(false);
  REQUIRE(lesson.needs({"h"}));
}

TEST_CASE("a layer that rested is shown when it runs again, and until then the one below",
          "[media][layers]") {
  LayeredLesson lesson;
  lesson.runs[2] = false;
  TestStudent student(lesson.school.loop());
  lesson.enter(student);
  REQUIRE(lesson.shows(student, 1));
  REQUIRE(lesson.needs({"h", "m"}));  // the one is waited for
  lesson.runs[2] = true;
  REQUIRE(lesson.shows(student, 2));
  lesson.runs[2] = false;  // the teacher's line has become thin
  REQUIRE(lesson.shows(student, 1));
  check_continuous(student.picture());
}

TEST_CASE("the base temporal layer is a picture of its own", "[media][layers]") {
  LayeredLesson lesson;
  TestStudent student(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  REQUIRE(lesson.shows(student, 2));
  lesson.school.lesson().set_highest_rung(thin, Rung::kSlowPictures);
  REQUIRE(lesson.shows(student, 0));
  CHECK(lesson.needs({"l"}));
  const auto frames = student.picture().frames;
  uint64_t voices = student.voice().packets;
  REQUIRE(lesson.teach_until([&] { return student.picture().frames >= frames + 10; }));
  // Every fourth of 25 frames a second, beside 50 packets of voice.
  CHECK(student.voice().packets - voices > 60);
  check_continuous(student.picture());
}

TEST_CASE("a publisher whose rids tell nothing of their order sends one encoding", "[media][layers]") {
  const auto answer = [&](const std::string& simulcast) {
    OneLesson school;
    TestTeacher teacher(school.loop());
    teacher.offer_layers();
    const auto whip = school.whip();
    REQUIRE(teacher.join([&](const std::string& offer) {
      std::string changed = offer;
      for (const auto* rid : {"l", "m", "h"}) {
        const auto line = std::string("a=rid:") + rid + " send";
        changed.replace(changed.find(line), line.size(), "a=rid:" + simulcast + rid + " send");
      }
      const std::string list = "l;m;h";
      changed.replace(changed.find(list), list.size(), simulcast + "l;" + simulcast + "m;" + simulcast + "h");
      return whip(changed);
    }));
    return teacher.answer();
  };
  CHECK(answer("").find("a=simulcast:recv l;m;h") != std::string::npos);
  CHECK(answer("odd").find("a=simulcast") == std::string::npos);
}
