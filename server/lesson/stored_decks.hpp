// The slides of a lesson out of the store. Way: class_desk → [StoredDecks] → slides/deck_store.
// Owned by main. Thread: any.
#pragma once

#include "server/lesson/class_desk.hpp"

namespace thranio::lesson {

class StoredDecks final : public Decks {
 public:
  explicit StoredDecks(store::Database& database) : database_(database) {}
  boost::asio::awaitable<Result<std::vector<slides::Deck>>> of(LessonId lesson) override;

 private:
  store::Database& database_;
};

}  // namespace thranio::lesson
