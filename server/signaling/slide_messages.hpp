// The words of slides and white pages: JSON ↔ values, as schema/messages says. What comes in has been
// validated against its schema. Way: class_messages → [slide_messages] ↔ lesson. No Boost, no SOCI. Thread:
// any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "server/lesson/event.hpp"

namespace thranio::signaling {

// Kinds of client-to-server messages, and the definitions that they follow.
const std::vector<std::pair<std::string, std::string>>& slide_kinds();
std::optional<lesson::Wish> slide_wish_of(const nlohmann::json& message);

nlohmann::json shown_json(const lesson::Shown& shown);  // null: nothing
nlohmann::json decks_json(const std::vector<slides::Deck>& decks);
// Without kind and seq.
nlohmann::json members_of(const lesson::StrokeDrawn& act, const lesson::ClassEvent& event);
nlohmann::json members_of(const lesson::StrokeTakenBack& act);
nlohmann::json members_of(const lesson::PageCleared& act);

nlohmann::json to_json(const lesson::InkTold& ink);
nlohmann::json to_json(const lesson::Pointed& pointed);
nlohmann::json to_json(const lesson::DecksTold& decks);

}  // namespace thranio::signaling
