#include "server/signaling/slide_messages.hpp"

#include <nlohmann/json.hpp>

namespace thranio::signaling {
namespace {

using nlohmann::json;
using namespace lesson;

PageRef page_of(const json& message) {
  return {message.value("deck", ""), message.value("page", 0)};
}

ShowPage show_of(const json& message) {
  ShowPage wish{page_of(message), {}};
  if (const auto view = message.find("view"); view != message.end())
    wish.view = {(*view)[0], (*view)[1], (*view)[2], (*view)[3]};
  return wish;
}

Draw draw_of(const json& message) {
  return {page_of(message),
          slides::tool_of(message["tool"].get<std::string>()).value(),
          message["colour"],
          message["width"],
          message["points"].get<std::vector<int>>(),
          message.value("text", "")};
}

PointAt pointer_of(const json& message) {
  const auto place = message.find("place");
  if (place == message.end()) return {};
  return {slides::Point{(*place)[0], (*place)[1]}};
}

json on_page(const PageRef& page) {
  return {{"deck", page.deck}, {"page", page.page}};
}

json stroke_json(const Ink& ink) {
  const auto& stroke = *ink.stroke;
  json members{{"id", ink.id},
               {"by", ink.by.value()},
               {"tool", slides::to_text(stroke.tool)},
               {"colour", stroke.colour},
               {"width", stroke.width},
               {"points", slides::told_points(stroke.points)}};
  if (!stroke.text.empty()) members["text"] = stroke.text;
  return members;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& slide_kinds() {
  static const std::vector<std::pair<std::string, std::string>> kinds{
      {"show_page", "ShowPage"},   {"draw", "Draw"},       {"undo", "Undo"},
      {"clear_page", "ClearPage"}, {"pointer", "Pointer"}, {"ink", "ReadInk"}};
  return kinds;
}

std::optional<Wish> slide_wish_of(const json& message) {
  const std::string kind = message["kind"];
  if (kind == "show_page") return show_of(message);
  if (kind == "draw") return draw_of(message);
  if (kind == "undo") return TakeBack{page_of(message)};
  if (kind == "clear_page") return ClearPage{page_of(message)};
  if (kind == "pointer") return pointer_of(message);
  if (kind == "ink") return ReadInk{page_of(message), message.value("after", int64_t{0})};
  return std::nullopt;
}

json shown_json(const Shown& shown) {
  if (shown.page.deck.empty()) return nullptr;
  json members = on_page(shown.page);
  members["pages"] = shown.pages;
  members["width"] = shown.width;
  members["height"] = shown.height;
  const auto& view = shown.view;
  if (view != PageView{}) members["view"] = {view.x, view.y, view.width, view.height};
  return members;
}

json decks_json(const std::vector<slides::Deck>& decks) {
  json all = json::array();
  for (const auto& deck : decks) {
    json members{{"id", deck.id},
                 {"title", deck.title},
                 {"state", slides::to_text(deck.state)},
                 {"pages", deck.pages},
                 {"done", deck.done}};
    if (!deck.reason.empty()) members["reason"] = deck.reason;
    all.push_back(std::move(members));
  }
  return all;
}

json members_of(const StrokeDrawn& act, const ClassEvent& event) {
  json members = on_page(act.page);
  members["stroke"] = stroke_json({event.seq, event.actor.id, act.stroke});
  return members;
}

json members_of(const StrokeTakenBack& act) {
  json members = on_page(act.page);
  members["stroke"] = act.stroke;
  return members;
}

json members_of(const PageCleared& act) {
  return on_page(act.page);
}

json to_json(const InkTold& ink) {
  json message = on_page(ink.page);
  message["kind"] = "ink";
  message["first"] = ink.first;
  message["more"] = ink.more;
  message["strokes"] = json::array();
  for (const auto& stroke : ink.strokes)
    message["strokes"].push_back(stroke_json(stroke));
  return message;
}

json to_json(const Pointed& pointed) {
  json message{{"kind", "pointer"}};
  if (pointed.place) message["place"] = {pointed.place->x, pointed.place->y};
  return message;
}

json to_json(const DecksTold& decks) {
  return {{"kind", "decks"}, {"decks", decks_json(decks.decks)}};
}

}  // namespace thranio::signaling
