#include "tests/support/smtp_sink.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

namespace thranio::test {

namespace asio = boost::asio;
using asio::ip::tcp;

SmtpSink::SmtpSink(Mood mood)
    : mood_(mood), acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}), thread_([this] { serve(); }) {}

SmtpSink::~SmtpSink() {
  closing_ = true;
  boost::system::error_code ignored;
  tcp::socket last(io_);  // wakes the accept
  last.connect(acceptor_.local_endpoint(), ignored);
  last.close(ignored);
  thread_.join();
}

std::string SmtpSink::url() const {
  return "smtp://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

SmtpSink::Taken SmtpSink::wait() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return !letters_.empty(); });
  auto letter = std::move(letters_.front());
  letters_.pop_front();
  return letter;
}

void SmtpSink::serve() {
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (error) return;
    if (closing_) return;
    try {
      talk(std::move(socket));
    } catch (const boost::system::system_error&) {  // it hung up
    }
  }
}

void SmtpSink::talk(tcp::socket socket) {
  asio::streambuf buffer;
  const auto line = [&] {
    const size_t size = asio::read_until(socket, buffer, "\r\n");
    std::string text(asio::buffers_begin(buffer.data()),
                     asio::buffers_begin(buffer.data()) + static_cast<long>(size));
    buffer.consume(size);
    return text.substr(0, text.size() - 2);
  };
  const auto say = [&](const std::string& text) { asio::write(socket, asio::buffer(text + "\r\n")); };
  const auto inside = [](const std::string& text) {
    const size_t from = text.find('<') + 1;
    return text.substr(from, text.find('>') - from);
  };
  Taken letter;
  say("220 sink");
  for (;;) {
    const std::string command = line();
    if (command.starts_with("MAIL")) {
      letter = {inside(command), "", ""};
      say("250 ok");
    } else if (command.starts_with("RCPT")) {
      letter.to = inside(command);
      say(mood_ == Mood::kTakes ? "250 ok" : "550 no such box");
    } else if (command.starts_with("DATA")) {
      say("354 go on");
      for (std::string text = line(); text != "."; text = line())
        letter.text += text + "\n";
      {
        const std::lock_guard lock(mutex_);
        letters_.push_back(letter);
      }
      arrived_.notify_all();
      say("250 taken");
    } else if (command.starts_with("QUIT")) {
      say("221 bye");
      return;
    } else {
      say("250 sink");
    }
  }
}

}  // namespace thranio::test
