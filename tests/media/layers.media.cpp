// Simulcast and temporal layers over the real transport: who gets which, and what the publisher hears of it.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::test;

namespace {

// How the camera comes in several sizes: as encodings of their own, or as layers of one stream.
enum class Camera : uint8_t { kSimulcast, kScalable };

struct LayeredLesson {
  explicit LayeredLesson(Camera sort = Camera::kSimulcast) : camera(sort) {
    camera == Camera::kScalable ? teacher.offer_scalable() : teacher.offer_layers();
    school.connect({&teacher});
    publisher = school.last_peer();
  }

  PeerId enter(TestStudent& student) {
    student.tell_line();
    if (camera == Camera::kScalable) student.know_vp9();
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
      if (turn % 2 == 0) send_picture();
      next += 20ms;
      school.loop().run_until([&] { return std::chrono::steady_clock::now() >= next; }, 1s);
    }
    return true;
  }

  void send_picture() {
    if (camera == Camera::kScalable)
      return teacher.send_scalable(static_cast<uint8_t>(std::count(runs.begin(), runs.end(), true)));
    for (size_t layer = 0; layer < TestTeacher::kLayers; ++layer)
      if (runs[layer]) teacher.send_layer(layer);
  }

  bool shows(TestStudent& student, size_t layer) {
    return teach_until([&] { return student.picture().last_payload == TestTeacher::kLayerBytes[layer]; });
  }

  bool needs(const std::vector<std::string>& rids) {
    return teach_until([&] { return school.layers_needed(publisher) == rids; });
  }

  const Camera camera;
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
  const Camera camera = GENERATE(Camera::kSimulcast, Camera::kScalable);
  CAPTURE(camera);
  LayeredLesson lesson(camera);
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
  if (camera == Camera::kSimulcast)
    CHECK(lesson.teacher.key_frame_requests() == 0);  // those of the layers are counted by layer
}

TEST_CASE("the publisher hears which of its layers somebody needs", "[media][layers]") {
  LayeredLesson lesson(GENERATE(Camera::kSimulcast, Camera::kScalable));
  CAPTURE(lesson.camera);
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
  const Camera camera = GENERATE(Camera::kSimulcast, Camera::kScalable);
  CAPTURE(camera);
  LayeredLesson lesson(camera);
  TestStudent student(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  REQUIRE(lesson.shows(student, 2));
  lesson.school.lesson().set_highest_rung(thin, Rung::kSlowPictures);
  REQUIRE(lesson.shows(student, 0));
  CHECK(lesson.needs({"l"}));
  const auto frames = student.picture().frames;
  uint64_t voices = student.voice().packets;
  REQUIRE(lesson.teach_until([&] { return student.picture().frames >= frames + 10; }));
  // Every fourth of 25 frames a second (every second, where there are two temporal layers), beside 50 packets
  // of voice.
  CHECK(student.voice().packets - voices > (camera == Camera::kScalable ? 32 : 60));
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

TEST_CASE("what is lost on the way of a layer's packets is resent as that layer numbers them",
          "[media][layers][svc]") {
  LayeredLesson lesson(Camera::kScalable);
  TestStudent student(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  REQUIRE(lesson.shows(student, 2));
  lesson.school.lesson().set_highest_rung(thin, Rung::kSmallPictures);
  REQUIRE(lesson.shows(student, 0));
  int lost = 0;
  student.lose([&](const rtp::RtpPacketView& packet) {
    const bool picture = packet.ssrc == student.picture().ssrc;
    return picture && packet.sequence_number % 5 == 0 && ++lost <= 4;
  });
  REQUIRE(lesson.teach_until([&] { return lost >= 4; }));
  REQUIRE(lesson.teach_until([&] {
    student.nack_missing();
    return student.picture().recovered >= 4 && student.picture().missing.empty();
  }));
  check_continuous(student.picture());
}

TEST_CASE("what the publisher's line loses of a higher layer costs those below nothing",
          "[media][layers][svc]") {
  LayeredLesson lesson(Camera::kScalable);
  TestStudent student(lesson.school.loop()), whole(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  lesson.enter(whole);
  REQUIRE(lesson.shows(whole, 2));
  lesson.school.lesson().set_highest_rung(thin, Rung::kSmallPictures);
  REQUIRE(lesson.shows(student, 0));
  lesson.teacher.lose_next_packet();  // of the lowest layer: it is asked for, and comes again
  const auto asked = lesson.teacher.packets_asked_again();
  REQUIRE(lesson.teach_until([&] { return lesson.teacher.packets_asked_again() > asked; }));
  const auto frames = student.picture().frames;
  REQUIRE(lesson.teach_until([&] { return student.picture().frames >= frames + 10; }));
  check_continuous(student.picture());
  check_continuous(whole.picture());
}

TEST_CASE("layers that rest are followed, and those that run again", "[media][layers][svc]") {
  LayeredLesson lesson(Camera::kScalable);
  TestStudent student(lesson.school.loop()), other(lesson.school.loop());
  const PeerId thin = lesson.enter(student);
  lesson.enter(other);
  lesson.school.lesson().set_highest_rung(thin, Rung::kSmallPictures);
  REQUIRE(lesson.shows(student, 0));
  REQUIRE(lesson.shows(other, 2));
  const auto rest = [&](size_t layers) {  // as an encoder does: with a key frame
    for (size_t i = 0; i < lesson.runs.size(); ++i)
      lesson.runs[i] = i < layers;
    other.request_key_frame(other.picture());
  };
  rest(1);
  REQUIRE(lesson.shows(other, 0));
  const auto frames = student.picture().frames;
  REQUIRE(lesson.teach_until([&] { return student.picture().frames >= frames + 10; }));
  CHECK(student.picture().last_payload == TestTeacher::kLayerBytes[0]);
  rest(3);
  REQUIRE(lesson.shows(other, 2));
  REQUIRE(lesson.shows(student, 0));
  CHECK(student.picture().damaged == 0);
  CHECK(student.picture().timestamp_reversals == 0);
}

TEST_CASE("a browser without the camera's codec is sent nothing that it cannot decode",
          "[media][layers][svc]") {
  LayeredLesson lesson(Camera::kScalable);
  TestStudent whole(lesson.school.loop()), student(lesson.school.loop());
  lesson.enter(whole);
  REQUIRE(lesson.shows(whole, 2));
  student.tell_line();
  lesson.school.connect({&student});
  const auto frames = whole.picture().frames;
  REQUIRE(lesson.teach_until([&] { return whole.picture().frames >= frames + 25; }));
  CHECK(student.voice().packets > 0);
  CHECK(student.picture().packets == 0);  // made-up payload: nothing can be made of it either
}
