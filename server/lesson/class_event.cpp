#include "server/lesson/class_event.hpp"

#include <array>

#include <nlohmann/json.hpp>

namespace thranio::lesson {
namespace {

using nlohmann::json;

constexpr std::array kChatModes{"everybody", "to_teacher", "off"};
constexpr std::array kSignals{"none", "slower", "i-am-lost"};
constexpr std::array kPollKinds{"single", "multiple", "yes_no", "text", "number"};
constexpr std::array kFloorEnds{"taken", "given_back", "left"};
template <typename Enum, size_t N>
std::optional<Enum> find_in(const std::array<const char*, N>& names, std::string_view text) {
  for (size_t i = 0; i < N; ++i)
    if (text == names[i]) return static_cast<Enum>(i);
  return std::nullopt;
}

struct Body {
  json operator()(const ChatLine& line) const {
    json body{{"text", line.text}};
    if (line.to == ChatLine::To::kTeachers) body["to"] = "teachers";
    if (line.to == ChatLine::To::kPerson) {
      body["to"] = line.person.value();
      body["to_name"] = line.person_name;
      body["teachers_see"] = line.teachers_see;
    }
    if (line.by_teacher) body["by_teacher"] = true;
    if (line.by_guest) body["by_guest"] = true;
    if (line.reply_to > 0) body["reply_to"] = line.reply_to;
    if (!line.key.empty()) body["key"] = line.key;
    return body;
  }
  json operator()(const LineDeleted& act) const { return {{"line", act.line}}; }
  json operator()(const HandRaised&) const { return json::object(); }
  json operator()(const HandLowered& act) const { return {{"person", act.person.value()}}; }
  json operator()(const Signalled& act) const { return {{"signal", to_text(act.signal)}}; }
  json operator()(const PollOpened& act) const {
    return {{"question", act.poll.question},
            {"choice", to_text(act.poll.kind)},
            {"choices", act.poll.choices},
            {"anonymous", act.poll.anonymous}};
  }
  json operator()(const PollAnswered& act) const {
    json body{{"poll", act.poll}, {"number", act.answer.number}};
    if (!act.answer.choices.empty()) body["choices"] = act.answer.choices;
    if (!act.answer.text.empty()) body["text"] = act.answer.text;
    return body;
  }
  json operator()(const PollClosed& act) const { return {{"poll", act.poll}}; }
  json operator()(const SettingsChanged& act) const {
    json inside = json::array();
    for (const auto& person : act.inside)
      inside.push_back(person.value());
    return {{"chat", to_text(act.settings.chat)},        {"private_chat", act.settings.private_chat},
            {"slow_seconds", act.settings.slow_seconds}, {"locked", act.settings.locked},
            {"lobby", to_string(act.settings.lobby)},    {"only_enrolled", act.settings.only_enrolled},
            {"speak_freely", act.settings.speak_freely}, {"drawing", act.settings.drawing},
            {"lobby_said", act.settings.lobby_said},     {"inside", inside}};
  }
  json operator()(const PersonRemoved& act) const {
    return {{"person", act.person.value()}, {"name", act.name}};
  }
  json operator()(const PersonsAdmitted& act) const {
    json people = json::array();
    for (const auto& one : act.people)
      people.push_back({{"person", one.person.value()}, {"name", one.name}});
    return {{"people", std::move(people)}};
  }
  json operator()(const PersonTurnedAway& act) const {
    return {{"person", act.person.value()}, {"name", act.name}};
  }
  json operator()(const FloorGiven& act) const {
    return {{"person", act.person.value()}, {"name", act.name}, {"camera", act.camera}};
  }
  json operator()(const FloorEnded& act) const {
    return {{"person", act.person.value()}, {"why", to_text(act.why)}};
  }
  json operator()(const VoicesMuted& act) const {
    json persons = json::array();
    for (const auto& person : act.persons)
      persons.push_back(person.value());
    return {{"persons", persons}, {"muted", act.muted}};
  }
  json operator()(const PageShown& act) const {
    const auto& [page, pages, width, height, view] = act.shown;
    json body = on_page(page);
    body["pages"] = pages;
    body["width"] = width;
    body["height"] = height;
    if (view != PageView{}) body["view"] = {view.x, view.y, view.width, view.height};
    return body;
  }
  json operator()(const StrokeDrawn& act) const {
    json body = on_page(act.page);
    body["tool"] = slides::to_text(act.stroke->tool);
    body["colour"] = act.stroke->colour;
    body["width"] = act.stroke->width;
    body["points"] = slides::told_points(act.stroke->points);
    if (!act.stroke->text.empty()) body["text"] = act.stroke->text;
    return body;
  }
  json operator()(const StrokeTakenBack& act) const {
    json body = on_page(act.page);
    body["stroke"] = act.stroke;
    return body;
  }
  json operator()(const PageCleared& act) const { return on_page(act.page); }
  json operator()(const OtherAct&) const { return nullptr; }  // kept as text

 private:
  static json on_page(const PageRef& page) { return {{"deck", page.deck}, {"page", page.page}}; }
};

constexpr std::array kKinds{"chat",        "chat_deleted",  "hand_raised", "hand_lowered", "signal",
                            "poll_opened", "poll_answered", "poll_closed", "settings",     "removed",
                            "admitted",    "turned_away",   "floor_given", "floor_ended",  "voices_muted",
                            "page_shown",  "stroke",        "stroke_back", "page_cleared"};

PageRef page_of(const json& body) {
  return {body.at("deck"), body.at("page")};
}

ClassAct shown_of(const json& body) {
  Shown shown{page_of(body), body.at("pages"), body.at("width"), body.at("height"), {}};
  const auto view = body.value("view", std::vector<int>{});
  if (view.size() == 4) shown.view = {view[0], view[1], view[2], view[3]};
  return PageShown{std::move(shown)};
}

ClassAct stroke_of(const json& body) {
  slides::Stroke stroke;
  stroke.tool = slides::tool_of(body.at("tool").get<std::string>()).value();
  stroke.colour = body.at("colour");
  stroke.width = body.at("width");
  stroke.points = slides::points_of(body.at("points").get<std::vector<int>>()).value();
  stroke.text = body.value("text", "");
  return StrokeDrawn{page_of(body), std::make_shared<const slides::Stroke>(std::move(stroke))};
}

ClassAct chat_of(const json& body) {
  ChatLine line;
  line.text = body.value("text", "");
  line.by_teacher = body.value("by_teacher", false);
  line.by_guest = body.value("by_guest", false);
  line.reply_to = body.value("reply_to", int64_t{0});
  line.key = body.value("key", "");
  const std::string to = body.value("to", "");
  if (to.empty()) return line;
  line.to = to == "teachers" ? ChatLine::To::kTeachers : ChatLine::To::kPerson;
  if (line.to == ChatLine::To::kTeachers) return line;
  line.person = ParticipantId{to};
  line.person_name = body.value("to_name", "");
  line.teachers_see = body.value("teachers_see", true);
  return line;
}

ClassAct act_of(const std::string& kind, const json& body) {
  const auto person = [&] { return ParticipantId{body.at("person").get<std::string>()}; };
  if (kind == "chat") return chat_of(body);
  if (kind == "chat_deleted") return LineDeleted{body.at("line")};
  if (kind == "hand_raised") return HandRaised{};
  if (kind == "hand_lowered") return HandLowered{person()};
  if (kind == "signal") return Signalled{signal_of(body.at("signal").get<std::string>()).value()};
  if (kind == "poll_opened")
    return PollOpened{{0, body.at("question"), poll_kind_of(body.at("choice").get<std::string>()).value(),
                       body.at("choices"), body.at("anonymous")}};
  if (kind == "poll_answered")
    return PollAnswered{
        body.at("poll"),
        {body.value("choices", std::vector<int>{}), body.value("text", ""), body.value("number", 0.0)}};
  if (kind == "poll_closed") return PollClosed{body.at("poll")};
  if (kind == "removed") return PersonRemoved{person(), body.value("name", "")};
  if (kind == "floor_given") return FloorGiven{person(), body.value("name", ""), body.value("camera", false)};
  if (kind == "floor_ended")
    return FloorEnded{person(),
                      find_in<FloorEnded::Why>(kFloorEnds, body.at("why").get<std::string>()).value()};
  if (kind == "voices_muted") {
    VoicesMuted act{{}, body.at("muted")};
    for (auto& one : body.at("persons").get<std::vector<std::string>>())
      act.persons.emplace_back(std::move(one));
    return act;
  }
  if (kind == "turned_away") return PersonTurnedAway{person(), body.value("name", "")};
  if (kind == "admitted") {
    PersonsAdmitted act;
    for (const auto& one : body.at("people"))
      act.people.push_back({ParticipantId{one.at("person").get<std::string>()}, one.value("name", "")});
    return act;
  }
  if (kind == "settings") {
    SettingsChanged act{
        {chat_mode_of(body.at("chat").get<std::string>()).value(), body.at("private_chat"),
         body.at("slow_seconds"), body.at("locked"), schedule::lobby_of(body.value("lobby", "off")).value(),
         body.value("only_enrolled", false), body.value("speak_freely", false), body.value("drawing", false),
         body.value("lobby_said", true)},
        {}};
    for (const auto& one : body.at("inside"))
      act.inside.emplace_back(one.get<std::string>());
    return act;
  }
  if (kind == "page_shown") return shown_of(body);
  if (kind == "stroke") return stroke_of(body);
  if (kind == "stroke_back") return StrokeTakenBack{page_of(body), body.at("stroke")};
  if (kind == "page_cleared") return PageCleared{page_of(body)};
  return OtherAct{};
}

}  // namespace

ClassRow row_of(const ClassEvent& event) {
  ClassRow row{event.seq,
               std::chrono::duration_cast<std::chrono::milliseconds>(event.at.time_since_epoch()).count(),
               "",
               event.actor.id.value(),
               event.actor.name,
               ""};
  if (const auto* other = std::get_if<OtherAct>(&event.act)) {
    row.kind = other->kind;
    row.body = other->body;
    return row;
  }
  row.kind = kKinds[event.act.index()];
  row.body = std::visit(Body{}, event.act).dump(-1, ' ', false, json::error_handler_t::replace);
  return row;
}

ClassEvent event_of(const ClassRow& row) {
  ClassEvent event{row.seq,
                   WallTime{std::chrono::milliseconds(row.at_ms)},
                   {ParticipantId{row.actor}, row.actor_name},
                   OtherAct{row.kind, row.body}};
  const json body = json::parse(row.body, nullptr, false);
  if (!body.is_object()) return event;
  try {
    auto act = act_of(row.kind, body);
    if (!std::holds_alternative<OtherAct>(act)) event.act = std::move(act);
  } catch (const json::exception&) {  // not a body of ours: it stays what it is
  } catch (const std::bad_optional_access&) {
  }
  if (auto* opened = std::get_if<PollOpened>(&event.act)) opened->poll.id = row.seq;
  return event;
}

const char* to_text(ChatMode mode) {
  return kChatModes[static_cast<size_t>(mode)];
}
const char* to_text(Signal signal) {
  return kSignals[static_cast<size_t>(signal)];
}
const char* to_text(PollKind kind) {
  return kPollKinds[static_cast<size_t>(kind)];
}
const char* to_text(FloorEnded::Why why) {
  return kFloorEnds[static_cast<size_t>(why)];
}
std::optional<ChatMode> chat_mode_of(std::string_view text) {
  return find_in<ChatMode>(kChatModes, text);
}
std::optional<Signal> signal_of(std::string_view text) {
  return find_in<Signal>(kSignals, text);
}
std::optional<PollKind> poll_kind_of(std::string_view text) {
  return find_in<PollKind>(kPollKinds, text);
}

}  // namespace thranio::lesson
