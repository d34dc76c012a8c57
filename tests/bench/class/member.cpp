#include "tests/bench/class/member.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace thranio::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
using nlohmann::json;
using std::chrono::steady_clock;

Room::Room(const std::string& origin, const std::string& lesson)
    : host(origin.substr(origin.find("//") + 2)),
      path("/api/v1/lessons/" + lesson + "/live"),
      server(asio::ip::make_address("127.0.0.1"),
             static_cast<uint16_t>(std::stoi(host.substr(host.rfind(':') + 1)))) {}

void Member::enter() {
  beast::get_lowest_layer(socket_).async_connect(room_.server,
                                                 [self = shared_from_this()](beast::error_code e) {
                                                   if (e) return void(++self->room_.lost);
                                                   self->upgrade();
                                                 });
}

void Member::say(const json& message) {
  outgoing_.push_back(message.dump());
  if (outgoing_.size() == 1) write();
}

void Member::write() {
  socket_.async_write(asio::buffer(outgoing_.front()),
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        self->outgoing_.pop_front();
                        if (!error && !self->outgoing_.empty()) self->write();
                      });
}

void Member::upgrade() {
  beast::websocket::permessage_deflate deflate;
  deflate.client_enable = true;  // as browsers do
  deflate.client_max_window_bits = 10;
  deflate.memLevel = 2;
  socket_.set_option(deflate);
  socket_.set_option(beast::websocket::stream_base::decorator(
      [](beast::websocket::request_type& request) { request.set("Sec-WebSocket-Protocol", "thranio.v1"); }));
  socket_.async_handshake(room_.host, room_.path, [self = shared_from_this()](beast::error_code e) {
    if (e) return void(++self->room_.lost);
    self->socket_.async_write(asio::buffer(self->hello_), [self](beast::error_code error, size_t) {
      if (error) return void(++self->room_.lost);
      self->read();
    });
  });
}

void Member::read() {
  socket_.async_read(buffer_, [self = shared_from_this()](beast::error_code e, size_t size) {
    if (e) return void(++self->room_.lost);
    const std::string_view text{static_cast<const char*>(self->buffer_.data().data()), size};
    self->room_.bytes += size;
    if (text.find(R"("kind":"welcome")") != text.npos) ++self->room_.welcome;
    self->room_.hear(self->number_, text);
    self->buffer_.consume(size);
    self->read();
  });
}

void run_until(Room& room, const std::function<bool()>& done, const char* what,
               std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  while (!done()) {
    if (steady_clock::now() > end) throw std::runtime_error(std::string("gave up: ") + what);
    room.io.run_one_for(std::chrono::seconds(1));
    room.io.restart();
  }
}

std::shared_ptr<Member> enter_teacher(Room& room, const BenchLesson& lesson) {
  const auto teacher = std::make_shared<Member>(room, Room::kTeacher,
                                                json{{"kind", "hello"}, {"token", lesson.teacher_token}});
  teacher->enter();
  run_until(
      room, [&] { return room.welcome == 1; }, "the teacher is not welcome");
  return teacher;
}

std::vector<std::shared_ptr<Member>> enter_all(Room& room, const BenchLesson& lesson, size_t students) {
  std::vector<std::shared_ptr<Member>> all;
  for (size_t i = 0; i < students; ++i) {
    const std::string number = std::to_string(i);
    all.push_back(std::make_shared<Member>(room, i,
                                           json{{"kind", "hello"},
                                                {"token", lesson.guest_token},
                                                {"name", "Student " + number},
                                                {"guest_key", "key-of-student-" + number}}));
    all.back()->enter();
    run_until(
        room, [&] { return room.welcome + room.lost + 64 > i; }, "a student is not welcome");
  }
  run_until(
      room, [&] { return room.welcome + room.lost == students + 1; }, "students are not welcome");
  return all;
}

double percentile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[static_cast<size_t>(part * static_cast<double>(values.size() - 1))];
}

}  // namespace thranio::bench
