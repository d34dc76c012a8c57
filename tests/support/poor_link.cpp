#include "tests/support/poor_link.hpp"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thranio::test {

std::string PoorLink::missing() {
  if (geteuid() != 0) return "namespaces and TUN devices need root";
  if (access("/dev/net/tun", R_OK | W_OK) != 0) return "there is no /dev/net/tun";
  for (const char* place : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"})
    if (access(place, X_OK) == 0) return {};
  return "there is no `ip` (iproute2)";
}

PoorLink::PoorLink(const std::string& profile, uint64_t seed) {
  static std::atomic<int> links{0};
  const int number = ++links;
  const std::string own = std::to_string(getpid() % 100'000) + "-" + std::to_string(number);
  near_ = "thrn" + own;
  far_ = "thrf" + own;
  subnet_ = "10." + std::to_string(64 + number % 64) + "." + std::to_string(getpid() % 250);
  int down[2], up[2];
  if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  child_ = fork();
  if (child_ == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    execl(THRANIO_BINARY_DIR "/link_emulator", "link_emulator", profile.c_str(), std::to_string(seed).c_str(),
          near_.c_str(), far_.c_str(), subnet_.c_str(), nullptr);
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  to_ = fdopen(down[1], "w");
  from_ = fdopen(up[0], "r");
  if (hear().value("event", "") != "ready") throw std::runtime_error("the link emulator did not start");
}

PoorLink::~PoorLink() {
  fclose(to_);
  waitpid(child_, nullptr, 0);
  fclose(from_);
}

void PoorLink::within(const std::string& name, const std::function<void()>& work) {
  std::exception_ptr fault;
  std::thread([&] {
    try {
      const int home = open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
      if (home < 0 || setns(home, CLONE_NEWNET) != 0) throw std::runtime_error("no namespace " + name);
      close(home);
      work();
    } catch (...) {
      fault = std::current_exception();
    }
  }).join();
  if (fault) std::rethrow_exception(fault);
}

void PoorLink::change(const std::string& profile) {
  if (tell("profile " + profile)["event"] != "changed") throw std::runtime_error("no profile " + profile);
}

nlohmann::json PoorLink::counters() {
  return tell("counters");
}

nlohmann::json PoorLink::tell(const std::string& line) {
  std::fprintf(to_, "%s\n", line.c_str());
  std::fflush(to_);
  return hear();
}

nlohmann::json PoorLink::hear() {
  char* line = nullptr;
  size_t room = 0;
  const ssize_t length = getline(&line, &room, from_);
  const std::string text(line ? line : "", length > 0 ? static_cast<size_t>(length) : 0);
  free(line);
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace thranio::test
