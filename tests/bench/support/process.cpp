#include "tests/bench/support/process.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace thranio::bench {
namespace {

std::vector<char*> arguments_of(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const auto& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  return arguments;
}

}  // namespace

void pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (core == kAnyCore)
    for (int i = 0; i < static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)); ++i)
      CPU_SET(i, &set);
  else
    CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

Process::Process(const std::vector<std::string>& command, int core) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  child_ = fork();
  if (child_ == 0) {
    pin_to(core);
    dup2(ends[1], STDOUT_FILENO);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    execvp(command[0].c_str(), arguments_of(command).data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

Process::Process(const std::function<void()>& work, int core) {
  child_ = fork();
  if (child_ != 0) return;
  pin_to(core);
  work();
  _exit(0);
}

Process::~Process() {
  kill(child_, SIGTERM);
  for (int i = 0; i < 100 && waitpid(child_, nullptr, WNOHANG) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  if (output_ >= 0) close(output_);
}

std::string Process::read_line() {
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';)
    line += c;
  return line;
}

double Process::cpu_seconds() const {
  double nanoseconds = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(child_) + "/task")) {
    double ran = 0;
    std::ifstream(task.path() / "schedstat") >> ran;
    nanoseconds += ran;
  }
  return nanoseconds / 1e9;
}

size_t Process::memory_bytes() const {
  std::ifstream status("/proc/" + std::to_string(child_) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
  return 0;
}

std::string output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execvp(command[0].c_str(), arguments_of(command).data());
    _exit(127);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(size));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error(command[0] + " failed");
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

uint64_t receive_buffer_errors() {
  std::ifstream snmp("/proc/net/snmp");
  std::string names, values;
  for (std::string line; std::getline(snmp, line);) {
    if (!line.starts_with("Udp:")) continue;
    (names.empty() ? names : values) = line;
  }
  std::istringstream name(names), value(values);
  for (std::string n, v; name >> n && value >> v;)
    if (n == "RcvbufErrors") return std::stoull(v);
  return 0;
}

}  // namespace thranio::bench
