// A large class on its WebSockets: how soon everybody has what one of them says, and what it costs.
//   tests/bench/run class [--students N] [--lines N] [--busy N] [--rate N] [--seconds N] [--within MS]
// The server is alone on core 0, this tool on core 1. Each line is an event of the lesson (the teacher mutes
// or unmutes), as long as a line of chat; the next is said when everybody has the last one. Times are taken
// when this tool reads, so its own work is in them. Proves: 5,000 students in one class hear a line within
// 250 ms on one core. Then a busy class (busy.hpp): --busy students who write --rate lines a second, raise
// their hands and vote. 0 students leave a part out.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "tests/bench/class/busy.hpp"
#include "tests/bench/class/member.hpp"
#include "tests/bench/support/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::bench {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

struct Options {
  size_t students = 5000;
  int lines = 50;
  BusyOptions busy;
  std::string binary = "build/thranio";
};

int run(const Options& options) {
  const test::TempFolder folder;
  const auto token =
      output_of({options.binary, "token", "create", "--data", folder.path(), "--role", "admin"});
  Process server(
      {options.binary, "serve", "--data", folder.path(), "--listen", "127.0.0.1:0", "--workers", "1"}, 0);
  const json listening = json::parse(server.read_line());
  BenchSchool school(listening["url"], token);
  const BenchLesson lesson = school.open_lesson();

  Room room(school.origin(), lesson.id);
  const auto teacher = enter_teacher(room, lesson);

  const double memory = static_cast<double>(server.memory_bytes());
  const double cpu = server.cpu_seconds();
  const auto start = steady_clock::now();
  const auto students = enter_all(room, lesson, options.students);
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  std::printf("one class of %zu on WebSockets; server on core 0, this tool on core 1\n", options.students);
  std::printf(
      "  joined in %.1f s (%.0f a second), %.2f ms of server CPU each, %.1f KiB each; %zu lost; %.0f bytes "
      "heard each\n",
      seconds, static_cast<double>(options.students) / seconds,
      (server.cpu_seconds() - cpu) * 1000 / static_cast<double>(options.students),
      (static_cast<double>(server.memory_bytes()) - memory) / 1024 / static_cast<double>(options.students),
      room.lost, static_cast<double>(room.bytes) / static_cast<double>(options.students));

  std::vector<double> all, last, arrivals;  // ms since the line was said
  steady_clock::time_point said{};
  room.hear = [&](size_t, std::string_view text) {
    if (text.find(R"("kind":"changed")") == text.npos) return;
    arrivals.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - said).count());
  };
  const double before = server.cpu_seconds(), own = own_cpu_seconds();
  const auto talking = steady_clock::now();
  for (int line = 0; line < options.lines; ++line) {
    arrivals.clear();
    said = steady_clock::now();
    teacher->say({{"kind", "media"}, {"microphone", line % 2 ? "on" : "muted"}, {"camera", "none"}});
    run_until(
        room, [&] { return arrivals.size() + room.lost == options.students + 1; },
        "a line did not reach all");
    all.insert(all.end(), arrivals.begin(), arrivals.end());
    last.push_back(arrivals.back());
  }
  const double spent = server.cpu_seconds() - before;
  const double time = std::chrono::duration<double>(steady_clock::now() - talking).count();
  std::printf(
      "  %d lines: p50 %.0f ms, p95 %.0f, p99 %.0f; the last of all has it after %.0f ms (worst %.0f)\n",
      options.lines, percentile(all, 0.5), percentile(all, 0.95), percentile(all, 0.99),
      percentile(last, 0.5), percentile(last, 1));
  std::printf(
      "  %.1f us of server CPU for each that hears it; server %.0f%% of its core, tool %.0f%% of its\n",
      spent * 1e6 / (static_cast<double>(options.students) * options.lines), 100 * spent / time,
      100 * (own_cpu_seconds() - own) / time);
  return room.lost == 0 ? 0 : 1;
}

Options parse(int argc, char** argv) {
  Options options;
  if (const char* binary = std::getenv("THRANIO_BINARY")) options.binary = binary;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--students")
      options.students = std::stoul(argv[i + 1]);
    else if (name == "--lines")
      options.lines = std::stoi(argv[i + 1]);
    else if (name == "--busy")
      options.busy.students = std::stoul(argv[i + 1]);
    else if (name == "--rate")
      options.busy.lines_per_second = std::stoi(argv[i + 1]);
    else if (name == "--seconds")
      options.busy.seconds = std::stoi(argv[i + 1]);
    else if (name == "--within")
      options.busy.within_ms = std::stoi(argv[i + 1]);
    else
      throw std::runtime_error("unknown option " + name);
  }
  options.busy.binary = options.binary;
  return options;
}

}  // namespace
}  // namespace thranio::bench

int main(int argc, char** argv) {
  try {
    using namespace thranio::bench;
    const auto options = parse(argc, argv);
    pin_to(1);
    const int quiet = options.students == 0 ? 0 : run(options);
    return options.busy.students == 0 ? quiet : quiet | run_busy(options.busy);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    return 1;
  }
}
