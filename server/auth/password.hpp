// Passwords: argon2id by libargon2, with RFC 9106's second recommendation for memory-constrained machines (64
// MiB, three passes) on one lane. A hash takes about 0.1 s of one core: it is worked on a thread of its own,
// never on io or db. Thread: any.
#pragma once

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "pipelines/base/error.hpp"

namespace thranio::auth {

constexpr size_t kShortestPassword = 10;
constexpr size_t kLongestPassword = 200;

// Error: weak-password, saying why.
Result<void> check_password(const std::string& password, const std::string& login);

std::string hash_password(const std::string& password);
bool verify_password(const std::string& hash, const std::string& password);

// Does the slow work. Bound: kMostWaiting, further ones are refused (sign-in-busy).
class PasswordWorker {
 public:
  static constexpr int kMostWaiting = 32;
  boost::asio::awaitable<Result<std::string>> hash(std::string password);
  // Without a hash (nobody of that name) it takes as long, and is false.
  boost::asio::awaitable<Result<bool>> verify(std::optional<std::string> hash, std::string password);

 private:
  template <typename Work>
  auto work(Work task) -> boost::asio::awaitable<Result<std::invoke_result_t<Work>>>;

  boost::asio::thread_pool thread_{1};
  std::atomic<int> waiting_{0};
};

}  // namespace thranio::auth
