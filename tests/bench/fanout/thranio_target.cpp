#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"
#include "tests/bench/support/bench_school.hpp"
#include "tests/support/media_client.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::bench {
namespace {

using nlohmann::json;

class WhipTeacher final : public test::MediaPeer, private rtp::RtcpVisitor {
 public:
  WhipTeacher(test::MediaLoop& loop, unsigned kilobits)
      : MediaPeer(loop),
        voice_(std::random_device{}()),
        picture_(voice_ + 1),
        media_(kilobits, voice_, picture_) {}

  void tick_media() {
    media_.tick(
        [this](auto header, auto payload, uint32_t roll_over) { send_rtp(header, payload, roll_over); });
  }

 private:
  std::string media_lines(const std::string& transport) const override {
    std::ostringstream out;
    out << "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\n"
        << transport << "a=rtpmap:111 opus/48000/2\r\na=ssrc:" << voice_ << " cname:load\r\n"
        << "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\n"
        << transport
        << "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=ssrc:" << picture_
        << " cname:load\r\n";
    return out.str();
  }
  size_t media_count() const override { return 2; }
  void take_answer(const std::string&) override {}
  void handle_rtp(const rtp::RtpPacketView&, TimePoint) override {}
  rtp::RtcpVisitor& rtcp_visitor() override { return *this; }

  const uint32_t voice_, picture_;
  MadeUpMedia media_;
};

class ThranioTarget final : public Target {
 public:
  ThranioTarget(const Scene& scene, const std::string& binary)
      : token_(output_of({binary, "token", "create", "--data", folder_.path(), "--role", "admin"})),
        process_({binary, "serve", "--data", folder_.path(), "--listen", "127.0.0.1:0", "--workers",
                  std::to_string(scene.workers)},
                 scene.workers == 1 ? scene.server_core : kAnyCore) {
    school_.emplace(json::parse(process_.read_line())["url"], token_);
    for (size_t i = 0; i < scene.lessons; ++i)
      lessons_.push_back(school_->open_lesson({{"voice_packet_ms", scene.voice_packet_ms}}, "guest"));
    teachers_ = std::jthread(
        [this, kilobits = scene.kilobits](const std::stop_token& stop) { teach(stop, kilobits); });
    while (!teaching_ && !failed_)
      std::this_thread::yield();
    if (failed_) throw std::runtime_error(fault_);
  }

  std::string name() const override { return "thranio"; }
  const Process& process() const override { return process_; }

  void let_in(LoadStudent& student) override {
    const BenchLesson& lesson = lessons_[next_++ % lessons_.size()];
    student.take_answer(post_sdp(school_->origin(), lesson, "/whep", lesson.guest_token, student.offer()));
  }

 private:
  void teach(const std::stop_token& stop, unsigned kilobits) {
    try {
      test::MediaLoop loop;
      std::vector<std::unique_ptr<WhipTeacher>> teachers;
      for (const BenchLesson& lesson : lessons_) {
        teachers.push_back(std::make_unique<WhipTeacher>(loop, kilobits));
        const auto joined = teachers.back()->join([&](const std::string& offer) -> Result<std::string> {
          return post_sdp(school_->origin(), lesson, "/whip?source=camera", lesson.teacher_token, offer);
        });
        if (!joined) throw std::runtime_error(joined.error().detail);
      }
      const auto connected = [](const auto& teacher) { return teacher->connected(); };
      if (!loop.run_until([&] { return std::ranges::all_of(teachers, connected); }, std::chrono::seconds(10)))
        throw std::runtime_error("the teachers are not connected");
      teaching_ = true;
      // Lessons do not speak in step: their packets are spread over the interval.
      const auto step = std::chrono::nanoseconds(kVoiceEvery) / teachers.size();
      auto next = std::chrono::steady_clock::now();
      for (size_t i = 0; !stop.stop_requested(); i = (i + 1) % teachers.size(), next += step) {
        loop.run_until([&] { return std::chrono::steady_clock::now() >= next; }, std::chrono::seconds(1));
        teachers[i]->tick_media();
      }
    } catch (const std::exception& fault) {
      fault_ = fault.what();
      failed_ = true;
    }
  }

  const test::TempFolder folder_;
  const std::string token_;
  Process process_;
  std::optional<BenchSchool> school_;
  std::vector<BenchLesson> lessons_;
  size_t next_ = 0;
  std::atomic<bool> teaching_{false}, failed_{false};
  std::string fault_;  // before failed_ is set
  std::jthread teachers_;
};

}  // namespace

std::unique_ptr<Target> thranio_target(const Scene& scene, const std::string& binary) {
  return std::make_unique<ThranioTarget>(scene, binary);
}

}  // namespace thranio::bench
