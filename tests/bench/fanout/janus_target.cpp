#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/client.hpp"
#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uint16_t kHttpPort = 28088, kVoicePort = 28002, kPicturePort = 28004;
constexpr const char* kJanus = "/usr/lib/x86_64-linux-gnu/janus";

// The fair configuration: what a deployment that cares for CPU would set, and nothing that it would not. One
// event loop instead of a thread for each student, only the plugin and the transport in use, errors only.
// Full ICE: with ice_lite Debian's libnice did not leave "connecting"; once connected, the difference is a
// check every 25 s. The mountpoint takes plain RTP: Janus is spared the teacher's ICE, DTLS and SRTP. Its
// streaming plugin does not negotiate transport-wide feedback: Janus is spared that, too.
void write_configuration(const std::string& folder) {
  for (const auto& [kind, library] :
       {std::pair{"plugins", "libjanus_streaming.so"}, {"transports", "libjanus_http.so"}}) {
    fs::create_directories(folder + "/" + kind);
    fs::create_symlink(std::string(kJanus) + "/" + kind + "/" + library, folder + "/" + kind + "/" + library);
  }
  const std::string events = folder + "/events";
  fs::create_directories(events);
  std::ofstream(folder + "/janus.jcfg")
      << "general: {\n  configs_folder = \"" << folder << "\"\n  plugins_folder = \"" << folder
      << "/plugins\"\n  transports_folder = \"" << folder << "/transports\"\n  events_folder = \"" << events
      << "\"\n  loggers_folder = \"" << events << "\"\n  log_to_stdout = false\n  debug_level = 1\n"
      << "  session_timeout = 0\n  event_loops = 1\n}\n"
      << "media: { rtp_port_range = \"30000-60000\" }\nnat: {\n  ice_lite = true\n  full_trickle = "
         "false\n}\n";
  std::ofstream(folder + "/janus.transport.http.jcfg")
      << "general: {\n  json = \"compact\"\n  base_path = \"/janus\"\n  http = true\n  port = " << kHttpPort
      << "\n  ip = \"127.0.0.1\"\n  https = false\n}\nadmin: { admin_http = false }\n";
  std::ofstream(folder + "/janus.plugin.streaming.jcfg")
      << "lesson: {\n  type = \"rtp\"\n  id = 1\n  audio = true\n  video = true\n  audioport = " << kVoicePort
      << "\n  audiopt = 111\n  audiocodec = \"opus\"\n  videoport = " << kPicturePort
      << "\n  videopt = 96\n  videocodec = \"vp8\"\n}\n";
}

class RtpFeed {
 public:
  explicit RtpFeed(unsigned kilobits)
      : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
        thread_([this, kilobits](const std::stop_token& stop) {
          MadeUpMedia media(kilobits, 1, 2);
          for (auto next = std::chrono::steady_clock::now(); !stop.stop_requested(); next += kVoiceEvery) {
            std::this_thread::sleep_until(next);  // the pace of the media
            media.tick([this](auto header, auto payload, uint32_t) { send_one(header, payload); });
          }
        }) {}
  ~RtpFeed() {
    thread_.request_stop();
    thread_.join();
    close(socket_);
  }

 private:
  void send_one(std::span<const uint8_t> header, std::span<const uint8_t> payload) const {
    std::vector<uint8_t> packet(header.begin(), header.end());
    packet.insert(packet.end(), payload.begin(), payload.end());
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons((header[1] & 0x7f) == kOpusType ? kVoicePort : kPicturePort);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(socket_, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }

  const int socket_;
  std::jthread thread_;
};

class JanusTarget final : public Target {
 public:
  explicit JanusTarget(const Scene& scene)
      : folder_with_configuration_(configured(folder_)),
        process_({"janus", "-F", folder_.path()}, scene.server_core),
        feed_(scene.kilobits) {
    for (int i = 0;; ++i) {
      try {
        if (http::fetch("GET", root_ + "/info", "", "", "").status == 200) return;
      } catch (const std::exception&) {
        if (i == 100) throw std::runtime_error("janus does not start (is the package janus installed?)");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  std::string name() const override { return "janus 1.1.2"; }
  const Process& process() const override { return process_; }

  void let_in(LoadStudent& student) override {
    const auto session = std::to_string(ask("", {{"janus", "create"}})["data"]["id"].get<uint64_t>());
    const auto handle = std::to_string(
        ask("/" + session, {{"janus", "attach"}, {"plugin", "janus.plugin.streaming"}})["data"]["id"]
            .get<uint64_t>());
    const auto at = "/" + session + "/" + handle;
    ask(at, {{"janus", "message"}, {"body", {{"request", "watch"}, {"id", 1}}}});
    const json offer = event_with_offer(session);
    const std::string answer = student.answer(offer["jsep"]["sdp"]);
    ask(at, {{"janus", "message"},
             {"body", {{"request", "start"}}},
             {"jsep", {{"type", "answer"}, {"sdp", answer}}}});
  }

 private:
  static bool configured(const test::TempFolder& folder) {
    write_configuration(folder.path());
    return true;
  }
  json ask(const std::string& path, json body) {
    body["transaction"] = std::to_string(++transaction_);
    const auto answer = http::fetch("POST", root_ + path, "", "application/json", body.dump());
    json read = json::parse(answer.body);
    if (read["janus"] == "error") throw std::runtime_error("janus: " + answer.body);
    return read;
  }
  json event_with_offer(const std::string& session) const {
    for (int i = 0; i < 20; ++i) {
      json event = json::parse(http::fetch("GET", root_ + "/" + session, "", "", "").body);
      if (event.contains("jsep")) return event;
    }
    throw std::runtime_error("janus makes no offer");
  }

  const std::string root_ = "http://127.0.0.1:" + std::to_string(kHttpPort) + "/janus";
  const test::TempFolder folder_;
  const bool folder_with_configuration_;
  Process process_;
  RtpFeed feed_;
  int transaction_ = 0;
};

}  // namespace

std::unique_ptr<Target> janus_target(const Scene& scene) {
  return std::make_unique<JanusTarget>(scene);
}

}  // namespace thranio::bench
