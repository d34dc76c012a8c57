// What a school keeps no longer than it says (keep_lessons_days, keep_audit_days): looked for once an hour
// and at the start, and removed for good. Way: [Retention] → timetable_store, audit_store. Owned by main.
// Thread: io.
#pragma once

#include <functional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pipelines/base/error.hpp"

namespace thranio::store {
class Database;
}
namespace soci {
class session;
}

namespace thranio::lesson {

struct Purged {
  int64_t lessons = 0, audit_entries = 0;
};

// Of every school, in one transaction. Thread: db.
Purged purge_what_is_old(soci::session& sql, int64_t now_ms);

class Retention {
 public:
  static constexpr auto kTick = std::chrono::hours(1);

  // purged: lessons went, and what they alone used may go with them.
  Retention(boost::asio::any_io_executor executor, store::Database& database, std::function<void()> purged)
      : timer_(std::move(executor)), database_(database), purged_(std::move(purged)) {}
  void start();

 private:
  boost::asio::awaitable<void> run();

  // io only.
  boost::asio::steady_timer timer_;
  store::Database& database_;
  const std::function<void()> purged_;
};

}  // namespace thranio::lesson
