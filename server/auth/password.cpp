#include "server/auth/password.hpp"

#include <array>
#include <memory>
#include <set>
#include <stdexcept>

#include <argon2.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/rand.h>
#include <sys/resource.h>
#include <unistd.h>

namespace thranio::auth {
namespace {

constexpr uint32_t kPasses = 3;
constexpr uint32_t kMemoryKib = 64 * 1024;
constexpr uint32_t kLanes = 1;
constexpr size_t kSaltBytes = 16, kHashBytes = 32;
constexpr int kNiceness = 15;  // a class that signs in takes nothing from a voice

template <typename Work>
auto call(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work>> {
  thread_local bool polite = false;
  if (!std::exchange(polite, true)) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  co_return work();
}

}  // namespace

Result<void> check_password(const std::string& password, const std::string& login) {
  const auto weak = [](const char* sentence) {
    return fail(ErrorKind::kInvalid, "weak-password", sentence, "/password");
  };
  if (password.size() < kShortestPassword)
    return weak("A password has at least 10 letters; a sentence is a good one.");
  if (password.size() > kLongestPassword) return weak("A password has at most 200 letters.");
  if (std::set<char>(password.begin(), password.end()).size() < 4)
    return weak("A password has more than three different letters.");
  if (!login.empty() && password.find(login) != std::string::npos)
    return weak("A password does not hold the user's name.");
  return {};
}

std::string hash_password(const std::string& password) {
  std::array<uint8_t, kSaltBytes> salt;
  if (RAND_bytes(salt.data(), salt.size()) != 1) throw std::runtime_error("the system gives no random bytes");
  std::string hash(argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int result = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(),
                                           salt.data(), salt.size(), kHashBytes, hash.data(), hash.size());
  if (result != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(result));
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(const std::string& hash, const std::string& password) {
  return argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
}

template <typename Work>
auto PasswordWorker::work(Work task) -> boost::asio::awaitable<Result<std::invoke_result_t<Work>>> {
  if (waiting_.fetch_add(1) >= kMostWaiting) {
    waiting_.fetch_sub(1);
    co_return fail(ErrorKind::kUnavailable, "sign-in-busy",
                   "Too many sign in at this moment; try again in some seconds.");
  }
  const std::shared_ptr<void> counted(nullptr, [this](void*) { waiting_.fetch_sub(1); });
  auto there = call(std::move(task));
  co_return co_await boost::asio::co_spawn(thread_, std::move(there), boost::asio::use_awaitable);
}

boost::asio::awaitable<Result<std::string>> PasswordWorker::hash(std::string password) {
  auto task = [password = std::move(password)] { return hash_password(password); };
  co_return co_await work(std::move(task));
}

boost::asio::awaitable<Result<bool>> PasswordWorker::verify(std::optional<std::string> hash,
                                                            std::string password) {
  auto task = [hash = std::move(hash), password = std::move(password)] {
    if (hash) return verify_password(*hash, password);
    hash_password(password);
    return false;
  };
  co_return co_await work(std::move(task));
}

}  // namespace thranio::auth
