// An SMTP relay that keeps what it is given (RFC 5321, as far as one client needs): the text of each letter,
// head and body, and its envelope. One connection at a time. Owned by the test. Thread: its own; wait() from
// the test's.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace thranio::test {

class SmtpSink {
 public:
  struct Taken {
    std::string from, to, text;
  };
  enum class Mood : uint8_t { kTakes, kRefuses };  // refuses: every recipient, by 550

  explicit SmtpSink(Mood mood = Mood::kTakes);
  ~SmtpSink();
  std::string url() const;
  // The oldest letter that nobody has waited for yet.
  Taken wait();

 private:
  void serve();
  void talk(boost::asio::ip::tcp::socket socket);

  const Mood mood_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::atomic<bool> closing_{false};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Taken> letters_;
  std::thread thread_;
};

}  // namespace thranio::test
