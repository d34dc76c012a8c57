#include "server/slides/workshop.hpp"

#include <set>

#include <malloc.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pipelines/base/log.hpp"
#include "server/slides/converter.hpp"
#include "server/slides/deck_store.hpp"
#include "server/store/database.hpp"

namespace thranio::slides {
namespace {

constexpr int kNiceness = 12;  // behind requests (10), which are behind voices; what it starts inherits it

template <typename Task>
auto ask(store::Database& database, Task task) {
  return database.write_now(std::move(task));
}

}  // namespace

Workshop::Workshop(store::Database& database, const SlideFiles& files,
                   std::function<void(const std::string&)> changed)
    : database_(database),
      files_(files),
      changed_(std::move(changed)),
      stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Workshop::~Workshop() {
  stop();
  close(stop_event_);
}

void Workshop::start() {
  take_up();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "slides");
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
    work();
  });
}

void Workshop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  eventfd_write(stop_event_, 1);
  if (thread_.joinable()) thread_.join();
}

bool Workshop::has_room() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() < kMostWaiting;
}

void Workshop::convert(const std::string& deck) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(deck);
  }
  wake_.notify_one();
}

void Workshop::sweep_soon() {
  {
    const std::lock_guard lock(mutex_);
    sweep_ = true;
  }
  wake_.notify_one();
}

void Workshop::take_up() {
  try {
    const auto decks =
        ask(database_, [](soci::session& sql) -> Result<std::vector<Deck>> { return unfinished_decks(sql); });
    if (!decks) return log::error("slides: unfinished decks", {{"cause", decks.error().detail}});
    std::set<std::string> ids;
    for (const auto& deck : *decks)
      ids.insert(deck.id);
    files_.clear_leftovers([&](const std::string& deck) { return ids.contains(deck); });
    const std::lock_guard lock(mutex_);
    for (const auto& deck : *decks)
      waiting_.push_back(deck.id);
    sweep_ = true;
  } catch (const std::exception& fault) {
    log::error("slides: unfinished decks", {{"cause", fault.what()}});
  }
}

void Workshop::work() {
  for (;;) {
    std::string deck;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || sweep_ || !waiting_.empty(); });
      if (stopping_) return;
      if (!waiting_.empty()) {
        deck = std::move(waiting_.front());
        waiting_.pop_front();
      } else {
        sweep_ = false;
      }
    }
    try {
      if (deck.empty())
        sweep_now();
      else
        convert_now(deck);
    } catch (const std::exception& fault) {
      log::error("slides", {{"deck", deck}, {"cause", fault.what()}});
      if (deck.empty()) continue;
      const auto done = ask(database_, [&](soci::session& sql) -> Result<bool> {
        finish_deck(sql, deck, DeckState::kFailed, "internal-error");
        return true;
      });
      if (!done) log::error("slides", {{"deck", deck}, {"cause", done.error().detail}});
    }
  }
}

void Workshop::convert_now(const std::string& id) {
  const auto deck =
      ask(database_, [&](soci::session& sql) -> Result<std::optional<Deck>> { return find_deck(sql, id); });
  if (!deck || !*deck || (*deck)->state != DeckState::kConverting) return;
  const std::string lesson = (*deck)->lesson_id;
  // False: somebody deleted the deck meanwhile, or the disk takes nothing.
  const auto write = [&](const std::function<void(soci::session&)>& what) {
    const auto done = ask(database_, [&](soci::session& sql) -> Result<bool> {
      if (!find_deck(sql, id)) return false;
      what(sql);
      return true;
    });
    return done && *done;
  };
  Sink sink;
  sink.counted = [&](int pages) {
    const bool kept = write([&](soci::session& sql) { set_deck_pages(sql, id, pages); });
    if (kept) changed_(lesson);
    return kept;
  };
  sink.wanted = [&](int page) {
    const auto there =
        ask(database_, [&](soci::session& sql) -> Result<bool> { return has_page(sql, id, page); });
    return !there || !*there;
  };
  sink.page = [&](int page, const PageSize& size, const std::string& text,
                  const std::vector<PagePicture>& pictures) {
    const bool kept = write([&](soci::session& sql) { put_page(sql, id, page, size, text, pictures); });
    if (kept) changed_(lesson);
    return kept;
  };
  const auto began = std::chrono::steady_clock::now();
  const auto converted = slides::convert(id, (*deck)->format, files_, sink, {stop_event_});
  malloc_trim(0);  // of the 80 MiB that a page takes at work the C library would keep nearly all
  if (converted.end == Converted::End::kStopped) return;
  const bool ready = converted.end == Converted::End::kReady;
  const bool kept = write([&](soci::session& sql) {
    finish_deck(sql, id, ready ? DeckState::kReady : DeckState::kFailed, converted.reason);
  });
  if (kept) files_.drop_incoming(id);
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  log::info("slides converted", {{"deck", id},
                                 {"lesson", lesson},
                                 {"state", ready ? "ready" : "failed"},
                                 {"reason", converted.reason},
                                 {"took_ms", took.count()}});
  changed_(lesson);
}

void Workshop::sweep_now() {
  const size_t removed = files_.sweep([&](const std::string& hash) {
    const auto used =
        ask(database_, [&](soci::session& sql) -> Result<bool> { return file_is_used(sql, hash); });
    return !used || *used;  // what cannot be asked about stays
  });
  if (removed > 0) log::info("slides: pages removed that no deck uses", {{"files", removed}});
}

}  // namespace thranio::slides
