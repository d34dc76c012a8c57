// A poor link between two network namespaces, in user space: a TUN device in each, one process between them.
//   link_emulator PROFILE SEED NEAR FAR SUBNET
// makes the namespaces NEAR (the server's) and FAR (the student's) with addresses SUBNET.1 and SUBNET.2
// (SUBNET: three numbers with dots), prints {"event":"ready"} and passes packets until its standard input
// ends; then both namespaces are gone. A line on standard input: "profile NAME" changes the link under way,
// "counters" prints both directions' counters as one line of JSON, "fresh" begins them anew. Needs root.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <queue>
#include <stdexcept>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/link_profiles.hpp"

using namespace thranio;
using namespace thranio::test;

namespace {

constexpr size_t kMtu = 1500;

// Runs `ip ...` and says whether it was content.
bool ip(std::vector<std::string> words) {
  words.insert(words.begin(), "ip");
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    execvp("ip", arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0;
}

void must(const std::vector<std::string>& words) {
  if (ip(words)) return;
  std::string all = "ip";
  for (const auto& word : words)
    all += " " + word;
  throw std::runtime_error(all + " fails");
}

// Gone with its owner; what moved into it goes, too.
class Namespace {
 public:
  explicit Namespace(std::string name) : name_(std::move(name)) {
    must({"netns", "add", name_});
    must({"-n", name_, "link", "set", "lo", "up"});
  }
  ~Namespace() { ip({"netns", "del", name_}); }
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

// A TUN device that lives in a namespace while its descriptor stays here.
class Tunnel {
 public:
  Tunnel(const Namespace& home, const std::string& device, const std::string& address)
      : descriptor_(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device.c_str());
    if (descriptor_ < 0 || ioctl(descriptor_, TUNSETIFF, &request) < 0)
      throw std::runtime_error(std::string("no TUN device: ") + std::strerror(errno));
    must({"link", "set", device, "netns", home.name()});
    must({"-n", home.name(), "addr", "add", address + "/24", "dev", device});
    must({"-n", home.name(), "link", "set", device, "mtu", std::to_string(kMtu), "up"});
  }
  ~Tunnel() { close(descriptor_); }
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

struct Flying {
  TimePoint at;
  uint64_t number;  // packets that arrive at once keep their order
  std::string bytes;
  bool operator<(const Flying& other) const { return at != other.at ? at > other.at : number > other.number; }
};

struct Direction {
  DirectionModel model;
  const int from, to;
  std::priority_queue<Flying> flying = {};

  void read(TimePoint now) {
    char bytes[kMtu];
    for (;;) {
      const ssize_t size = ::read(from, bytes, sizeof bytes);
      if (size <= 0) return;
      if (bytes[0] >> 4 != 4) continue;  // the neighbours' talk of IPv6
      const auto verdict = model.offer(now, static_cast<size_t>(size));
      if (verdict.fate == Fate::kDelivered)
        flying.push({verdict.at, ++number, std::string(bytes, static_cast<size_t>(size))});
    }
  }
  void write(TimePoint now) {
    while (!flying.empty() && flying.top().at <= now) {
      const auto& bytes = flying.top().bytes;
      (void)!::write(to, bytes.data(), bytes.size());
      flying.pop();
    }
  }
  uint64_t number = 0;
};

nlohmann::json counters_json(const DirectionCounters& c) {
  return {{"offered_packets", c.offered_packets},
          {"offered_bytes", c.offered_bytes},
          {"delivered_packets", c.delivered_packets},
          {"delivered_bytes", c.delivered_bytes},
          {"queue_full", c.queue_full},
          {"policed", c.policed},
          {"lost", c.lost},
          {"outage", c.outage},
          {"wait_ms_p50", c.wait_ms_at(0.5)},
          {"wait_ms_p95", c.wait_ms_at(0.95)}};
}

class Emulator {
 public:
  Emulator(const LinkProfile& profile, uint64_t seed, const std::string& near, const std::string& far,
           const std::string& subnet)
      : near_(near),
        far_(far),
        near_tunnel_(near_, "thrn" + near.substr(near.size() - std::min<size_t>(8, near.size())),
                     subnet + ".1"),
        far_tunnel_(far_, "thrf" + far.substr(far.size() - std::min<size_t>(8, far.size())), subnet + ".2"),
        down_{{profile.down, seed}, near_tunnel_.descriptor(), far_tunnel_.descriptor()},
        up_{{profile.up, seed + 1}, far_tunnel_.descriptor(), near_tunnel_.descriptor()},
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}
  ~Emulator() { close(timer_); }
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  void run() {
    std::puts("{\"event\":\"ready\"}");
    std::fflush(stdout);
    for (;;) {
      pollfd wanted[4] = {{near_tunnel_.descriptor(), POLLIN, 0},
                          {far_tunnel_.descriptor(), POLLIN, 0},
                          {timer_, POLLIN, 0},
                          {STDIN_FILENO, POLLIN, 0}};
      if (poll(wanted, 4, -1) < 0) return;
      const TimePoint now = std::chrono::steady_clock::now();
      for (auto* direction : {&down_, &up_}) {
        direction->read(now);
        direction->write(now);
      }
      arm();
      if ((wanted[3].revents & (POLLIN | POLLHUP)) && !obey()) return;
    }
  }

 private:
  void arm() const {
    TimePoint next = TimePoint::max();
    for (const auto* direction : {&down_, &up_})
      if (!direction->flying.empty()) next = std::min(next, direction->flying.top().at);
    itimerspec when{};
    if (next != TimePoint::max()) {
      const auto at = std::max<int64_t>(1, next.time_since_epoch() / std::chrono::nanoseconds(1));
      when.it_value.tv_sec = at / 1'000'000'000;
      when.it_value.tv_nsec = at % 1'000'000'000;
    }
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  bool obey() {
    char bytes[4096];
    const ssize_t size = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (size <= 0) return false;
    commands_.append(bytes, static_cast<size_t>(size));
    for (size_t end = commands_.find('\n'); end != commands_.npos; end = commands_.find('\n')) {
      obey_line(commands_.substr(0, end));
      commands_.erase(0, end + 1);
    }
    return true;
  }
  void obey_line(const std::string& line) {
    nlohmann::json answer{{"event", "unknown"}};
    if (line == "counters")
      answer = {{"event", "counters"},
                {"down", counters_json(down_.model.counters())},
                {"up", counters_json(up_.model.counters())}};
    if (line == "fresh") {  // what is counted from now on
      down_.model.forget_counts();
      up_.model.forget_counts();
      answer["event"] = "fresh";
    }
    if (line.starts_with("profile ")) {
      const auto profile = link_profile(line.substr(8));
      if (profile) {
        down_.model.change(profile->down);
        up_.model.change(profile->up);
        answer["event"] = "changed";
      }
    }
    std::puts(answer.dump().c_str());
    std::fflush(stdout);
  }

  const Namespace near_, far_;
  const Tunnel near_tunnel_, far_tunnel_;
  Direction down_, up_;
  const int timer_;
  std::string commands_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6 || !link_profile(argv[1])) {
    std::fprintf(stderr, "link_emulator PROFILE SEED NEAR FAR SUBNET\n");
    return 2;
  }
  std::signal(SIGINT, SIG_IGN);  // whoever started it ends it by closing its input
  try {
    Emulator(*link_profile(argv[1]), std::strtoull(argv[2], nullptr, 10), argv[3], argv[4], argv[5]).run();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "link_emulator: %s\n", fault.what());
    return 1;
  }
}
