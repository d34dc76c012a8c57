// WHIP and WHEP over HTTP (RFC 9725) with requests that must be refused: each as its protocol asks, and the
// lesson goes on.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/live_lesson.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using nlohmann::json;
using test::code;
using test::LiveLesson;
using test::TestStudent;
using test::TestTeacher;

namespace {

// A teacher who is heard and a student who hears her, before and after everything else.
struct RunningLesson : LiveLesson {
  TestTeacher speaker{loop};
  TestStudent listener{loop};

  RunningLesson() {
    REQUIRE(speaker.join(whip()));
    REQUIRE(listener.join(whep()));
    REQUIRE(loop.run_until([&] { return speaker.connected() && listener.connected(); }, 30s));
  }
  ~RunningLesson() {
    const auto before = listener.voice().packets;
    speaker.send_voice();
    CHECK(loop.run_until([&] { return listener.voice().packets == before + 1; }, 20s));
  }

  http::FetchedResponse ask(const std::string& token, const std::string& method, const std::string& path,
                            const std::string& type, const std::string& body,
                            const test::RestClient::Headers& headers = {}) const {
    return test::RestClient(server.origin(), token).ask(method, "/lessons/" + id + path, type, body, headers);
  }
  http::FetchedResponse offer(const std::string& token, const std::string& path,
                              const std::string& sdp) const {
    return ask(token, "POST", path, "application/sdp", sdp);
  }
};

// An offer as a student makes it, caught on its way.
std::string some_offer(test::MediaLoop& loop) {
  std::string caught;
  TestStudent student(loop);
  (void)student.join([&](const std::string& sdp) -> Result<std::string> {
    caught = sdp;
    return fail(ErrorKind::kInternal, "not-sent", "");
  });
  return caught;
}

std::string without(std::string sdp, const std::string& attribute) {
  for (size_t at = 0; (at = sdp.find("a=" + attribute, at)) != std::string::npos;)
    sdp.erase(at, sdp.find('\n', at) + 1 - at);
  return sdp;
}

}  // namespace

TEST_CASE_METHOD(RunningLesson, "an offer that cannot be served is refused with 400 and the line at fault",
                 "[http][media][bad-input]") {
  const std::string good = some_offer(loop);
  CHECK(code(offer(student, "/whep", "")) == "400 invalid-sdp");
  CHECK(code(offer(student, "/whep", "v=0\r\nthis is not SDP")) == "400 invalid-sdp");
  CHECK(code(offer(student, "/whep", without(good, "fingerprint"))).starts_with("400 "));
  CHECK(code(offer(student, "/whep", without(good, "ice-ufrag"))).starts_with("400 "));
  CHECK(code(offer(student, "/whep", std::string(2'000'000, 'a'))) == "413 body-too-large");
  CHECK(code(ask(student, "POST", "/whep", "application/json", "{}")) == "415 unsupported-media-type");
}

TEST_CASE_METHOD(RunningLesson, "media wants a token of this lesson, and of the right role",
                 "[http][media][bad-input]") {
  const std::string sdp = some_offer(loop);
  CHECK(code(offer("", "/whep", sdp)) == "401 token-missing");
  CHECK(code(offer("thr_forged", "/whep", sdp)) == "401 token-invalid");
  CHECK(code(offer(student, "/whip?source=camera", sdp)) == "403 not-allowed");
  const auto other = create("/classes/" + cls + "/lessons", {{"title", "Optics"},
                                                             {"starts_at", "2026-09-15T09:00:00+03:00"},
                                                             {"ends_at", "2026-09-15T09:45:00+03:00"}});
  const auto stranger = json::parse(
      admin.post("/lessons/" + other + "/join-links", R"({"role":"guest","name":"Eris"})").body)["token"];
  CHECK(code(offer(stranger, "/whep", sdp)) == "403 wrong-lesson");
  const test::RestClient early(server.origin(), stranger);
  CHECK(code(early.ask("POST", "/lessons/" + other + "/whep", "application/sdp", sdp)) ==
        "409 lesson-not-live");
}

TEST_CASE_METHOD(RunningLesson, "a source is one that we know, and has one publisher",
                 "[http][media][bad-input]") {
  const std::string sdp = some_offer(loop);
  CHECK(code(offer(teacher, "/whip?source=periscope", sdp)) == "400 invalid-field");
  const auto colleague = join_token({{"role", "teacher"}, {"name", "Zeno"}});
  TestTeacher second(loop);
  const auto refused = second.join(post("/whip?source=camera", colleague));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "409");
  CHECK(json::parse(refused.error().detail)["take_over"] ==
        "/api/v1/lessons/" + id + "/whip?source=camera&take_over=true");
}

TEST_CASE_METHOD(RunningLesson,
                 "a media session is touched by its owner or a teacher, and only while it lives",
                 "[http][media][bad-input]") {
  const auto made = offer(student, "/whep", some_offer(loop));
  REQUIRE(made.status == 201);
  const std::string location = made.headers.at("location"), below = location.substr(location.find("/media/"));
  const std::string fragment = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
  const auto stranger = join_token({{"role", "guest"}, {"name", "Eris"}});
  CHECK(code(ask(stranger, "DELETE", below, "", "")) == "403 not-allowed");
  CHECK(code(ask(student, "PATCH", below, "application/trickle-ice-sdpfrag", fragment,
                 {{"If-Match", "\"old\""}})) == "412 stale-ice-session");
  CHECK(ask(student, "DELETE", below, "", "").status == 200);
  CHECK(code(ask(student, "DELETE", below, "", "")) == "404 peer-not-found");
}
