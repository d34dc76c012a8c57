#include "server/signaling/class_messages.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "server/signaling/slide_messages.hpp"
#include "server/store/times.hpp"

namespace thranio::signaling {
namespace {

using nlohmann::json;
using namespace lesson;

constexpr std::array<const char*, static_cast<size_t>(Reaction::kCount)> kReactions{"yes", "no", "clap",
                                                                                    "heart", "laugh"};

template <typename T>
std::optional<T> given(const json& message, const char* name) {
  const auto at = message.find(name);
  return at == message.end() ? std::nullopt : std::optional<T>(at->get<T>());
}

Poll poll_of(const json& message) {
  Poll poll;
  poll.question = message["question"];
  poll.kind = poll_kind_of(message["choice"].get<std::string>()).value();
  poll.choices = message.value("choices", std::vector<std::string>{});
  poll.anonymous = message.value("anonymous", true);
  return poll;
}

ChangeSettings settings_of(const json& message) {
  ChangeSettings change;
  if (const auto chat = given<std::string>(message, "chat")) change.chat = chat_mode_of(*chat);
  change.private_chat = given<bool>(message, "private_chat");
  change.slow_seconds = given<int>(message, "slow_seconds");
  change.locked = given<bool>(message, "locked");
  if (const auto lobby = given<std::string>(message, "lobby")) change.lobby = schedule::lobby_of(*lobby);
  change.only_enrolled = given<bool>(message, "only_enrolled");
  change.speak_freely = given<bool>(message, "speak_freely");
  change.drawing = given<bool>(message, "drawing");
  return change;
}

Reaction reaction_of(const json& text) {
  for (size_t i = 0; i < kReactions.size(); ++i)
    if (text == kReactions[i]) return static_cast<Reaction>(i);
  return Reaction::kYes;  // the schema has let none else through
}

json settings_json(const ClassSettings& settings) {
  return {{"chat", lesson::to_text(settings.chat)},       {"private_chat", settings.private_chat},
          {"slow_seconds", settings.slow_seconds},        {"locked", settings.locked},
          {"lobby", schedule::to_string(settings.lobby)}, {"only_enrolled", settings.only_enrolled},
          {"speak_freely", settings.speak_freely},        {"drawing", settings.drawing}};
}

json line_json(const Line& line) {
  json members{{"seq", line.seq},
               {"at", store::to_rfc3339(line.at)},
               {"from", line.from.value()},
               {"name", line.name},
               {"text", line.line.text}};
  if (line.line.to == ChatLine::To::kTeachers) members["to"] = "teachers";
  if (line.line.to == ChatLine::To::kPerson) {
    members["to"] = line.line.person.value();
    members["to_name"] = line.line.person_name;
  }
  if (line.line.by_teacher) members["by_teacher"] = true;
  if (line.line.by_guest) members["by_guest"] = true;
  if (line.line.reply_to > 0) members["reply_to"] = line.line.reply_to;
  if (line.deleted) members["deleted"] = true;
  return members;
}

json persons_json(const std::vector<ParticipantId>& persons) {
  json members = json::array();
  for (const auto& person : persons)
    members.push_back(person.value());
  return members;
}

json poll_json(const Poll& poll) {
  return {{"id", poll.id},
          {"question", poll.question},
          {"choice", lesson::to_text(poll.kind)},
          {"choices", poll.choices},
          {"anonymous", poll.anonymous}};
}

json answer_json(const PollAnswer& answer) {
  if (!answer.choices.empty()) return {{"choices", answer.choices}};
  if (!answer.text.empty()) return {{"text", answer.text}};
  return {{"number", answer.number}};
}

json tally_json(const Tally& tally) {
  json members{{"answered", tally.answered}, {"counts", tally.counts}};
  if (!tally.texts.empty()) {
    json texts = json::array();
    for (const auto& [text, count] : tally.texts)
      texts.push_back({{"text", text}, {"count", count}});
    members["texts"] = std::move(texts);
  }
  if (tally.numbers) {
    members["least"] = tally.numbers->least;
    members["most"] = tally.numbers->most;
    members["mean"] = tally.numbers->mean;
  }
  return members;
}

json on_floor_json(const OnFloor& one) {
  return {{"person", one.person.value()},
          {"name", one.name},
          {"camera", one.camera},
          {"at", store::to_rfc3339(one.since)}};
}

// One function per act.
struct NewsEncoder {
  const ClassNews& news;
  const ClassEvent& event = *news.event;

  json head(const char* kind) const { return {{"kind", kind}, {"seq", event.seq}}; }
  json hand(const ParticipantId& person, const std::string& name, bool raised) const {
    json message = head("hand");
    message["at"] = store::to_rfc3339(event.at);
    message["person"] = person.value();
    message["name"] = name;
    message["raised"] = raised;
    return message;
  }
  json operator()(const ChatLine& line) const {
    return {{"kind", "chat"},
            {"line", line_json({event.seq, event.at, event.actor.id, event.actor.name, line})}};
  }
  json operator()(const LineDeleted& act) const {
    json message = head("chat_deleted");
    message["line"] = act.line;
    return message;
  }
  json operator()(const HandRaised&) const { return hand(event.actor.id, event.actor.name, true); }
  json operator()(const HandLowered& act) const { return hand(act.person, "", false); }
  json operator()(const Signalled& act) const {
    json message = head("signal");
    message["signal"] = lesson::to_text(act.signal);
    return message;
  }
  json operator()(const PollOpened& act) const {
    json message = head("poll");
    message["poll"] = poll_json(act.poll);
    return message;
  }
  json operator()(const PollAnswered& act) const {
    json message = head("poll_answered");
    message["poll"] = act.poll;
    message["answer"] = answer_json(act.answer);
    return message;
  }
  json operator()(const PollClosed& act) const {
    json message = head("poll_closed");
    message["poll"] = act.poll;
    message["tally"] = tally_json(news.tally.value_or(Tally{}));
    return message;
  }
  json operator()(const SettingsChanged& act) const {
    json message = head("class_settings");
    message["settings"] = settings_json(act.settings);
    return message;
  }
  json operator()(const PersonRemoved& act) const {
    json message = head("removed");
    message["person"] = act.person.value();
    message["name"] = act.name;
    return message;
  }
  json operator()(const PersonsAdmitted& act) const {
    json message = head("admitted"), people = json::array();
    for (const auto& one : act.people)
      people.push_back({{"person", one.person.value()}, {"name", one.name}});
    message["people"] = std::move(people);
    return message;
  }
  json operator()(const PersonTurnedAway& act) const {
    json message = head("turned_away");
    message["person"] = act.person.value();
    message["name"] = act.name;
    return message;
  }
  json operator()(const FloorGiven& act) const {
    json message = head("floor_given");
    message["on_floor"] = on_floor_json({act.person, act.name, act.camera, event.at});
    return message;
  }
  json operator()(const FloorEnded& act) const {
    json message = head("floor_ended");
    message["person"] = act.person.value();
    message["why"] = lesson::to_text(act.why);
    return message;
  }
  json operator()(const VoicesMuted& act) const {
    json message = head("voices_muted");
    message["persons"] = persons_json(act.persons);
    message["muted"] = act.muted;
    return message;
  }
  json operator()(const PageShown& act) const {
    json message = head("page");
    message["shown"] = shown_json(act.shown);
    return message;
  }
  json operator()(const StrokeDrawn& act) const { return told("stroke", members_of(act, event)); }
  json operator()(const StrokeTakenBack& act) const { return told("stroke_back", members_of(act)); }
  json operator()(const PageCleared& act) const { return told("page_cleared", members_of(act)); }
  json operator()(const OtherAct&) const { return nullptr; }  // told to nobody

  json told(const char* kind, const json& members) const {
    json message = head(kind);
    message.update(members);
    return message;
  }
};

json news_json(const ClassNews& news) {
  return std::visit(NewsEncoder{news}, news.event->act);
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& wish_kinds() {
  static const std::vector<std::pair<std::string, std::string>> kinds{{"chat", "Chat"},
                                                                      {"delete_message", "DeleteMessage"},
                                                                      {"hand", "Hand"},
                                                                      {"lower_hand", "LowerHand"},
                                                                      {"signal", "Signal"},
                                                                      {"reaction", "React"},
                                                                      {"poll_open", "PollOpen"},
                                                                      {"poll_answer", "PollAnswer"},
                                                                      {"poll_close", "PollClose"},
                                                                      {"class_settings", "SetClass"},
                                                                      {"remove", "Remove"},
                                                                      {"admit", "Admit"},
                                                                      {"turn_away", "TurnAway"},
                                                                      {"give_floor", "GiveFloor"},
                                                                      {"end_floor", "EndFloor"},
                                                                      {"mute", "Mute"}};
  return kinds;
}

Wish wish_of(const json& message) {
  const std::string kind = message["kind"];
  const auto person = [&] { return ParticipantId{message["person"].get<std::string>()}; };
  if (kind == "chat")
    return Say{message["text"], message.value("to", ""), message.value("reply_to", int64_t{0}),
               message.value("key", "")};
  if (kind == "delete_message") return DeleteLine{message["line"]};
  if (kind == "hand") return RaiseHand{message["raised"]};
  if (kind == "lower_hand") return LowerHand{person()};
  if (kind == "signal") return GiveSignal{signal_of(message["signal"].get<std::string>()).value()};
  if (kind == "reaction") return React{reaction_of(message["reaction"])};
  if (kind == "poll_open") return OpenPoll{poll_of(message)};
  if (kind == "poll_answer")
    return AnswerPoll{message["poll"], given<std::vector<int>>(message, "choices"),
                      given<std::string>(message, "text"), given<double>(message, "number")};
  if (kind == "poll_close") return ClosePoll{message["poll"]};
  if (kind == "class_settings") return settings_of(message);
  if (kind == "admit") return message.contains("person") ? Admit{person()} : Admit{};
  if (kind == "turn_away") return TurnAway{person()};
  if (kind == "give_floor") return GiveFloor{person(), message.value("camera", false)};
  if (kind == "end_floor") return EndFloor{person()};
  if (kind == "mute")
    return Mute{message.contains("person") ? std::optional(person()) : std::nullopt, message["muted"]};
  if (auto wish = slide_wish_of(message)) return std::move(*wish);
  return RemovePerson{person()};
}

namespace {

json rules_json(const RulesTold& rules) {
  static constexpr std::array kRules{"off", "supervised", "free"};
  return {{"private_chat_rule", kRules[static_cast<size_t>(rules.private_chat)]},
          {"students_cameras", rules.students_cameras ? "allowed" : "off"}};
}

}  // namespace

json class_json(const ClassSnapshot& snapshot) {
  json chat = json::array(), hands = json::array(), closed = json::array(), floor = json::array();
  for (const auto& one : snapshot.floor)
    floor.push_back(on_floor_json(one));
  for (const auto& line : snapshot.chat)
    chat.push_back(line_json(line));
  for (const auto& hand : snapshot.hands)
    hands.push_back(
        {{"person", hand.person.value()}, {"name", hand.name}, {"at", store::to_rfc3339(hand.since)}});
  for (const auto& poll : snapshot.closed)
    closed.push_back({{"poll", poll_json(poll.poll)}, {"tally", tally_json(poll.tally)}});
  json running = nullptr;
  if (snapshot.poll) {
    running = {{"poll", poll_json(snapshot.poll->poll)}};
    if (snapshot.poll->mine) running["mine"] = answer_json(*snapshot.poll->mine);
    if (snapshot.poll->tally) running["tally"] = tally_json(*snapshot.poll->tally);
  }
  json members{{"last_seq", snapshot.last_seq},
               {"settings", settings_json(snapshot.settings)},
               {"chat", std::move(chat)},
               {"hands", std::move(hands)},
               {"floor", std::move(floor)},
               {"muted", persons_json(snapshot.muted)},
               {"poll", std::move(running)},
               {"closed", std::move(closed)},
               {"my_signal", lesson::to_text(snapshot.mine)},
               {"shown", shown_json(snapshot.shown)}};
  members.update(rules_json(snapshot.rules));
  if (snapshot.white_pages > 0) members["white_pages"] = snapshot.white_pages;
  if (snapshot.decks) members["decks"] = decks_json(*snapshot.decks);
  if (snapshot.signals)
    members["signals"] = {{"slower", snapshot.signals->slower}, {"lost", snapshot.signals->lost}};
  return members;
}

json to_json(const RulesTold& rules) {
  json message = rules_json(rules);
  message["kind"] = "school_rules";
  return message;
}

json to_json(const ClassBatch& batch) {
  if (batch.news.size() == 1) return news_json(batch.news.front());
  json events = json::array();
  for (const auto& news : batch.news)
    events.push_back(news_json(news));
  return {{"kind", "batch"}, {"events", std::move(events)}};
}

json to_json(const Tallied& tallied) {
  return {{"kind", "tally"}, {"poll", tallied.poll}, {"tally", tally_json(tallied.tally)}};
}

json to_json(const SignalsSummed& signals) {
  return {{"kind", "signals"}, {"slower", signals.sums.slower}, {"lost", signals.sums.lost}};
}

json to_json(const Reactions& reactions) {
  json counts = json::object();
  for (size_t i = 0; i < kReactions.size(); ++i)
    if (reactions.counts[i] > 0) counts[kReactions[i]] = reactions.counts[i];
  return {{"kind", "reactions"}, {"counts", std::move(counts)}};
}

json to_json(const Accepted& accepted) {
  return {{"kind", "accepted"}, {"ref", accepted.ref}, {"seq", accepted.seq}};
}

}  // namespace thranio::signaling
