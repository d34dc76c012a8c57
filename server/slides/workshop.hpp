// Converts uploaded files, one at a time, on a thread of its own that gives way to everything else; what was
// under way when the server was killed is taken up again at the next start. Also sweeps the pages that no
// deck uses any more.
// Way: api (upload) → [Workshop] → converter → deck_store; `changed` tells the lesson. Owned by main.
// Thread: the methods: any; the work: the workshop's.
// Bound: kMostWaiting decks wait; further ones are refused.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "server/slides/slide_files.hpp"

namespace thranio::store {
class Database;
}

namespace thranio::slides {

class Workshop {
 public:
  static constexpr size_t kMostWaiting = 16;

  // changed (the workshop's thread): a deck of this lesson has come on, is ready or has failed.
  Workshop(store::Database& database, const SlideFiles& files,
           std::function<void(const std::string& lesson)> changed);
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  // Clears what a killed server left and takes up its conversions; then works. Before anybody uploads.
  void start();
  // Ends what runs; its deck goes on at the next start.
  void stop();

  bool has_room() const;
  void convert(const std::string& deck);
  // Decks or lessons were deleted: their files go, when there is nothing to convert.
  void sweep_soon();

 private:
  void work();
  void take_up();
  void convert_now(const std::string& deck);
  void sweep_now();

  // Set at construction, never changed.
  store::Database& database_;
  const SlideFiles& files_;
  const std::function<void(const std::string&)> changed_;
  const int stop_event_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;
  bool sweep_ = false, stopping_ = false;

  std::thread thread_;
};

}  // namespace thranio::slides
