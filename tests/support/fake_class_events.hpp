// A store of class events in memory, which fails or waits when a test says so. Thread: the test's.
#pragma once

#include <map>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/lesson/class_desk.hpp"
#include "server/lesson/class_event_store.hpp"

namespace thranio::test {

class FakeClassEvents final : public lesson::ClassEvents {
 public:
  boost::asio::awaitable<Result<void>> append(LessonId id, std::vector<lesson::ClassEventPtr> batch,
                                              bool replace) override {
    batches.push_back(batch.size());
    if (hold) co_await wait();
    if (full) co_return fail(ErrorKind::kUnavailable, "store-unavailable", "The server's disk is full.");
    auto& kept = rows[id.value()];
    if (replace) std::erase_if(kept, [&](const auto& row) { return row.seq >= batch.front()->seq; });
    for (const auto& event : batch)
      kept.push_back(lesson::row_of(*event));
    co_return Result<void>{};
  }
  boost::asio::awaitable<Result<std::vector<lesson::ClassRow>>> after(LessonId id, int64_t seq,
                                                                      int limit) override {
    if (hold) co_await wait();
    if (unreadable) co_return fail(ErrorKind::kUnavailable, "store-unavailable", "The disk is gone.");
    std::vector<lesson::ClassRow> found;
    for (const auto& row : rows[id.value()])
      if (row.seq > seq && found.size() < static_cast<size_t>(limit)) found.push_back(row);
    co_return found;
  }
  // What was held goes on.
  void release() {
    hold = false;
    if (held_) held_->cancel();
  }

  std::map<std::string, std::vector<lesson::ClassRow>> rows;
  std::vector<size_t> batches;
  bool full = false, unreadable = false, hold = false;

 private:
  boost::asio::awaitable<void> wait() {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    held_ = &timer;
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    held_ = nullptr;
  }
  boost::asio::steady_timer* held_ = nullptr;  // of what waits for the disk
};

class FakeDecks final : public lesson::Decks {
 public:
  boost::asio::awaitable<Result<std::vector<slides::Deck>>> of(LessonId) override { co_return decks; }
  std::vector<slides::Deck> decks;
};

}  // namespace thranio::test
