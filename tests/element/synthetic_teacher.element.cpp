#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <numeric>
#include <span>
#include <vector>

#include <catch2/catch.hpp>

#include "pipelines/graph/speech_sound.hpp"
#include "pipelines/graph/synthetic_teacher_graph.hpp"
#include "tests/support/webrtcbin_player.hpp"

using namespace std::chrono_literals;
using namespace thranio;
using graph::SpeechSound;

namespace {

double root_mean_square(std::span<const int16_t> samples) {
  const double energy = std::accumulate(samples.begin(), samples.end(), 0.0, [](double sum, int16_t sample) {
    return sum + static_cast<double>(sample) * sample;
  });
  return std::sqrt(energy / static_cast<double>(samples.size()));
}

}  // namespace

TEST_CASE("the synthetic voice speaks in syllables, takes breath, and never clips", "[element][teacher]") {
  std::vector<int16_t> sound(SpeechSound::kSampleRate * 5 / 2);  // one phrase: eight syllables, two of breath
  SpeechSound().fill(sound);
  const std::span<const int16_t> all(sound);
  constexpr size_t kSyllable = SpeechSound::kSampleRate / 4;
  for (size_t i = 0; i < 8; ++i) {
    CAPTURE(i);
    CHECK(root_mean_square(all.subspan(i * kSyllable, kSyllable)) > 1000);
  }
  CHECK(root_mean_square(all.subspan(9 * kSyllable, kSyllable)) < 50);
  CHECK(std::ranges::max(sound) < 32'000);
  CHECK(std::ranges::min(sound) > -32'000);
}

TEST_CASE("a foreign webrtcbin sees the synthetic teacher move and hears it speak", "[element][teacher]") {
  const auto video = GENERATE(graph::TeacherVideo::kVp8, graph::TeacherVideo::kH264);
  test::WebrtcbinPlayer player(video == graph::TeacherVideo::kVp8 ? "VP8" : "H264");
  auto teacher = graph::start_synthetic_teacher(
      [&player](std::string offer) -> Result<std::string> { return player.answer(offer); }, video);

  CHECK(player.wait_until([](const auto& played) { return played.different >= 20 && played.loudest > 0.05; },
                          60s));
  const auto played = player.played();
  CHECK(played.connected);
  CHECK(played.different >= 20);
  CHECK(played.mean_luma > 20);
  CHECK(played.loudest > 0.05);

  const auto before = std::chrono::steady_clock::now();
  teacher.reset();
  CHECK(std::chrono::steady_clock::now() - before < 5s);  // promised: a second; the sanitizers are slow
}

TEST_CASE("a synthetic teacher whose offer is refused can be stopped", "[element][teacher]") {
  std::promise<std::string> asked;
  auto teacher = graph::start_synthetic_teacher(
      [&asked](const std::string& offer) -> Result<std::string> {
        asked.set_value(offer);
        return fail(ErrorKind::kConflict, "source-taken", "there is a camera already");
      },
      graph::TeacherVideo::kVp8);
  auto offer = asked.get_future();
  REQUIRE(offer.wait_for(30s) == std::future_status::ready);
  const auto sdp = offer.get();
  CHECK(sdp.find("a=sendonly") != std::string::npos);
  CHECK(sdp.find("a=recvonly") == std::string::npos);
  CHECK(sdp.find("VP8/90000") != std::string::npos);
  teacher.reset();
}
