// What one delivered packet costs a server that carries one teacher to many students, beside Janus and beside
// a bare loop, all in one run. Read the ratios: CPU times are this machine's.
//   tests/bench/run [--students N] [--lessons N] [--kilobits N] [--workers N] [--seconds N]
//                   [--only thranio,janus,floor]
// The server is alone on core 0, this tool on core 1. CPU time is the server process's own, from /proc.
// Proves: the design's promise that a student costs several times less than on other servers.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"

namespace thranio::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct Options {
  Scene scene;
  int tool_core = 1;
  int seconds = 20;
  std::string only = "thranio,janus,floor";
  std::string binary = "build/thranio";
};

struct Row {
  std::string name;
  double packets = 0, seconds = 0, cpu = 0, tool_cpu = 0, lost = 0, join_seconds = 0;
  double p50 = 0, p95 = 0, p99 = 0;  // ms
  double memory_per_student = 0;     // KiB
  uint64_t tool_drops = 0, unopened = 0;
  double cost() const { return packets > 0 ? cpu / packets * 1e6 : 0; }  // µs a packet
};

class Students {
 public:
  explicit Students(size_t count) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const size_t every = std::max<size_t>(1, count / 20);
    for (size_t i = 0; i < count; ++i) {
      all_.push_back(
          std::make_unique<LoadStudent>(i % every == 0, static_cast<double>(i) / static_cast<double>(count)));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = all_.back().get();
      epoll_ctl(epoll_, EPOLL_CTL_ADD, all_.back()->descriptor(), &event);
    }
  }
  ~Students() { close(epoll_); }

  std::vector<std::unique_ptr<LoadStudent>>& all() { return all_; }

  template <typename Done>
  bool run_until(Done done, steady_clock::duration limit) {
    const auto end = steady_clock::now() + limit;
    std::array<epoll_event, 256> events;
    while (!done()) {
      if (steady_clock::now() >= end) return false;
      const int ready = epoll_wait(epoll_, events.data(), events.size(), 2);
      for (int i = 0; i < ready; ++i)
        static_cast<LoadStudent*>(events[static_cast<size_t>(i)].data.ptr)->receive(steady_clock::now());
      if (steady_clock::now() < next_tick_) continue;
      next_tick_ = steady_clock::now() + 10ms;
      for (auto& student : all_)
        student->run_timers(steady_clock::now());
    }
    return true;
  }
  void run_for(steady_clock::duration time) {
    run_until([] { return false; }, time);
  }

 private:
  int epoll_;
  std::vector<std::unique_ptr<LoadStudent>> all_;
  steady_clock::time_point next_tick_{};
};

transport::SocketAddress bind_to_loopback(int descriptor) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  v4->sin_family = AF_INET;
  v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(sockaddr_in);
  if (bind(descriptor, reinterpret_cast<sockaddr*>(v4), size) != 0 ||
      getsockname(descriptor, reinterpret_cast<sockaddr*>(v4), &size) != 0)
    throw std::runtime_error("bind");
  return transport::SocketAddress(storage);
}

double percentile(std::vector<uint32_t>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)] / 1000.0;
}

Row measure(Students& students, Target& target, int seconds) {
  Row row;
  row.name = target.name();
  std::this_thread::sleep_for(500ms);  // the process settles before its memory is read
  const size_t memory = target.process().memory_bytes();
  const auto joining = steady_clock::now();
  for (auto& student : students.all()) {
    target.let_in(*student);
    students.run_for(0ms);
  }
  const auto all_have_media = [&] {
    return std::ranges::all_of(students.all(), [](const auto& student) { return student->has_media(); });
  };
  if (!students.run_until(all_have_media, 60s))
    std::fprintf(stderr, "%s: %td students have no media\n", row.name.c_str(),
                 std::ranges::count_if(students.all(), [](const auto& s) { return !s->has_media(); }));
  row.join_seconds = std::chrono::duration<double>(steady_clock::now() - joining).count();
  students.run_for(3s);
  row.memory_per_student =
      (static_cast<double>(target.process().memory_bytes()) - static_cast<double>(memory)) / 1024 /
      static_cast<double>(students.all().size());

  for (auto& student : students.all())
    student->forget_counts();
  const double cpu = target.process().cpu_seconds(), tool = own_cpu_seconds();
  const uint64_t drops = receive_buffer_errors();
  const auto start = steady_clock::now();
  students.run_for(std::chrono::seconds(seconds));
  row.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  row.cpu = target.process().cpu_seconds() - cpu;
  row.tool_cpu = own_cpu_seconds() - tool;
  row.tool_drops = receive_buffer_errors() - drops;
  std::vector<uint32_t> latencies;
  for (auto& student : students.all()) {
    row.packets += static_cast<double>(student->packets());
    row.lost += static_cast<double>(student->lost());
    row.unopened += student->unopened();
    latencies.insert(latencies.end(), student->latencies().begin(), student->latencies().end());
  }
  row.p50 = percentile(latencies, 0.5);
  row.p95 = percentile(latencies, 0.95);
  row.p99 = percentile(latencies, 0.99);
  return row;
}

void print(const Row& row, const Options& options) {
  const double expected =
      (50 + kFramesPerSecond *
                static_cast<double>(MadeUpMedia(options.scene.kilobits, 1, 2).packets_per_frame())) *
      static_cast<double>(options.scene.students) * row.seconds;
  std::printf("%-12s %8.0f %9.2f %11.0f %7.0f%% %8.3f%% %6.1f %6.1f %6.1f %9.1f %7.2f %7.0f%% %6lu\n",
              row.name.c_str(), row.packets / row.seconds, row.cost(), row.packets / row.cpu,
              100 * row.cpu / row.seconds, 100 * std::max(0.0, 1 - row.packets / expected), row.p50, row.p95,
              row.p99, row.memory_per_student, row.join_seconds, 100 * row.tool_cpu / row.seconds,
              row.tool_drops);
  if (row.unopened) std::printf("  %lu sampled packets could not be opened\n", row.unopened);
  if (row.tool_drops || row.tool_cpu > 0.95 * row.seconds)
    std::printf("  the tool was the bottleneck here: judge neither loss nor latency\n");
  std::fflush(stdout);
}

Options parse(int argc, char** argv) {
  Options options;
  if (const char* binary = std::getenv("THRANIO_BINARY")) options.binary = binary;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--students")
      options.scene.students = std::stoul(value);
    else if (name == "--kilobits")
      options.scene.kilobits = static_cast<unsigned>(std::stoul(value));
    else if (name == "--lessons")
      options.scene.lessons = std::stoul(value);
    else if (name == "--workers")
      options.scene.workers = static_cast<unsigned>(std::stoul(value));
    else if (name == "--seconds")
      options.seconds = std::stoi(value);
    else if (name == "--only")
      options.only = value;
    else
      throw std::runtime_error("unknown option " + name);
  }
  return options;
}

int run(const Options& options) {
  pin_to(options.tool_core);
  const auto wanted = [&](const char* name) { return options.only.find(name) != std::string::npos; };
  std::printf(
      "one teacher, %zu students, %u kbit/s VP8 at %d fps and Opus; server on core %d, this tool on core %d; "
      "%d s\n\n%-12s %8s %9s %11s %8s %9s %6s %6s %6s %9s %7s %8s %6s\n",
      options.scene.students, options.scene.kilobits, kFramesPerSecond, options.scene.server_core,
      options.tool_core, options.seconds, "", "packets", "CPU us", "packets per", "of its", "missing", "p50",
      "p95", "p99", "KiB per", "join", "tool's", "tool");
  std::printf("%-12s %8s %9s %11s %8s %9s %6s %6s %6s %9s %7s %8s %6s\n", "", "/s", "/packet", "CPU second",
              "core", "", "ms", "ms", "ms", "student", "s", "core", "drops");
  std::vector<Row> rows;
  const auto measure_one = [&](auto make) {
    Students students(options.scene.students);
    const auto target = make(students);
    rows.push_back(measure(students, *target, options.seconds));
    print(rows.back(), options);
  };
  if (wanted("floor"))
    measure_one([&](Students& students) {
      std::vector<transport::SocketAddress> addresses;
      for (auto& student : students.all())
        addresses.push_back(bind_to_loopback(student->descriptor()));
      return floor_target(options.scene, addresses);
    });
  if (wanted("thranio"))
    measure_one([&](Students&) { return thranio_target(options.scene, options.binary); });
  if (wanted("janus")) measure_one([&](Students&) { return janus_target(options.scene); });
  const auto find = [&](const char* name) {
    return std::ranges::find_if(rows, [&](const Row& row) { return row.name.starts_with(name); });
  };
  if (find("thranio") != rows.end()) {
    std::printf("\n");
    for (const char* other : {"janus", "floor"})
      if (find(other) != rows.end())
        std::printf("a packet of thranio's costs %.2f of %s's\n",
                    find("thranio")->cost() / find(other)->cost(), other);
  }
  return 0;
}

}  // namespace
}  // namespace thranio::bench

int main(int argc, char** argv) {
  try {
    return thranio::bench::run(thranio::bench::parse(argc, argv));
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
