// Media through the real server as its users reach it: WHIP and WHEP over HTTP with join tokens, foreign
// clients, a class of fifty, and the counters at /metrics.
#include <algorithm>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/graph/synthetic_teacher_graph.hpp"
#include "tests/support/live_lesson.hpp"
#include "tests/support/media_client.hpp"
#include "tests/support/webrtcbin_player.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using test::TestStudent;
using test::TestTeacher;

using test::LiveLesson;

TEST_CASE("webrtcbin publishes by WHIP and plays by WHEP over HTTP", "[http][media][foreign]") {
  LiveLesson lesson;
  const auto teacher = graph::start_synthetic_teacher(lesson.whip(), graph::TeacherVideo::kVp8);
  test::WebrtcbinPlayer player;
  const auto answer = lesson.whep()(player.offer());
  REQUIRE(answer);
  player.accept_answer(*answer);
  CHECK(player.wait_until([](const auto& played) { return played.different >= 20 && played.loudest > 0.05; },
                          60s));
  CHECK(player.played().mean_luma > 20);
}

TEST_CASE("fifty students over HTTP lose no packet, and /metrics counts them", "[http][media]") {
  LiveLesson lesson;
  TestTeacher teacher(lesson.loop);
  REQUIRE(teacher.join(lesson.whip()));
  std::vector<std::unique_ptr<TestStudent>> students;
  for (int i = 0; i < 50; ++i)
    students.push_back(std::make_unique<TestStudent>(lesson.loop));
  for (auto& student : students)
    REQUIRE(student->join(lesson.whep()));
  const auto connected = [](const auto& peer) { return peer->connected(); };
  REQUIRE(lesson.loop.run_until(
      [&] { return teacher.connected() && std::ranges::all_of(students, connected); }, 60s));
  CHECK(lesson.metric("thranio_media_peers{") == 51);

  // A picture that its worker comes to a second late is left out, a voice never is: when all have heard
  // one, the workers are through with fifty handshakes, which takes long on a busy machine.
  teacher.send_voice();
  const auto hears = [](const auto& student) { return student->voice().packets == 1; };
  REQUIRE(lesson.loop.run_until([&] { return std::ranges::all_of(students, hears); }, 60s));

  for (uint64_t round = 1; round <= 50; ++round) {
    teacher.send_frame();
    teacher.send_voice();
    const auto has_it = [&](const auto& student) {
      return student->picture().packets >= 3 * round && student->voice().packets >= 1 + round;
    };
    const bool all_have_it =
        lesson.loop.run_until([&] { return std::ranges::all_of(students, has_it); }, 60s);
    if (!all_have_it)
      UNSCOPED_INFO("round " << round << ": " << std::ranges::count_if(students, has_it)
                             << " have it, dropped " << lesson.metric("thranio_dropped_packets_total{")
                             << ", of these late "
                             << lesson.metric("thranio_dropped_packets_total{reason=\"worker_late\""));
    REQUIRE(all_have_it);
  }
  for (const auto& student : students) {
    CHECK(student->picture().missing.empty());
    CHECK(student->picture().damaged == 0);
    CHECK(student->voice().missing.empty());
    CHECK(student->voice().damaged == 0);
  }
  CHECK(lesson.metric("thranio_dropped_packets_total{") == 0);
}

TEST_CASE("garbage on the media port of a real server is counted, and the lesson goes on",
          "[http][media][bad-input]") {
  LiveLesson lesson;
  TestTeacher teacher(lesson.loop);
  TestStudent student(lesson.loop);
  REQUIRE(teacher.join(lesson.whip()));
  REQUIRE(student.join(lesson.whep()));
  REQUIRE(lesson.loop.run_until([&] { return teacher.connected() && student.connected(); }, 30s));
  for (int i = 0; i < 100; ++i)
    student.send_raw(std::vector<uint8_t>(static_cast<size_t>(10 + i), 0xff));
  CHECK(lesson.loop.run_until(
      [&] { return lesson.metric("thranio_dropped_packets_total{reason=\"unknown_first_byte\"") == 100; },
      20s));
  teacher.send_frame();
  CHECK(lesson.loop.run_until([&] { return student.picture().packets == 3; }, 20s));
}

TEST_CASE("a lesson that ends closes its media", "[http][media]") {
  LiveLesson lesson;
  TestTeacher teacher(lesson.loop);
  TestStudent student(lesson.loop);
  REQUIRE(teacher.join(lesson.whip()));
  REQUIRE(student.join(lesson.whep()));
  REQUIRE(lesson.loop.run_until([&] { return teacher.connected() && student.connected(); }, 30s));
  REQUIRE(lesson.admin.post("/lessons/" + lesson.id + "/end", "").status == 200);
  CHECK(lesson.loop.run_until([&] { return teacher.closed_by_server() && student.closed_by_server(); }, 20s));
  TestStudent late(lesson.loop);
  const auto refused = late.join(lesson.whep());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "409");
}
