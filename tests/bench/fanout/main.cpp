// What one delivered packet costs a server that carries one teacher to many students, beside Janus and beside
// a bare loop, all in one run. Read the ratios: CPU times are this machine's.
//   tests/bench/run [--students N] [--lessons N] [--kilobits N] [--workers N] [--seconds N]
//                   [--only thranio,janus,floor] [--voice-packet MS] [--storm N] [--churn SECONDS] [--weak N]
// --storm: N more join as fast as they can; what that does to those who are in is printed below the row.
// --join ORIGIN --lesson ID --token T: no server is started; the students join that lesson and count.
// --weak: N more come on lines of 32 kbit/s; what each of them costs beside the others, and what the others
// notice.
// --churn: students come and go for so long; what is left of their memory is printed.
// The server is alone on core 0, this tool on core 1. CPU time is the server process's own, from /proc.
// Proves: the design's promise that a student costs several times less than on other servers.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/fanout/made_up_media.hpp"
#include "tests/bench/fanout/target.hpp"
#include "tests/bench/support/bench_school.hpp"

namespace thranio::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr unsigned kThinLine = 32'000;  // bits a second

struct Options {
  Scene scene;
  int tool_core = 1;
  int seconds = 20;
  size_t storm = 0, weak = 0;
  int churn = 0;
  std::string join, lesson, token;
  std::string only = "thranio,janus,floor";
  std::string binary = "build/thranio";
};

struct Latency {
  double p50 = 0, p95 = 0, p99 = 0, worst = 0;  // ms
};

struct Row {
  std::string name;
  double packets = 0, seconds = 0, cpu = 0, tool_cpu = 0, lost = 0, join_seconds = 0;
  Latency latency;
  double memory_per_student = 0;  // KiB
  uint64_t tool_drops = 0, unopened = 0;
  double cost() const { return packets > 0 ? cpu / packets * 1e6 : 0; }  // µs a packet
};

class Students {
 public:
  // weak: the last ones, on thin lines.
  explicit Students(size_t count, size_t weak = 0) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const size_t every = std::max<size_t>(1, count / 20);
    for (size_t i = 0; i < count; ++i) {
      all_.push_back(std::make_unique<LoadStudent>(i % every == 0,
                                                   static_cast<double>(i) / static_cast<double>(count),
                                                   i + weak < count ? 0 : kThinLine));
      watch(*all_.back());
    }
  }
  ~Students() { close(epoll_); }

  std::vector<std::unique_ptr<LoadStudent>>& all() { return all_; }

  // Another in the same place; the one who was there says goodbye or just vanishes.
  void replace(size_t at, bool politely) {
    if (politely) all_[at]->leave();
    all_[at] =
        std::make_unique<LoadStudent>(false, static_cast<double>(at) / static_cast<double>(all_.size()));
    watch(*all_[at]);
  }

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
  void watch(LoadStudent& student) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &student;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, student.descriptor(), &event);
  }

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

using Group = std::span<const std::unique_ptr<LoadStudent>>;

Latency latency_of(Group group) {
  std::vector<uint32_t> all;
  for (const auto& student : group)
    all.insert(all.end(), student->latencies().begin(), student->latencies().end());
  return {percentile(all, 0.5), percentile(all, 0.95), percentile(all, 0.99), percentile(all, 1)};
}

uint64_t lost_by(Group group) {
  uint64_t sum = 0;
  for (const auto& student : group)
    sum += student->lost();
  return sum;
}

// Seconds until all of the group have media.
template <typename LetIn>
double join(Students& students, Group group, LetIn let_in) {
  const auto joining = steady_clock::now();
  for (const auto& student : group) {
    let_in(*student);
    students.run_for(500us);  // the others are read meanwhile
  }
  const auto all_have_media = [&] {
    return std::ranges::all_of(group, [](const auto& student) { return student->has_media(); });
  };
  if (!students.run_until(all_have_media, 60s))
    std::fprintf(stderr, "%td students have no media\n",
                 std::ranges::count_if(group, [](const auto& s) { return !s->has_media(); }));
  return std::chrono::duration<double>(steady_clock::now() - joining).count();
}

Row measure(Students& students, Group listeners, Target& target, int seconds) {
  Row row;
  row.name = target.name();
  std::this_thread::sleep_for(500ms);  // the process settles before its memory is read
  const size_t memory = target.process().memory_bytes();
  row.join_seconds = join(students, listeners, [&](LoadStudent& student) { target.let_in(student); });
  students.run_for(3s);
  row.memory_per_student =
      (static_cast<double>(target.process().memory_bytes()) - static_cast<double>(memory)) / 1024 /
      static_cast<double>(listeners.size());

  for (const auto& student : listeners)
    student->forget_counts();
  const double cpu = target.process().cpu_seconds(), tool = own_cpu_seconds();
  const uint64_t drops = receive_buffer_errors();
  const auto start = steady_clock::now();
  students.run_for(std::chrono::seconds(seconds));
  row.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  row.cpu = target.process().cpu_seconds() - cpu;
  row.tool_cpu = own_cpu_seconds() - tool;
  row.tool_drops = receive_buffer_errors() - drops;
  for (const auto& student : listeners) {
    row.packets += static_cast<double>(student->packets());
    row.unopened += student->unopened();
  }
  row.lost = static_cast<double>(lost_by(listeners));
  row.latency = latency_of(listeners);
  return row;
}

// Students leave and others come in their place, a tenth at a time, with a goodbye or without: what stays?
void churn(Students& students, size_t count, Target& target, int seconds) {
  const auto memory = [&] { return static_cast<double>(target.process().memory_bytes()) / 1024; };
  const double before = memory();
  const auto end = steady_clock::now() + std::chrono::seconds(seconds);
  size_t came = 0, next = 0;
  std::printf("  coming and going for %d s, from %.0f KiB\n", seconds, before);
  for (int round = 1; steady_clock::now() < end; ++round) {
    const size_t some = std::max<size_t>(1, count / 10);
    for (size_t i = 0; i < some; ++i, next = (next + 1) % count) {
      students.replace(next, i % 2 == 0);
      target.let_in(*students.all()[next]);
      students.run_for(1ms);
      ++came;
    }
    students.run_for(2s);
    if (round % 10 == 0)
      std::printf("  after %zu joins: %.0f KiB, %+.0f since the beginning\n", came, memory(),
                  memory() - before);
    std::fflush(stdout);
  }
  students.run_for(35s);  // consent of those who left without a word runs out (RFC 7675: 30 s)
  std::printf("  at the end, after %zu joins: %.0f KiB, %+.1f KiB a student of %zu\n", came, memory(),
              (memory() - before) / static_cast<double>(count), count);
}

// 300 join at once: what do the others hear of it?
void storm(Students& students, Group listeners, Group newcomers, Target& target, const Row& before) {
  for (const auto& student : listeners)
    student->forget_counts();
  const double seconds = join(students, newcomers, [&](LoadStudent& student) { target.let_in(student); });
  const Latency during = latency_of(listeners);
  std::printf(
      "  %zu more joined in %.2f s; for those who were in: p50 %.1f ms, p95 %.1f, p99 %.1f, worst %.1f "
      "(before: %.1f, "
      "%.1f, %.1f, %.1f), %lu packets lost\n",
      newcomers.size(), seconds, during.p50, during.p95, during.p99, during.worst, before.latency.p50,
      before.latency.p95, before.latency.p99, before.latency.worst, lost_by(listeners));
}

// Some come on thin lines: the first of them makes the server make the small voice, the others share it.
void weak(Students& students, Group listeners, Group thin, Target& target, const Row& before, int seconds) {
  const auto bits = [&](Group group) {
    uint64_t bytes = 0;
    for (const auto& student : group)
      bytes += student->bytes();
    return static_cast<double>(bytes) * 8 / seconds / static_cast<double>(group.size()) / 1000;
  };
  const auto cpu_with = [&](Group newcomers) {
    join(students, newcomers, [&](LoadStudent& student) { target.let_in(student); });
    students.run_for(15s);  // they settle on their rung
    for (const auto& student : students.all())
      student->forget_counts();
    const double cpu = target.process().cpu_seconds();
    students.run_for(std::chrono::seconds(seconds));
    return (target.process().cpu_seconds() - cpu) / seconds;
  };
  const double alone = before.cpu / before.seconds;
  const double strong = alone / static_cast<double>(listeners.size());
  const double with_one = cpu_with(thin.first(1));
  const double with_all = thin.size() > 1 ? cpu_with(thin.subspan(1)) : with_one;
  const Latency latency = latency_of(listeners);
  std::printf("  the first on %u kbit/s costs %.2f %% of the core, the small voice included\n",
              kThinLine / 1000, 100 * (with_one - alone));
  if (thin.size() > 1) {
    const double each = (with_all - with_one) / static_cast<double>(thin.size() - 1);
    std::printf(
        "  each of %zu more: %.3f %% (%.1f kbit/s); one on a good line: %.3f %% (%.0f kbit/s): %.2f of it\n",
        thin.size() - 1, 100 * each, bits(thin), 100 * strong, bits(listeners), each / strong);
  }
  std::printf("  the others meanwhile: p50 %.1f ms, p95 %.1f (before: %.1f, %.1f), %lu packets lost\n",
              latency.p50, latency.p95, before.latency.p50, before.latency.p95, lost_by(listeners));
}

void print(const Row& row) {
  std::printf("%-12s %8.0f %9.2f %11.0f %7.0f%% %8.3f%% %6.1f %6.1f %6.1f %9.1f %7.2f %7.0f%% %6lu\n",
              row.name.c_str(), row.packets / row.seconds, row.cost(), row.packets / row.cpu,
              100 * row.cpu / row.seconds, 100 * row.lost / std::max(1.0, row.lost + row.packets),
              row.latency.p50, row.latency.p95, row.latency.p99, row.memory_per_student, row.join_seconds,
              100 * row.tool_cpu / row.seconds, row.tool_drops);
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
    else if (name == "--voice-packet")
      options.scene.voice_packet_ms = std::stoi(value);
    else if (name == "--storm")
      options.storm = std::stoul(value);
    else if (name == "--weak")
      options.weak = std::stoul(value);
    else if (name == "--join")
      options.join = value;
    else if (name == "--lesson")
      options.lesson = value;
    else if (name == "--token")
      options.token = value;
    else if (name == "--churn")
      options.churn = std::stoi(value);
    else if (name == "--only")
      options.only = value;
    else
      throw std::runtime_error("unknown option " + name);
  }
  return options;
}

// A crowd in somebody else's lesson.
int join_lesson(const Options& options) {
  const BenchLesson lesson{options.lesson, "", options.token};
  Students students(options.scene.students);
  join(students, students.all(), [&](LoadStudent& student) {
    student.take_answer(post_sdp(options.join, lesson, "/whep", lesson.guest_token, student.offer()));
  });
  if (!std::ranges::all_of(students.all(), [](const auto& student) { return student->has_media(); }))
    throw std::runtime_error("not all have media");
  std::printf("%zu made students have joined\n", students.all().size());
  std::fflush(stdout);
  students.run_for(std::chrono::seconds(options.seconds));
  return 0;
}

int run(const Options& options) {
  if (!options.join.empty()) return join_lesson(options);
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
    Students students(options.scene.students + options.storm + options.weak, options.weak);
    const Group everybody(students.all());
    const Group listeners = everybody.first(options.scene.students);
    const auto target = make(students);
    rows.push_back(measure(students, listeners, *target, options.seconds));
    print(rows.back());
    if (options.storm > 0)
      storm(students, listeners, everybody.subspan(listeners.size(), options.storm), *target, rows.back());
    if (options.weak > 0)
      weak(students, listeners, everybody.last(options.weak), *target, rows.back(), options.seconds);
    if (options.churn > 0) churn(students, listeners.size(), *target, options.churn);
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
