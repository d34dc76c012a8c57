// Bearer tokens: made, checked, revoked. Only their SHA-256 is stored: 256 random bits need no slow hash, and
// a stolen database opens no door. Who was let in is remembered, for as long as nothing is written that could
// change it. Way: api, signaling → [Tokens] → token_store. Owned by main. Thread: any (awaitables).
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <boost/asio/awaitable.hpp>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/error.hpp"
#include "server/auth/principal.hpp"
#include "server/store/database.hpp"

namespace thranio::auth {

enum class TokenKind : uint8_t { kApi, kSession };  // a session ends when its password changes

struct NewToken {
  Role role = Role::kGuest;
  std::optional<UserId> user;
  std::optional<LessonId> lesson;
  std::string name;
  std::optional<WallTime> expires_at;
  std::vector<std::string> scopes = {};
  TokenKind kind = TokenKind::kApi;
};

struct IssuedToken {
  std::string id;
  std::string text;  // shown once, never stored
};

// "thr_" and 258 random bits.
std::string random_text();
// In hexadecimal digits.
std::string sha256(const std::string& text);

class Tokens {
 public:
  explicit Tokens(store::Database& database) : database_(database) {}

  boost::asio::awaitable<Result<IssuedToken>> issue(NewToken token);
  // The same on the caller's thread: `thranio token create`.
  Result<IssuedToken> issue_now(NewToken token);
  // Errors: token-missing (empty), token-invalid (unknown, expired, revoked).
  boost::asio::awaitable<Result<Principal>> authenticate(std::string bearer);
  // Error: not-found.
  boost::asio::awaitable<Result<bool>> revoke(std::string id);

 private:
  static constexpr size_t kMostRemembered = 20'000;
  struct Remembered {
    Principal principal;
    store::Sight sight;
  };

  std::optional<Principal> recall(const std::string& hash);

  store::Database& database_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by hash; under mutex_
};

}  // namespace thranio::auth
