#include <atomic>
#include <filesystem>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <nlohmann/json.hpp>

#include "server/http/client.hpp"
#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"
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
        process_({binary, "serve", "--data", folder_.path(), "--listen", "127.0.0.1:0", "--workers", "1"},
                 scene.server_core) {
    origin_ = json::parse(process_.read_line())["url"];
    open_lesson();
    teacher_ = std::jthread(
        [this, kilobits = scene.kilobits](const std::stop_token& stop) { teach(stop, kilobits); });
    while (!teaching_ && fault_.empty())
      std::this_thread::yield();
    if (!fault_.empty()) throw std::runtime_error(fault_);
  }

  std::string name() const override { return "thranio"; }
  const Process& process() const override { return process_; }

  void let_in(LoadStudent& student) override {
    student.take_answer(post_sdp("/whep", student_token_, student.offer()));
  }

 private:
  std::string post(const std::string& path, const json& body, const std::string& wanted) const {
    const auto answer =
        http::fetch("POST", origin_ + "/api/v1" + path, token_, "application/json", body.dump());
    if (answer.status / 100 != 2) throw std::runtime_error(path + ": " + answer.body);
    return json::parse(answer.body)[wanted];
  }
  std::string post_sdp(const std::string& path, const std::string& token, const std::string& sdp) const {
    const auto answer =
        http::fetch("POST", origin_ + "/api/v1/lessons/" + lesson_ + path, token, "application/sdp", sdp);
    if (answer.status != 201) throw std::runtime_error(path + ": " + answer.body);
    return answer.body;
  }
  void open_lesson() {
    const auto school = post("/schools", {{"name", "Bench"}, {"time_zone", "Europe/Athens"}}, "id");
    const auto cls = post("/schools/" + school + "/classes", {{"title", "Load"}}, "id");
    lesson_ =
        post("/classes/" + cls + "/lessons",
             {{"title", "Load"}, {"starts_at", "2030-01-07T09:00:00Z"}, {"ends_at", "2030-01-07T10:00:00Z"}},
             "id");
    post("/lessons/" + lesson_ + "/start", json::object(), "id");
    const auto link = [&](const char* role) {
      return post("/lessons/" + lesson_ + "/join-links", {{"role", role}, {"name", role}}, "token");
    };
    teacher_token_ = link("teacher");
    student_token_ = link("guest");
  }
  void teach(const std::stop_token& stop, unsigned kilobits) {
    try {
      test::MediaLoop loop;
      WhipTeacher teacher(loop, kilobits);
      const auto joined = teacher.join([this](const std::string& offer) -> Result<std::string> {
        return post_sdp("/whip?source=camera", teacher_token_, offer);
      });
      if (!joined || !loop.run_until([&] { return teacher.connected(); }, std::chrono::seconds(10)))
        throw std::runtime_error("the teacher is not connected");
      teaching_ = true;
      for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += kVoiceEvery) {
        loop.run_until([&] { return std::chrono::steady_clock::now() >= next; }, std::chrono::seconds(1));
        teacher.tick_media();
      }
    } catch (const std::exception& fault) {
      fault_ = fault.what();
    }
  }

  const test::TempFolder folder_;
  const std::string token_;
  Process process_;
  std::string origin_, lesson_, teacher_token_, student_token_;
  std::atomic<bool> teaching_{false};
  std::string fault_;
  std::jthread teacher_;
};

}  // namespace

std::unique_ptr<Target> thranio_target(const Scene& scene, const std::string& binary) {
  return std::make_unique<ThranioTarget>(scene, binary);
}

}  // namespace thranio::bench
