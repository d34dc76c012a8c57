#include "server/lesson/retention.hpp"

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "server/auth/audit_store.hpp"
#include "server/roster/privacy_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/database.hpp"
#include "server/store/times.hpp"

namespace thranio::lesson {

namespace asio = boost::asio;

Purged purge_what_is_old(soci::session& sql, int64_t now_ms) {
  constexpr int64_t kDay = 24LL * 3600 * 1000;
  Purged purged;
  for (const auto& school : roster::schools_that_forget(sql)) {
    if (school.keep_lessons_days > 0)
      purged.lessons += schedule::purge_lessons(sql, school.id, now_ms - school.keep_lessons_days * kDay);
    if (school.keep_audit_days > 0)
      purged.audit_entries += auth::purge_audit(sql, school.id, now_ms - school.keep_audit_days * kDay);
  }
  return purged;
}

void Retention::start() {
  asio::co_spawn(timer_.get_executor(), run(), asio::detached);
}

asio::awaitable<void> Retention::run() {
  for (;;) {
    try {
      auto task = [](soci::session& sql) -> Result<Purged> {
        return purge_what_is_old(sql, store::to_millis(std::chrono::system_clock::now()));
      };
      const auto purged = co_await database_.write(std::move(task));
      if (purged && purged->lessons + purged->audit_entries > 0)
        log::info("removed what is kept no longer",
                  {{"lessons", purged->lessons}, {"audit_entries", purged->audit_entries}});
      if (purged && purged->lessons > 0) purged_();
    } catch (const std::exception& fault) {
      log::error("retention", {{"cause", fault.what()}});
    }
    timer_.expires_after(kTick);
    const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
  }
}

}  // namespace thranio::lesson
