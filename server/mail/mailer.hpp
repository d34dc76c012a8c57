// Hands a letter to the school's SMTP relay (RFC 5321, by libcurl): invitations and links to a new password.
// Plain text in UTF-8, one recipient. Way: accounts_api → [Mailer] → relay. Owned by main. Bound:
// kMostWaiting letters, kTimeout each. Thread: any; the relay is spoken to on a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "pipelines/base/error.hpp"

namespace thranio::mail {

struct Settings {
  std::string relay;  // "smtp://relay.example:587" (STARTTLS where it is offered), "smtps://..."; "": none
  std::string from;   // "school@example.org"
  std::string user, password;
};

struct Letter {
  std::string to, subject, text;
};

// As it goes out (RFC 5322, MIME), with CRLF. Pure.
std::string write_letter(const Letter& letter, const std::string& from,
                         std::chrono::system_clock::time_point now);
// One address and nothing else: no line end, no second recipient.
bool is_address(const std::string& text);

class Mailer {
 public:
  static constexpr int kMostWaiting = 64;
  static constexpr auto kTimeout = std::chrono::seconds(15);

  explicit Mailer(Settings settings) : settings_(std::move(settings)) {}
  ~Mailer();

  bool has_relay() const { return !settings_.relay.empty(); }
  // Once the relay has taken it. Errors: invalid-address, mail-unavailable.
  boost::asio::awaitable<Result<void>> send(Letter letter);

 private:
  Result<void> deliver(const Letter& letter) const;

  const Settings settings_;
  std::atomic<int> waiting_{0};
  boost::asio::thread_pool thread_{1};
};

}  // namespace thranio::mail
