#include "tests/bench/class/busy.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "tests/bench/class/member.hpp"
#include "tests/bench/support/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::bench {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;

constexpr uint32_t kHandRef = 1, kAnswerRef = 2;

double ms_since(steady_clock::time_point then) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - then).count();
}

// What the class hears, by what it is an answer to. Texts of lines carry their number between two #.
class Figures {
 public:
  explicit Figures(size_t students) : hand_said(students), answer_said(students) {}

  void hear(size_t member, std::string_view text) {
    for (size_t at = text.find('#'); at != text.npos; at = text.find('#', at + 1)) {
      size_t line = 0;
      const auto* const from = text.data() + at + 1;
      const auto [end, error] = std::from_chars(from, text.data() + text.size(), line);
      if (error != std::errc{} || end == from || *end != '#' || line >= line_said.size()) continue;
      at = static_cast<size_t>(end - text.data());
      lines.push_back(ms_since(line_said[line]));
    }
    if (text.find(R"("kind":"poll")") != text.npos) asked.push_back(ms_since(poll_said));
    if (text.find(R"("kind":"error")") != text.npos) ++refused;
    if (member == Room::kTeacher) return hear_teacher(text);
    if (text.find(R"("kind":"accepted")") == text.npos) return;
    if (text.find(R"("ref":1,)") != text.npos) hands.push_back(ms_since(hand_said[member]));
    if (text.find(R"("ref":2,)") != text.npos) answers.push_back(ms_since(answer_said[member]));
  }

  std::vector<steady_clock::time_point> line_said, hand_said, answer_said;
  steady_clock::time_point poll_said;
  std::vector<double> lines, hands, answers, asked;  // ms
  size_t hands_told = 0, tallied = 0, refused = 0;
  int64_t poll = 0;

 private:
  void hear_teacher(std::string_view text) {
    for (size_t at = text.find(R"("raised":true)"); at != text.npos;
         at = text.find(R"("raised":true)", at + 1))
      ++hands_told;
    const bool tally = text.find(R"("kind":"tally")") != text.npos;
    if (!tally && (poll != 0 || text.find(R"("kind":"poll")") == text.npos)) return;
    const json message = json::parse(text);
    if (tally) tallied = message["tally"]["answered"];
    for (const auto& event : message.contains("events") ? message["events"] : json::array({message}))
      if (event["kind"] == "poll") poll = event["poll"]["id"];
  }
};

void row(const char* what, const std::vector<double>& times) {
  std::printf("  %-34s %7zu  p50 %4.0f ms, p95 %4.0f, p99 %4.0f, worst %4.0f\n", what, times.size(),
              percentile(times, 0.5), percentile(times, 0.95), percentile(times, 0.99), percentile(times, 1));
}

}  // namespace

int run_busy(const BusyOptions& options) {
  const test::TempFolder folder;
  const auto token =
      output_of({options.binary, "token", "create", "--data", folder.path(), "--role", "admin"});
  Process server(
      {options.binary, "serve", "--data", folder.path(), "--listen", "127.0.0.1:0", "--workers", "1"}, 0);
  BenchSchool school(json::parse(server.read_line())["url"], token);
  const BenchLesson lesson = school.open_lesson();
  Room room(school.origin(), lesson.id);
  const auto teacher = enter_teacher(room, lesson);
  const auto students = enter_all(room, lesson, options.students);
  const size_t inside = students.size() + 1;
  Figures figures(students.size());
  room.hear = [&](size_t member, std::string_view text) { figures.hear(member, text); };

  const auto total = static_cast<size_t>(options.lines_per_second * options.seconds);
  const auto memory = [&] { return static_cast<double>(server.memory_bytes()) / 1024 / 1024; };
  const double before = memory(), cpu = server.cpu_seconds(), own = own_cpu_seconds();
  const auto start = steady_clock::now();
  room.bytes = 0;
  // One clock for all that is said: lines evenly, hands and answers spread over `within_ms`.
  size_t hands = 0, answers = 0;
  const auto due = [&](steady_clock::time_point from, size_t of) {
    const double part = ms_since(from) / options.within_ms;
    return part < 0 ? size_t{0} : std::min(of, static_cast<size_t>(part * static_cast<double>(of)) + 1);
  };
  const auto third = std::chrono::seconds(options.seconds) / 3;
  double middle = 0;
  bool opened = false;
  boost::asio::steady_timer tick(room.io);
  std::function<void()> speak = [&] {
    const double elapsed = ms_since(start) / 1000;
    while (figures.line_said.size() < total &&
           static_cast<double>(figures.line_said.size()) <= elapsed * options.lines_per_second) {
      const size_t line = figures.line_said.size();
      figures.line_said.push_back(steady_clock::now());
      students[line * 7 % students.size()]->say(
          {{"kind", "chat"},
           {"text", "#" + std::to_string(line) + "# is it the wave that moves, or what it moves in?"}});
    }
    for (; hands < due(start + third, students.size()); ++hands) {
      figures.hand_said[hands] = steady_clock::now();
      students[hands]->say({{"kind", "hand"}, {"raised", true}, {"ref", kHandRef}});
    }
    if (!opened && steady_clock::now() >= start + 2 * third) {
      opened = true;
      middle = memory();
      figures.poll_said = steady_clock::now();
      teacher->say({{"kind", "poll_open"}, {"question", "Ready?"}, {"choice", "yes_no"}});
    }
    for (; figures.poll != 0 && answers < due(figures.poll_said, students.size()); ++answers) {
      figures.answer_said[answers] = steady_clock::now();
      students[answers]->say(
          {{"kind", "poll_answer"}, {"poll", figures.poll}, {"choices", {answers % 2}}, {"ref", kAnswerRef}});
    }
    if (figures.line_said.size() == total) return;
    tick.expires_after(std::chrono::milliseconds(2));
    tick.async_wait([&](const auto&) { speak(); });
  };
  speak();
  run_until(
      room,
      [&] {
        return figures.lines.size() + room.lost * total >= total * inside &&
               figures.answers.size() == answers && figures.tallied == answers && answers == students.size();
      },
      "not everybody heard everything", std::chrono::seconds(options.seconds + 60));
  const double seconds = ms_since(start) / 1000;
  std::printf(
      "a busy class of %zu: %d lines a second for %d s, all raise a hand and all vote within %.1f s\n",
      students.size(), options.lines_per_second, options.seconds, options.within_ms / 1000.0);
  row("a line, heard by each", figures.lines);
  row("a hand, on disk and answered", figures.hands);
  row("the question, heard by each", figures.asked);
  row("an answer, on disk and answered", figures.answers);
  std::printf(
      "  the teacher heard of %zu hands and %zu answers; %zu refused, %zu lost; %.0f kbit/s to each\n",
      figures.hands_told, figures.tallied, figures.refused, room.lost,
      static_cast<double>(room.bytes) * 8 / 1000 / seconds / static_cast<double>(inside));
  std::printf(
      "  server %.0f%% of its core, tool %.0f%% of its; memory %.1f MiB before, %.1f after two thirds, %.1f "
      "at "
      "the end\n",
      100 * (server.cpu_seconds() - cpu) / seconds, 100 * (own_cpu_seconds() - own) / seconds, before, middle,
      memory());
  return room.lost == 0 ? 0 : 1;
}

}  // namespace thranio::bench
