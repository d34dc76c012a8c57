// Decks, their pages and which files hold them: the rows and the questions asked of them. Thread: db.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/slides/deck.hpp"

namespace soci {
class session;
}

namespace thranio::slides {

void insert_deck(soci::session& sql, const Deck& deck);
std::optional<Deck> find_deck(soci::session& sql, const std::string& id);
// With the pages' sizes. In order of coming.
std::vector<Deck> decks_of(soci::session& sql, const std::string& lesson);
int64_t count_decks(soci::session& sql, const std::string& lesson);
std::vector<Deck> unfinished_decks(soci::session& sql);
void set_deck_pages(soci::session& sql, const std::string& id, int64_t pages);
void finish_deck(soci::session& sql, const std::string& id, DeckState state, const std::string& reason);
// Its rows; the files are swept later.
bool delete_deck(soci::session& sql, const std::string& id);

// The page with its pictures; counts it as done. Again: in place of what was there.
void put_page(soci::session& sql, const std::string& deck, int64_t page, const PageSize& size,
              const std::string& text, const std::vector<PagePicture>& pictures);
bool has_page(soci::session& sql, const std::string& deck, int64_t page);
// The narrowest that is at least so wide, else the widest.
std::optional<PagePicture> picture_of(soci::session& sql, const std::string& deck, int64_t page,
                                      int64_t width);
std::optional<std::string> text_of(soci::session& sql, const std::string& deck, int64_t page);
bool file_is_used(soci::session& sql, const std::string& hash);

}  // namespace thranio::slides
