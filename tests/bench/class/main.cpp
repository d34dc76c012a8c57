// A large class on its WebSockets: how soon everybody has what one of them says, and what it costs.
//   tests/bench/run class [--students N] [--lines N]
// The server is alone on core 0, this tool on core 1. Each line is an event of the lesson (the teacher mutes
// or unmutes), as long as a line of chat; the next is said when everybody has the last one. Times are taken
// when this tool reads, so its own work is in them. Proves: 5,000 students in one class hear a line within
// 250 ms on one core.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>

#include "tests/bench/support/bench_school.hpp"
#include "tests/bench/support/process.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using nlohmann::json;
using std::chrono::steady_clock;

struct Options {
  size_t students = 5000;
  int lines = 50;
  std::string binary = "build/thranio";
};

// What all members have in common.
struct Room {
  asio::io_context io;
  asio::ip::tcp::endpoint server;
  std::string host, path;
  size_t welcome = 0, lost = 0, bytes = 0;
  std::vector<double> arrivals;  // ms since the line was said
  steady_clock::time_point said{};
};

class Member : public std::enable_shared_from_this<Member> {
 public:
  Member(Room& room, json hello) : room_(room), socket_(room.io), hello_(hello.dump()) {}

  void enter() {
    beast::get_lowest_layer(socket_).async_connect(room_.server,
                                                   [self = shared_from_this()](beast::error_code e) {
                                                     if (e) return self->fail();
                                                     self->upgrade();
                                                   });
  }
  void say(const json& message) {
    outgoing_ = message.dump();
    socket_.async_write(asio::buffer(outgoing_), [self = shared_from_this()](beast::error_code, size_t) {});
  }

 private:
  void upgrade() {
    beast::websocket::permessage_deflate deflate;
    deflate.client_enable = true;  // as browsers do
    deflate.client_max_window_bits = 10;
    deflate.memLevel = 2;
    socket_.set_option(deflate);
    socket_.set_option(beast::websocket::stream_base::decorator([](beast::websocket::request_type& request) {
      request.set("Sec-WebSocket-Protocol", "thranio.v1");
    }));
    socket_.async_handshake(room_.host, room_.path, [self = shared_from_this()](beast::error_code e) {
      if (e) return self->fail();
      self->socket_.async_write(asio::buffer(self->hello_), [self](beast::error_code error, size_t) {
        if (error) return self->fail();
        self->read();
      });
    });
  }
  void read() {
    socket_.async_read(buffer_, [self = shared_from_this()](beast::error_code e, size_t size) {
      if (e) return self->fail();
      self->take(size);
      self->read();
    });
  }
  void take(size_t size) {
    const std::string_view text{static_cast<const char*>(buffer_.data().data()), size};
    room_.bytes += size;
    if (text.find(R"("kind":"welcome")") != text.npos) ++room_.welcome;
    if (text.find(R"("kind":"changed")") != text.npos)
      room_.arrivals.push_back(
          std::chrono::duration<double, std::milli>(steady_clock::now() - room_.said).count());
    buffer_.consume(size);
  }
  void fail() { ++room_.lost; }

  Room& room_;
  beast::websocket::stream<beast::tcp_stream> socket_;
  const std::string hello_;
  std::string outgoing_;
  beast::flat_buffer buffer_;
};

template <typename Done>
void run_until(Room& room, Done done, const char* what) {
  const auto patience = steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (steady_clock::now() > patience) throw std::runtime_error(std::string("gave up: ") + what);
    room.io.run_one_for(std::chrono::seconds(1));
    room.io.restart();
  }
}

double percentile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
}

int run(const Options& options) {
  pin_to(1);
  const test::TempFolder folder;
  const auto token =
      output_of({options.binary, "token", "create", "--data", folder.path(), "--role", "admin"});
  Process server(
      {options.binary, "serve", "--data", folder.path(), "--listen", "127.0.0.1:0", "--workers", "1"}, 0);
  const json listening = json::parse(server.read_line());
  BenchSchool school(listening["url"], token);
  const BenchLesson lesson = school.open_lesson();

  Room room;
  room.host = school.origin().substr(school.origin().find("//") + 2);
  room.server = {asio::ip::make_address("127.0.0.1"),
                 static_cast<uint16_t>(std::stoi(room.host.substr(room.host.rfind(':') + 1)))};
  room.path = "/api/v1/lessons/" + lesson.id + "/live";
  const auto teacher =
      std::make_shared<Member>(room, json{{"kind", "hello"}, {"token", lesson.teacher_token}});
  teacher->enter();
  run_until(
      room, [&] { return room.welcome == 1; }, "the teacher is not welcome");

  const double memory = static_cast<double>(server.memory_bytes());
  const double cpu = server.cpu_seconds();
  const auto start = steady_clock::now();
  std::vector<std::shared_ptr<Member>> students;
  for (size_t i = 0; i < options.students; ++i) {
    const std::string number = std::to_string(i);
    students.push_back(std::make_shared<Member>(room, json{{"kind", "hello"},
                                                           {"token", lesson.guest_token},
                                                           {"name", "Student " + number},
                                                           {"guest_key", "key-of-student-" + number}}));
    students.back()->enter();
    run_until(
        room, [&] { return room.welcome + room.lost + 64 > i; }, "a student is not welcome");
  }
  run_until(
      room, [&] { return room.welcome + room.lost == options.students + 1; }, "students are not welcome");
  const double seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  std::printf("one class of %zu on WebSockets; server on core 0, this tool on core 1\n", options.students);
  std::printf(
      "  joined in %.1f s (%.0f a second), %.2f ms of server CPU each, %.1f KiB each; %zu lost; %.0f bytes "
      "heard each\n",
      seconds, static_cast<double>(options.students) / seconds,
      (server.cpu_seconds() - cpu) * 1000 / static_cast<double>(options.students),
      (static_cast<double>(server.memory_bytes()) - memory) / 1024 / static_cast<double>(options.students),
      room.lost, static_cast<double>(room.bytes) / static_cast<double>(options.students));

  std::vector<double> all, last;
  const double before = server.cpu_seconds(), own = own_cpu_seconds();
  const auto talking = steady_clock::now();
  for (int line = 0; line < options.lines; ++line) {
    room.arrivals.clear();
    room.said = steady_clock::now();
    teacher->say({{"kind", "media"}, {"microphone", line % 2 ? "on" : "muted"}, {"camera", "none"}});
    run_until(
        room, [&] { return room.arrivals.size() + room.lost == options.students + 1; },
        "a line did not reach all");
    all.insert(all.end(), room.arrivals.begin(), room.arrivals.end());
    last.push_back(room.arrivals.back());
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
    else
      throw std::runtime_error("unknown option " + name);
  }
  return options;
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
