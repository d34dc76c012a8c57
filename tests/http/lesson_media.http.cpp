// Media through the real server as its users reach it: WHIP and WHEP over HTTP with join tokens, foreign
// clients, a class of fifty, and the counters at /metrics.
#include <algorithm>
#include <memory>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pipelines/graph/synthetic_teacher_graph.hpp"
#include "tests/support/media_client.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/webrtcbin_player.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using nlohmann::json;
using test::TestStudent;
using test::TestTeacher;

namespace {

// A live lesson on a server of its own, and its two join tokens.
struct LiveLesson {
  test::TempFolder folder;
  test::ServerProcess server{folder.path()};
  test::RestClient admin{server.origin(), test::admin_token(folder.path())};
  std::string id;
  std::string teacher;
  std::string student;
  test::MediaLoop loop;

  LiveLesson() {
    const auto school = create("/schools", {{"name", "1st Lyceum"}, {"time_zone", "Europe/Athens"}});
    const auto user = create("/schools/" + school + "/users",
                             {{"given_name", "Anna"}, {"family_name", "Pappa"}, {"roles", {"teacher"}}});
    const auto cls = create("/schools/" + school + "/classes", {{"title", "Physics B2"}});
    create("/classes/" + cls + "/enrollments", {{"user_id", user}, {"role", "teacher"}});
    id = create("/classes/" + cls + "/lessons", {{"title", "Waves"},
                                                 {"starts_at", "2026-09-14T09:00:00+03:00"},
                                                 {"ends_at", "2026-09-14T09:45:00+03:00"}});
    REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
    teacher = join_token({{"role", "teacher"}, {"user_id", user}});
    student = join_token({{"role", "guest"}, {"name", "Erinna"}});
  }

  std::string create(const std::string& path, const json& body) const {
    const auto answer = admin.post(path, body.dump());
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["id"];
  }
  std::string join_token(const json& body) const {
    const auto answer = admin.post("/lessons/" + id + "/join-links", body.dump());
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["token"];
  }

  // Makes no assertion: foreign clients call it on threads of their own.
  test::Exchange post(const std::string& endpoint, const std::string& token) const {
    return [url = server.origin() + "/api/v1/lessons/" + id + endpoint,
            token](const std::string& offer) -> Result<std::string> {
      const auto answer = http::fetch("POST", url, token, "application/sdp", offer);
      if (answer.status == 201) return answer.body;
      return fail(ErrorKind::kInternal, std::to_string(answer.status), answer.body);
    };
  }
  test::Exchange whip() const { return post("/whip?source=camera", teacher); }
  test::Exchange whep() const { return post("/whep", student); }

  uint64_t metric(const std::string& name) const {
    std::istringstream text(http::fetch("GET", server.origin() + "/metrics", "", "", "").body);
    uint64_t sum = 0;
    for (std::string line; std::getline(text, line);)
      if (line.starts_with(name)) sum += std::stoull(line.substr(line.rfind(' ') + 1));
    return sum;
  }
};

}  // namespace

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

  for (uint64_t round = 1; round <= 50; ++round) {
    teacher.send_frame();
    teacher.send_voice();
    const auto has_it = [&](const auto& student) {
      return student->picture().packets >= 3 * round && student->voice().packets >= round;
    };
    REQUIRE(lesson.loop.run_until([&] { return std::ranges::all_of(students, has_it); }, 10s));
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
      [&] { return lesson.metric("thranio_dropped_packets_total{reason=\"unknown_first_byte\"}") == 100; },
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
