// GStreamer's own webrtcbin on both ends: a publisher by WHIP and a player by WHEP that share no line with
// our transport, and whose pictures and sound are decoded.
#include <catch2/catch.hpp>

#include "pipelines/graph/synthetic_teacher_graph.hpp"
#include "tests/support/one_lesson.hpp"
#include "tests/support/webrtcbin_player.hpp"

using namespace std::chrono_literals;
using namespace thranio;

TEST_CASE("webrtcbin publishes by WHIP and webrtcbin plays by WHEP what it sent", "[media][foreign]") {
  const auto [codec, video] = GENERATE(table<const char*, graph::TeacherVideo>(
      {{"VP8", graph::TeacherVideo::kVp8}, {"H264", graph::TeacherVideo::kH264}}));
  CAPTURE(codec);
  test::OneLesson school;
  const auto teacher = graph::start_synthetic_teacher(school.whip(), video);
  test::WebrtcbinPlayer player(codec);
  // The lesson takes one caller at a time: first the teacher is on the stage.
  REQUIRE(school.loop().run_until([&] { return school.metric("thranio_media_handshakes_total") == 1; }, 30s));
  const auto answer = school.whep()(player.offer());
  REQUIRE(answer);
  player.accept_answer(*answer);

  CHECK(player.wait_until([](const auto& played) { return played.different >= 20 && played.loudest > 0.05; },
                          60s));
  const auto played = player.played();
  CHECK(played.connected);
  CHECK(played.different >= 20);
  CHECK(played.mean_luma > 20);
  CHECK(played.loudest > 0.05);
}

TEST_CASE("a player's PLI makes webrtcbin's encoder send a key frame", "[media][foreign][pli]") {
  test::OneLesson school;
  const auto teacher = graph::start_synthetic_teacher(school.whip(), graph::TeacherVideo::kVp8);
  REQUIRE(school.loop().run_until([&] { return school.metric("thranio_media_key_frames_total") >= 1; }, 30s));
  test::TestStudent student(school.loop());
  school.connect({&student});
  REQUIRE(school.loop().run_until([&] { return student.picture().key_frames >= 1; }, 30s));
  const uint64_t before = school.metric("thranio_media_key_frames_total");
  student.request_key_frame(student.picture());
  CHECK(
      school.loop().run_until([&] { return school.metric("thranio_media_key_frames_total") > before; }, 10s));
}
