// The school's database: SOCI sessions on SQLite (WAL, synchronous=FULL, foreign keys on). One writer at a
// time, a few readers; each task runs on a thread of theirs, a writer's task in a transaction that its throw
// or its Error rolls back. Way: domain's awaitable → [Database::write, read] → *_store functions. Owned by
// main. Bound: kMaxWaiting tasks wait, further ones are refused (unavailable). Thread: any; the tasks: db.
// What is wrong with the machine (disk full, disk gone) is an Error, store-unavailable; other faults are
// thrown to the awaiting coroutine; nothing half-written stays. A second process (`thranio token create`) may
// write meanwhile: each waits for the other. What such a process writes does not age what a Sight saw: it
// only adds tokens.
#pragma once

#include <array>
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
#include "server/store/statements.hpp"

namespace soci {
class session;
}

namespace thranio::store {

// What a reader saw: which tables, and how often they had been written by then. Whoever keeps an answer keeps
// its sight beside it, and asks fresh() before giving it again.
struct Sight {
  Tables tables = 0;
  uint64_t written = 0;
  bool but_inserts = false;  // rows that come along later change nothing of the answer
};

// Pages that the writer keeps in memory; a lesson's lines would fill any more of it with what nobody reads.
constexpr int kWriterCacheKiB = 8 * 1024;

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
  // Fills `sight`, which outlives the task.
  template <typename Task>
  auto read(Task task, Sight* sight = nullptr)
      -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    return run(readers_, Access::kRead, std::move(task), sight);
  }
  // Nothing that it saw has been written since. Thread: any.
  bool fresh(const Sight& sight) const;
  // The same on the caller's thread: for command lines and start-up.
  template <typename Task>
  auto write_now(Task task) -> std::invoke_result_t<Task, soci::session&> {
    return in_session(Access::kWrite, std::move(task));
  }

 private:
  enum class Access : uint8_t { kRead, kWrite };

  // Runs `body` with a session; for writes inside a transaction, committed if body returns true. The Error,
  // if the machine and not the task was at fault.
  std::optional<Error> with_session(Access access, const std::function<bool(soci::session&)>& body,
                                    Sight* sight);
  void run_in_session(Access access, const std::function<bool(soci::session&)>& body, Sight* sight);
  uint64_t times_written(Tables tables, bool but_inserts) const;

  template <typename Task>
  auto in_session(Access access, Task task, Sight* sight = nullptr)
      -> std::invoke_result_t<Task, soci::session&> {
    std::optional<std::invoke_result_t<Task, soci::session&>> result;
    const auto fault = with_session(
        access,
        [&](soci::session& session) {
          result.emplace(task(session));
          return result->has_value();
        },
        sight);
    if (fault) return std::unexpected(*fault);
    return std::move(*result);
  }

  template <typename Task>
  auto run(boost::asio::thread_pool& pool, Access access, Task task, Sight* sight = nullptr)
      -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    if (waiting_.fetch_add(1) >= kMaxWaiting) {
      waiting_.fetch_sub(1);
      co_return fail(ErrorKind::kUnavailable, "database-busy",
                     "The database has more work than it can queue.");
    }
    const std::shared_ptr<void> counted(nullptr, [this](void*) { waiting_.fetch_sub(1); });
    auto there = hop(access, std::move(task), sight);
    co_return co_await boost::asio::co_spawn(pool, std::move(there), boost::asio::use_awaitable);
  }

  template <typename Task>
  auto hop(Access access, Task task, Sight* sight)
      -> boost::asio::awaitable<std::invoke_result_t<Task, soci::session&>> {
    co_return in_session(access, std::move(task), sight);
  }

  struct Sessions;
  class Lease;
  std::unique_ptr<Sessions> sessions_;
  std::atomic<size_t> waiting_{0};
  // How often each table was written, by its bit: rows added, rows changed or deleted.
  std::array<std::atomic<uint64_t>, 64> added_{}, changed_{};
  boost::asio::thread_pool writer_{1};
  boost::asio::thread_pool readers_{2};
};

}  // namespace thranio::store
