// The school's database: SOCI sessions on SQLite (WAL, synchronous=FULL, foreign keys on). One writer at a
// time, a few readers; each task runs on a thread of theirs, a writer's task in a transaction that its throw
// or its Error rolls back. Way: domain's awaitable → [Database::write, read] → *_store functions. Owned by
// main. Bound: kMaxWaiting tasks wait, further ones are refused (unavailable). Thread: any; the tasks: db.
// What is wrong with the machine (disk full, disk gone) is an Error, store-unavailable; other faults are
// thrown to the awaiting coroutine; nothing half-written stays. A second process (`thranio token create`) may
// write meanwhile: each waits for the other.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/error.hpp"

namespace soci {
class session;
}

namespace thranio::store {

class Database {
 public:
  static constexpr size_t kMaxWaiting = 4096;

  // Opens (makes) DIR/thranio.db and brings it to the newest schema. Throws std::runtime_error naming the
  // file.
  explicit Database(const std::string& directory);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Task: Result<T>(soci::session&).
  template <typename Task>
  auto write(Task task) -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    return run(writer_, Access::kWrite, std::move(task));
  }
  template <typename Task>
  auto read(Task task) -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    return run(readers_, Access::kRead, std::move(task));
  }
  // The same on the caller's thread: for command lines and start-up.
  template <typename Task>
  auto write_now(Task task) -> std::invoke_result_t<Task, soci::session&> {
    return in_session(Access::kWrite, std::move(task));
  }

 private:
  enum class Access : uint8_t { kRead, kWrite };

  // Runs `body` with a session; for writes inside a transaction, committed if body returns true. The Error,
  // if the machine and not the task was at fault.
  std::optional<Error> with_session(Access access, const std::function<bool(soci::session&)>& body);
  void run_in_session(Access access, const std::function<bool(soci::session&)>& body);

  template <typename Task>
  auto in_session(Access access, Task task) -> std::invoke_result_t<Task, soci::session&> {
    std::optional<std::invoke_result_t<Task, soci::session&>> result;
    const auto fault = with_session(access, [&](soci::session& session) {
      result.emplace(task(session));
      return result->has_value();
    });
    if (fault) return std::unexpected(*fault);
    return std::move(*result);
  }

  template <typename Task>
  auto run(boost::asio::thread_pool& pool, Access access, Task task)
      -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    if (waiting_.fetch_add(1) >= kMaxWaiting) {
      waiting_.fetch_sub(1);
      co_return fail(ErrorKind::kUnavailable, "database-busy",
                     "The database has more work than it can queue.");
    }
    const std::shared_ptr<void> counted(nullptr, [this](void*) { waiting_.fetch_sub(1); });
    auto there = hop(access, std::move(task));
    co_return co_await boost::asio::co_spawn(pool, std::move(there), boost::asio::use_awaitable);
  }

  template <typename Task>
  auto hop(Access access, Task task) -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    co_return in_session(access, std::move(task));
  }

  struct Sessions;
  std::unique_ptr<Sessions> sessions_;
  std::atomic<size_t> waiting_{0};
  boost::asio::thread_pool writer_{1};
  boost::asio::thread_pool readers_{2};
};

}  // namespace thranio::store
