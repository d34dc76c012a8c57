// One made student (or the teacher) on the class's WebSocket, with compression as browsers have it. What it
// hears is handed on unread. Way: the server → [Member] → a bench's Hear. Thread: the tool's only one.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <nlohmann/json.hpp>

#include "tests/bench/support/bench_school.hpp"

namespace thranio::bench {

// What all members have in common.
struct Room {
  // The member's number, as enter_all gives them; the teacher's is kTeacher.
  static constexpr size_t kTeacher = static_cast<size_t>(-1);
  using Hear = std::function<void(size_t member, std::string_view text)>;

  Room(const std::string& origin, const std::string& lesson);

  boost::asio::io_context io;
  std::string host, path;
  boost::asio::ip::tcp::endpoint server;
  size_t welcome = 0, lost = 0, bytes = 0;
  Hear hear = [](size_t, std::string_view) {};
};

class Member : public std::enable_shared_from_this<Member> {
 public:
  Member(Room& room, size_t number, const nlohmann::json& hello)
      : room_(room), number_(number), socket_(room.io), hello_(hello.dump()) {}

  void enter();
  void say(const nlohmann::json& message);

 private:
  void upgrade();
  void read();
  void write();

  Room& room_;
  const size_t number_;
  boost::beast::websocket::stream<boost::beast::tcp_stream> socket_;
  const std::string hello_;
  std::deque<std::string> outgoing_;  // as many as a bench says before they are sent
  boost::beast::flat_buffer buffer_;
};

// Runs until `done`; throws when it takes longer than anybody would wait.
void run_until(Room& room, const std::function<bool()>& done, const char* what,
               std::chrono::seconds patience = std::chrono::seconds(60));

std::shared_ptr<Member> enter_teacher(Room& room, const BenchLesson& lesson);
// Sixty-four at a time; whoever is not let in is counted as lost.
std::vector<std::shared_ptr<Member>> enter_all(Room& room, const BenchLesson& lesson, size_t students);

double percentile(std::vector<double> values, double part);

}  // namespace thranio::bench
