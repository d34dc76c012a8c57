#include "server/slides/deck_store.hpp"

#include "server/store/table.hpp"

namespace thranio::slides {
namespace {

using store::Value;

const std::string kDeck =
    "SELECT id, lesson_id, title, format, state, reason, pages, done, created_at FROM decks ";

std::string text_at(const std::vector<Value>& row, size_t i) {
  return std::get<std::string>(row[i]);
}

int64_t number_at(const std::vector<Value>& row, size_t i) {
  return std::get<int64_t>(row[i]);
}

std::vector<Deck> read_decks(const std::vector<std::vector<Value>>& rows) {
  std::vector<Deck> decks;
  for (const auto& row : rows)
    decks.push_back({text_at(row, 0), text_at(row, 1), text_at(row, 2), text_at(row, 3),
                     deck_state_of(text_at(row, 4)), text_at(row, 5), number_at(row, 6), number_at(row, 7),
                     number_at(row, 8)});
  return decks;
}

}  // namespace

void insert_deck(soci::session& sql, const Deck& deck) {
  store::run(sql,
             "INSERT INTO decks (id, lesson_id, title, format, state, reason, pages, done, created_at) "
             "VALUES (:id, :lesson, :title, :format, :state, :reason, :pages, :done, :at)",
             {deck.id, deck.lesson_id, deck.title, deck.format, to_text(deck.state), deck.reason, deck.pages,
              deck.done, deck.created_at});
}

std::optional<Deck> find_deck(soci::session& sql, const std::string& id) {
  auto decks = read_decks(store::ask(sql, kDeck + "WHERE id = :id", {id}));
  if (decks.empty()) return std::nullopt;
  return std::move(decks.front());
}

std::vector<Deck> decks_of(soci::session& sql, const std::string& lesson) {
  auto decks = read_decks(store::ask(sql, kDeck + "WHERE lesson_id = :lesson ORDER BY id", {lesson}));
  for (auto& deck : decks)
    for (const auto& row : store::ask(
             sql, "SELECT width, height FROM deck_pages WHERE deck_id = :deck ORDER BY page", {deck.id}))
      deck.sizes.push_back({number_at(row, 0), number_at(row, 1)});
  return decks;
}

int64_t count_decks(soci::session& sql, const std::string& lesson) {
  return number_at(store::ask(sql, "SELECT count(*) FROM decks WHERE lesson_id = :lesson", {lesson}).front(),
                   0);
}

std::vector<Deck> unfinished_decks(soci::session& sql) {
  return read_decks(store::ask(sql, kDeck + "WHERE state = 'converting' ORDER BY id"));
}

void set_deck_pages(soci::session& sql, const std::string& id, int64_t pages) {
  store::run(sql, "UPDATE decks SET pages = :pages WHERE id = :id", {pages, id});
}

void finish_deck(soci::session& sql, const std::string& id, DeckState state, const std::string& reason) {
  store::run(sql, "UPDATE decks SET state = :state, reason = :reason WHERE id = :id",
             {to_text(state), reason, id});
}

bool delete_deck(soci::session& sql, const std::string& id) {
  return store::run(sql, "DELETE FROM decks WHERE id = :id", {id}) > 0;
}

void put_page(soci::session& sql, const std::string& deck, int64_t page, const PageSize& size,
              const std::string& text, const std::vector<PagePicture>& pictures) {
  store::run(sql, "DELETE FROM deck_pages WHERE deck_id = :deck AND page = :page", {deck, page});
  store::run(sql,
             "INSERT INTO deck_pages (deck_id, page, width, height, text) "
             "VALUES (:deck, :page, :width, :height, :text)",
             {deck, page, size.width, size.height, text});
  for (const auto& picture : pictures)
    store::run(sql,
               "INSERT INTO deck_pictures (deck_id, page, width, coding, hash, bytes) "
               "VALUES (:deck, :page, :width, :coding, :hash, :bytes)",
               {deck, page, picture.width, picture.coding, picture.hash, picture.bytes});
  store::run(sql,
             "UPDATE decks SET done = (SELECT count(*) FROM deck_pages WHERE deck_id = :deck) WHERE id = :id",
             {deck, deck});
}

bool has_page(soci::session& sql, const std::string& deck, int64_t page) {
  return !store::ask(sql, "SELECT 1 FROM deck_pages WHERE deck_id = :deck AND page = :page", {deck, page})
              .empty();
}

std::optional<PagePicture> picture_of(soci::session& sql, const std::string& deck, int64_t page,
                                      int64_t width) {
  std::optional<PagePicture> best;
  for (const auto& row : store::ask(sql,
                                    "SELECT width, coding, hash, bytes FROM deck_pictures "
                                    "WHERE deck_id = :deck AND page = :page ORDER BY width",
                                    {deck, page})) {
    best = PagePicture{number_at(row, 0), text_at(row, 1), text_at(row, 2), number_at(row, 3)};
    if (best->width >= width) break;
  }
  return best;
}

std::optional<std::string> text_of(soci::session& sql, const std::string& deck, int64_t page) {
  const auto rows =
      store::ask(sql, "SELECT text FROM deck_pages WHERE deck_id = :deck AND page = :page", {deck, page});
  if (rows.empty()) return std::nullopt;
  return text_at(rows.front(), 0);
}

bool file_is_used(soci::session& sql, const std::string& hash) {
  return !store::ask(sql, "SELECT 1 FROM deck_pictures WHERE hash = :hash LIMIT 1", {hash}).empty();
}

}  // namespace thranio::slides
