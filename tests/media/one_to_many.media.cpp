// A teacher and many students over real sockets on loopback: nothing is lost, nothing is damaged, and what
// the link loses comes again.
#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using test::OneLesson;
using test::ReceivedStream;
using test::TestStudent;
using test::TestTeacher;

namespace {

// Sends one frame and two voice packets at a time, each round as soon as everybody has the last one.
template <typename Students>
bool teach(OneLesson& school, TestTeacher& teacher, const Students& students, uint64_t rounds) {
  for (uint64_t round = 0; round < rounds; ++round) {
    const uint64_t pictures = students.front()->picture().packets;
    teacher.send_frame();
    teacher.send_voice();
    teacher.send_voice();
    const auto has_it = [&](const auto& student) { return student->picture().packets >= pictures + 3; };
    if (!school.loop().run_until([&] { return std::ranges::all_of(students, has_it); }, 10s)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("fifty students get every packet of the teacher's voice and picture", "[media][fan-out]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  std::vector<std::unique_ptr<TestStudent>> students;
  for (int i = 0; i < 50; ++i)
    students.push_back(std::make_unique<TestStudent>(school.loop()));
  for (auto& student : students)
    REQUIRE(student->join(school.whep()));
  REQUIRE(teacher.join(school.whip()));
  const auto connected = [](const auto& peer) { return peer->connected(); };
  REQUIRE(school.loop().run_until(
      [&] { return teacher.connected() && std::ranges::all_of(students, connected); }, 60s));

  REQUIRE(teach(school, teacher, students, 100));
  const auto complete = [](const auto& student) {
    return student->voice().packets == 200 && student->picture().packets == 300;
  };
  CHECK(school.loop().run_until([&] { return std::ranges::all_of(students, complete); }, 10s));

  for (const auto& student : students) {
    for (const ReceivedStream* stream : {&student->voice(), &student->picture()}) {
      CHECK(stream->missing.empty());
      CHECK(stream->duplicates == 0);
      CHECK(stream->damaged == 0);
      CHECK(stream->timestamp_reversals == 0);
    }
    CHECK(student->voice().packets == 200);
    CHECK(student->picture().packets == 300);
    CHECK(student->picture().began_with_key_frame);
    CHECK(student->unknown_ssrcs() == 0);
    CHECK(student->picture(1).packets == 0);  // nobody shares a screen
  }
  CHECK(school.metric("thranio_dropped_packets_total") == 0);
}

TEST_CASE("what a student's link loses comes again by RTX", "[media][rtx]") {
  const auto* profile = GENERATE("SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80");
  OneLesson school;
  TestTeacher teacher(school.loop(), profile);
  TestStudent student(school.loop(), 3, 3, profile);
  school.connect({&teacher, &student});
  uint64_t count = 0, lost = 0;
  student.lose([&](const rtp::RtpPacketView& packet) {
    const bool loses = packet.ssrc == student.picture().ssrc && ++count % 5 == 4;
    lost += loses;
    return loses;
  });

  for (uint64_t round = 1; round <= 30; ++round) {
    teacher.send_frame();
    REQUIRE(school.loop().run_until([&] { return student.picture().packets + lost >= 3 * round; }, 10s));
  }
  REQUIRE(student.picture().missing.size() > 10);
  student.nack_missing();
  CHECK(school.loop().run_until([&] { return student.picture().missing.empty(); }, 10s));
  CHECK(student.picture().recovered > 10);
  CHECK(student.picture().damaged == 0);
  CHECK(student.picture().duplicates == 0);
  CHECK(school.metric("thranio_media_retransmissions_total") >= student.picture().recovered);
}

TEST_CASE("what the teacher's link loses is asked for again and reaches the students", "[media][nack]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  for (int i = 0; i < 20; ++i) {
    teacher.send_frame();
    if (i % 5 == 2) teacher.lose_next_packet();
    teacher.send_voice();
  }
  teacher.send_frame();
  CHECK(school.loop().run_until(
      [&] { return student.picture().packets == 63 && student.picture().missing.empty(); }, 10s));
  CHECK(teacher.packets_asked_again() >= 4);
  CHECK(student.picture().damaged == 0);
}

TEST_CASE("a late joiner begins with a key frame, and the teacher is hardly troubled",
          "[media][late-joiner]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent first(school.loop());
  school.connect({&teacher, &first});
  for (int i = 0; i < 50; ++i)
    teacher.send_frame();
  REQUIRE(school.loop().run_until([&] { return first.picture().packets == 150; }, 10s));
  const uint64_t asked = teacher.key_frame_requests();
  const auto since = std::chrono::steady_clock::now();

  std::vector<std::unique_ptr<TestStudent>> late;
  for (int i = 0; i < 10; ++i)
    late.push_back(std::make_unique<TestStudent>(school.loop()));
  for (auto& student : late)
    school.connect({student.get()});
  // The lesson goes on, a frame every 40 ms, until all have seen a key frame.
  auto next = std::chrono::steady_clock::now();
  const auto seen = [](const auto& student) { return student->picture().key_frames > 0; };
  CHECK(school.loop().run_until(
      [&] {
        if (std::chrono::steady_clock::now() >= next) {
          next += 40ms;
          teacher.send_frame();
        }
        return std::ranges::all_of(late, seen);
      },
      10s));
  Duration slowest{};
  for (const auto& student : late) {
    CHECK(student->picture().began_with_key_frame);
    CHECK(student->picture().damaged == 0);
    if (const auto first_packet = student->picture().first_packet_at)
      slowest = std::max(slowest, *first_packet - *student->connected_at());
  }
  // At most one a second, however slowly this machine goes.
  const auto seconds = (std::chrono::steady_clock::now() - since) / 1s;
  CHECK(teacher.key_frame_requests() - asked <= 1 + static_cast<uint64_t>(seconds));
  WARN("a late joiner's key frame came after "
       << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count() << " ms (promised: 300)");
}

TEST_CASE("a class that asks for key frames all at once costs the teacher one", "[media][pli]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  std::vector<std::unique_ptr<TestStudent>> students;
  for (int i = 0; i < 20; ++i)
    students.push_back(std::make_unique<TestStudent>(school.loop()));
  school.connect({&teacher});
  for (auto& student : students)
    school.connect({student.get()});
  REQUIRE(teach(school, teacher, students, 5));
  const uint64_t before = teacher.key_frame_requests();
  const auto since = std::chrono::steady_clock::now();

  for (auto& student : students)
    student->request_key_frame(student->picture());
  REQUIRE(school.loop().run_until(
      [&] { return school.metric("thranio_media_key_frame_requests_in_total") >= 20; }, 10s));
  REQUIRE(school.loop().run_until([&] { return teacher.key_frame_requests() > before; }, 10s));
  REQUIRE(teach(school, teacher, students, 5));
  // One, and another for each second that this machine took.
  const auto seconds = (std::chrono::steady_clock::now() - since) / 1s;
  CHECK(teacher.key_frame_requests() - before <= 1 + static_cast<uint64_t>(seconds));
}

TEST_CASE("voice leaves in longer packets where the lesson says so, without a gap",
          "[media][voice-bundler]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  const auto hears = [&](uint64_t packets) {
    return school.loop().run_until([&] { return student.voice().packets == packets; }, 10s);
  };
  uint64_t expected = 0;
  for (const auto& [length, packets] : {std::pair{20ms, 6}, {60ms, 2}, {40ms, 3}, {20ms, 6}}) {
    school.lesson().set_voice_packet(length);
    for (int i = 0; i < 6; ++i)
      teacher.send_voice();
    expected += static_cast<uint64_t>(packets);
    REQUIRE(hears(expected));
  }
  CHECK(student.voice().missing.empty());
  CHECK(student.voice().duplicates == 0);
  CHECK(student.voice().timestamp_reversals == 0);
}

TEST_CASE("a screen stands in its own slot, and a plain player sees it instead of the camera",
          "[media][stage]") {
  OneLesson school;
  TestTeacher camera(school.loop()), screen(school.loop());
  TestStudent student(school.loop()), player(school.loop(), 1, 1);
  school.connect({&camera, &student, &player});
  std::vector<TestStudent*> both{&student, &player};
  REQUIRE(teach(school, camera, both, 5));
  CHECK(student.picture(0).packets == 15);
  CHECK(player.picture().packets == 15);

  REQUIRE(screen.join(school.whip(pipelines::Source::kScreen)));
  REQUIRE(school.loop().run_until([&] { return screen.connected(); }, 10s));
  const auto stage = school.lesson().stage();
  CHECK(stage.camera.has_value());
  CHECK(stage.screen == school.last_peer());
  for (int i = 0; i < 5; ++i)
    screen.send_frame();
  REQUIRE(school.loop().run_until([&] { return student.picture(1).packets == 15; }, 10s));
  CHECK(school.loop().run_until([&] { return player.picture().packets == 30; }, 10s));
  CHECK(player.picture().missing.empty());  // one stream without a gap across the switch
  CHECK(player.picture().timestamp_reversals == 0);
  CHECK(player.picture().key_frames >= 2);
  CHECK(student.picture(0).packets == 15);
}

TEST_CASE("students' streams carry sender reports, so that voice and picture can be aligned",
          "[media][rtcp]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  auto next = std::chrono::steady_clock::now();
  CHECK(school.loop().run_until(
      [&] {
        if (std::chrono::steady_clock::now() >= next) {
          next += 100ms;
          teacher.send_frame();
          teacher.send_voice();
          teacher.send_reports();
          student.send_receiver_report();
        }
        return student.voice().sender_reports > 0 && student.picture().sender_reports > 0;
      },
      15s));
}
