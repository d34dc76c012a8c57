// The ladder over the real transport: a student whose browser tells of her line by transport-wide feedback.
#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using namespace thranio::test;

namespace {

// The teacher speaks, 20 ms of voice every 20 ms, until that is so.
bool speak_until(OneLesson& school, TestTeacher& teacher, const std::function<bool()>& done) {
  auto next = std::chrono::steady_clock::now();
  const auto end = next + 30s;
  while (!done()) {
    if (next > end) return false;
    teacher.send_voice();
    next += 20ms;
    school.loop().run_until([&] { return std::chrono::steady_clock::now() >= next; }, 1s);
  }
  return true;
}

uint16_t longest(const ReceivedStream& voice, size_t of_the_last) {
  uint16_t samples = 0;
  for (auto at = voice.spans.rbegin(); at != voice.spans.rend() && of_the_last > 0; ++at, --of_the_last)
    samples = std::max(samples, at->second.second);
  return samples;
}

// Every sample once: each packet begins where the one before it ended.
void check_without_seam(const ReceivedStream& voice) {
  CHECK(voice.missing.empty());
  CHECK(voice.duplicates == 0);
  std::optional<uint32_t> end;
  int seams = 0;
  for (const auto& [sequence, span] : voice.spans) {
    if (end && span.first != *end) {
      ++seams;
      UNSCOPED_INFO("packet " << sequence << " begins " << static_cast<int32_t>(span.first - *end)
                              << " ticks after the one before it ended; it plays " << span.second);
    }
    end = span.first + span.second;
  }
  CHECK(seams == 0);
}

}  // namespace

TEST_CASE("a student on a good line sees the picture within a moment of joining", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.tell_line();
  school.connect({&teacher, &student});
  REQUIRE(speak_until(school, teacher, [&] {
    teacher.send_frame(1);
    return student.picture().packets > 0 && student.voice().packets > 0;
  }));
  CHECK(student.picture().began_with_key_frame);
}

TEST_CASE("a voice changes its rung and back without a seam", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop()), other(school.loop());
  student.tell_line();
  other.tell_line();
  school.connect({&teacher, &other});
  school.connect({&student});
  const PeerId thin = school.last_peer();
  REQUIRE(speak_until(school, teacher, [&] { return student.voice().packets > 20; }));
  CHECK(longest(student.voice(), 10) == 960);

  school.lesson().set_highest_rung(thin, Rung::kVoiceLow);
  REQUIRE(speak_until(school, teacher, [&] { return longest(student.voice(), 1) == 2880; }));
  const auto before = student.voice().packets;
  REQUIRE(speak_until(school, teacher, [&] { return student.voice().packets > before + 10; }));
  CHECK(longest(student.voice(), 10) == 2880);
  CHECK(longest(other.voice(), 50) == 960);  // nobody else is touched

  school.lesson().set_highest_rung(thin, Rung::kVoiceLowest);
  REQUIRE(speak_until(school, teacher, [&] { return longest(student.voice(), 1) == 5760; }));

  school.lesson().set_highest_rung(thin, Rung::kAll);
  const auto back = [&] {
    const auto heard = student.voice().packets;
    return longest(student.voice(), 1) == 960 && heard > before + 20;
  };
  REQUIRE(speak_until(school, teacher, back));
  check_without_seam(student.voice());
  check_without_seam(other.voice());
}

TEST_CASE("a small voice on a line that loses a fifth comes twice, unasked", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.tell_line();
  bool bad = false;
  uint64_t lost = 0;
  student.lose([&](const rtp::RtpPacketView& packet) {
    const bool gone = bad && packet.ssrc == student.voice().ssrc && packet.sequence_number % 5 == 0;
    lost += gone;
    return gone;
  });
  school.connect({&teacher, &student});
  school.lesson().set_highest_rung(school.last_peer(), Rung::kVoiceLow);
  const auto hear = [&](uint64_t packets) {
    const auto before = student.voice().packets;
    REQUIRE(speak_until(school, teacher, [&] { return student.voice().packets >= before + packets; }));
  };
  hear(40);
  const auto asked = school.metric("thranio_media_retransmissions_total");
  CHECK(asked == 0);
  bad = true;
  hear(80);
  const auto heard = student.voice().packets, lost_before = lost;
  const auto again = school.metric("thranio_media_retransmissions_total");
  hear(40);
  const auto twice = school.metric("thranio_media_retransmissions_total") - again;
  // What was lost would be asked for anyhow; what came comes twice as well.
  CHECK(twice > (student.voice().packets - heard + lost - lost_before) * 3 / 4);
}

TEST_CASE("on the low rung no picture is sent, and the next key frame begins it again", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.tell_line();
  school.connect({&teacher, &student});
  const PeerId thin = school.last_peer();
  const auto frames_until = [&](const std::function<bool()>& done) {
    return speak_until(school, teacher, [&] {
      teacher.send_frame(1);
      return done();
    });
  };
  // Her line was unknown at first, and the voice that she had until then may still be on its way up.
  REQUIRE(frames_until([&] { return student.picture().packets > 3 && longest(student.voice(), 1) == 960; }));
  school.lesson().set_highest_rung(thin, Rung::kVoiceLow);
  REQUIRE(frames_until([&] { return longest(student.voice(), 1) == 2880; }));
  const auto pictures = student.picture().packets, voices = student.voice().packets;
  REQUIRE(frames_until([&] { return student.voice().packets > voices + 10; }));
  CHECK(student.picture().packets == pictures);
  school.lesson().set_highest_rung(thin, Rung::kAll);
  REQUIRE(frames_until([&] { return student.picture().packets > pictures + 3; }));
  CHECK(student.picture().missing.empty());
  CHECK(student.picture().key_frames >= 2);
}

TEST_CASE("who promises feedback and gives none is served like a plain player", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.promise_line();
  school.connect({&teacher, &student});
  REQUIRE(speak_until(school, teacher, [&] { return student.voice().packets > 10; }));
  student.send_receiver_report();
  REQUIRE(speak_until(school, teacher, [&] {
    teacher.send_frame(1);
    return student.picture().packets > 0;
  }));
}

TEST_CASE("who says nothing at all gets the voice alone: she may not hear us yet", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.promise_line();
  school.connect({&teacher, &student});
  const auto since = std::chrono::steady_clock::now();
  REQUIRE(speak_until(school, teacher, [&] {
    teacher.send_frame(1);
    return std::chrono::steady_clock::now() - since > 7s;  // longer than any promise is waited for
  }));
  CHECK(student.picture().packets == 0);
  CHECK(student.voice().packets > 10);
  CHECK(longest(student.voice(), 10) >= 2880);
}

TEST_CASE("a player with an estimate of its own is heard", "[media][ladder]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  student.offer_remb();
  school.connect({&teacher, &student});
  student.send_remb(40'000);
  REQUIRE(speak_until(school, teacher, [&] {
    teacher.send_frame(1);
    return student.voice().packets > 20;
  }));
  CHECK(longest(student.voice(), 10) == 2880);
  CHECK(student.picture().packets == 0);
  student.send_remb(20'000'000);
  REQUIRE(speak_until(school, teacher, [&] {
    teacher.send_frame(1);
    return student.picture().packets > 0;
  }));
}
