// A device that changes networks keeps its lesson: the next check moves the session, an ICE restart renews
// it.
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/one_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using test::OneLesson;
using test::TestStudent;
using test::TestTeacher;

namespace {

std::string line_of(const std::string& sdp, const std::string& beginning) {
  std::istringstream lines(sdp);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(beginning)) return line.substr(beginning.size(), line.find('\r') - beginning.size());
  return {};
}

std::string fragment_of(const transport::IceCredentials& credentials) {
  return "a=ice-ufrag:" + credentials.ufrag + "\r\na=ice-pwd:" + credentials.password +
         "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n";
}

}  // namespace

TEST_CASE("a student whose address changes goes on without a new handshake", "[media][network-change]") {
  OneLesson school;  // two workers: the new address may be another worker's
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  const uint64_t handshakes = school.metric("thranio_media_handshakes_total");
  for (int move = 0; move < 6; ++move) {
    const uint64_t answered = student.checks_answered();
    student.rebind();
    REQUIRE(school.loop().run_until([&] { return student.checks_answered() > answered; }, 10s));
    const uint64_t before = student.picture().packets;
    teacher.send_frame();
    CHECK(school.loop().run_until([&] { return student.picture().packets == before + 3; }, 10s));
  }
  CHECK(student.picture().missing.empty());
  CHECK(student.picture().duplicates == 0);
  CHECK(school.metric("thranio_media_handshakes_total") == handshakes);
}

TEST_CASE("a teacher whose address changes goes on publishing", "[media][network-change]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  for (int move = 0; move < 6; ++move) {
    const uint64_t answered = teacher.checks_answered();
    teacher.rebind();
    REQUIRE(school.loop().run_until([&] { return teacher.checks_answered() > answered; }, 10s));
    const uint64_t before = student.picture().packets;
    teacher.send_frame();
    CHECK(school.loop().run_until([&] { return student.picture().packets == before + 3; }, 10s));
  }
  CHECK(student.picture().missing.empty());
}

TEST_CASE("an ICE restart by PATCH renews the session, and media does not stop meanwhile",
          "[media][ice-restart]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher, &student});
  const auto peer = school.last_peer();
  const auto etag = school.last_etag();

  const auto credentials = student.new_credentials();
  const auto patched = school.lesson().patch(peer, fragment_of(credentials), "*");
  REQUIRE(patched);
  CHECK(patched->etag != etag);
  const auto trickled = school.lesson().patch(peer, fragment_of(credentials), patched->etag);
  REQUIRE(trickled);  // a candidate of the new generation: no other restart
  CHECK(trickled->etag == patched->etag);
  CHECK(trickled->sdp.empty());
  teacher.send_frame();  // by the old pair, which stands until the new one is checked
  CHECK(school.loop().run_until([&] { return student.picture().packets == 3; }, 10s));

  student.restart_ice({line_of(patched->sdp, "a=ice-ufrag:"), line_of(patched->sdp, "a=ice-pwd:")});
  const uint64_t answered = student.checks_answered();
  CHECK(school.loop().run_until([&] { return student.checks_answered() > answered; }, 10s));
  student.rebind();
  CHECK(school.loop().run_until([&] { return student.checks_answered() > answered + 1; }, 10s));
  teacher.send_frame();
  CHECK(school.loop().run_until([&] { return student.picture().packets == 6; }, 10s));
  CHECK(student.picture().missing.empty());

  const auto stale = school.lesson().patch(peer, fragment_of(credentials), etag);
  REQUIRE_FALSE(stale);
  CHECK(stale.error().kind == ErrorKind::kStale);
}

TEST_CASE("a peer that closes its session is gone at once", "[media][leave]") {
  OneLesson school;
  TestTeacher teacher(school.loop());
  TestStudent student(school.loop());
  school.connect({&teacher});
  const auto publisher = school.last_peer();
  school.connect({&student});
  REQUIRE(school.lesson().stage().camera == publisher);
  teacher.leave();
  CHECK(school.loop().run_until(
      [&] { return school.saw(pipelines::PeerEvent::Kind::kDisconnected, publisher); }, 10s));
  CHECK_FALSE(school.lesson().stage().camera.has_value());
  CHECK_FALSE(school.lesson().close(publisher));

  const auto watcher = school.last_peer();
  CHECK(school.lesson().close(watcher));
  CHECK(school.loop().run_until([&] { return student.closed_by_server(); }, 10s));
}
