#include "server/auth/tokens.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "server/auth/token_store.hpp"
#include "server/store/database.hpp"
#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

namespace thranio::auth {
namespace {

int64_t now_ms() {
  return store::to_millis(std::chrono::system_clock::now());
}

auto issuing(NewToken token) {
  return [token = std::move(token)](soci::session& sql) -> Result<IssuedToken> {
    IssuedToken issued{store::new_id("t"), random_text()};
    insert_token(sql, issued.id, sha256(issued.text), token, now_ms());
    return issued;
  };
}

}  // namespace

std::string random_text() {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint8_t bytes[43];  // 43 letters of 6 bits: 258 bits
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("the system gives no random bytes");
  std::string text = "thr_";
  for (const uint8_t byte : bytes)
    text += kAlphabet[byte & 63];
  return text;
}

std::string sha256(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 fails");
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

boost::asio::awaitable<Result<IssuedToken>> Tokens::issue(NewToken token) {
  auto task = issuing(std::move(token));  // named: see tests/unit/coroutines.test.cpp
  co_return co_await database_.write(std::move(task));
}

Result<IssuedToken> Tokens::issue_now(NewToken token) {
  return database_.write_now(issuing(std::move(token)));
}

boost::asio::awaitable<Result<Principal>> Tokens::authenticate(std::string bearer) {
  if (bearer.empty())
    co_return fail(ErrorKind::kUnauthenticated, "token-missing", "This needs a bearer token.");
  const std::string hash = sha256(bearer);
  if (auto principal = recall(hash)) co_return std::move(*principal);
  store::Sight sight{.but_inserts = true};  // no token and no person that is added changes another
  auto task = [hash](soci::session& sql) -> Result<Principal> {
    auto principal = principal_by_hash(sql, hash, now_ms());
    if (!principal)
      return fail(ErrorKind::kUnauthenticated, "token-invalid",
                  "This token is unknown, has expired or was revoked.");
    return std::move(*principal);
  };
  auto principal = co_await database_.read(std::move(task), &sight);
  if (principal) {
    const std::lock_guard lock(mutex_);
    if (remembered_.size() >= kMostRemembered) remembered_.clear();
    remembered_.insert_or_assign(hash, Remembered{*principal, sight});
  }
  co_return principal;
}

std::optional<Principal> Tokens::recall(const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto at = remembered_.find(hash);
  if (at == remembered_.end()) return std::nullopt;
  const auto& expires = at->second.principal.expires_at_ms;
  if (database_.fresh(at->second.sight) && (!expires || *expires > now_ms())) return at->second.principal;
  remembered_.erase(at);
  return std::nullopt;
}

boost::asio::awaitable<Result<bool>> Tokens::revoke(std::string id) {
  auto task = [id](soci::session& sql) -> Result<bool> {
    if (!delete_token(sql, id)) return fail(ErrorKind::kNotFound, "not-found", "There is no such token.");
    return true;
  };
  co_return co_await database_.write(std::move(task));
}

}  // namespace thranio::auth
