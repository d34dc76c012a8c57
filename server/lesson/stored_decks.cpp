#include "server/lesson/stored_decks.hpp"

#include "server/slides/deck_store.hpp"
#include "server/store/database.hpp"

namespace thranio::lesson {

boost::asio::awaitable<Result<std::vector<slides::Deck>>> StoredDecks::of(LessonId lesson) {
  auto task = [lesson](soci::session& sql) -> Result<std::vector<slides::Deck>> {
    return slides::decks_of(sql, lesson.value());
  };
  co_return co_await database_.read(std::move(task));
}

}  // namespace thranio::lesson
