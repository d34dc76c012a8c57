#include "server/lesson/class_state.hpp"

#include <algorithm>
#include <charconv>

namespace thranio::lesson {
namespace {

// One function per act.
struct Fold {
  ClassState& state;
  const ClassEvent& event;

  void operator()(const ChatLine& line) const {
    const bool erased = line.text.empty();  // with the person who wrote it
    state.chat.push_back({event.seq, event.at, event.actor.id, event.actor.name, line, erased});
    if (state.chat.size() > kChatKept) state.chat.pop_front();
    if (!line.by_teacher && state.settings.slow_seconds > 0) state.last_lines[event.actor.id] = event.at;
    if (!line.key.empty()) state.last_keys[event.actor.id] = line.key;
  }
  void operator()(const LineDeleted& act) const {
    for (auto& line : state.chat) {
      if (line.seq != act.line) continue;
      line.deleted = true;
      line.line.text.clear();
    }
  }
  void operator()(const HandRaised&) const {
    if (!state.hand_is_up(event.actor.id))
      state.hands.push_back({event.actor.id, event.actor.name, event.at});
  }
  void operator()(const HandLowered& act) const { lower(act.person); }
  void operator()(const Signalled& act) const {
    std::erase_if(state.signals,
                  [&](const auto& one) { return one.second.second + kSignalLasts <= event.at; });
    if (act.signal == Signal::kNone)
      state.signals.erase(event.actor.id);
    else
      state.signals[event.actor.id] = {act.signal, event.at};
  }
  void operator()(const PollOpened& act) const { state.poll = RunningPoll{act.poll, event.at, {}}; }
  void operator()(const PollAnswered& act) const {
    if (state.poll && state.poll->poll.id == act.poll)
      state.poll->answers[event.actor.id] = {event.actor.name, act.answer, event.at};
  }
  void operator()(const PollClosed& act) const {
    if (!state.poll || state.poll->poll.id != act.poll) return;
    state.closed.push_back({state.poll->poll, state.poll->opened_at, event.at, tally_of(*state.poll)});
    if (state.closed.size() > kPollsKept) state.closed.pop_front();
    state.poll.reset();
  }
  void operator()(const SettingsChanged& act) const {
    if (act.settings.slow_seconds == 0) state.last_lines.clear();
    if (act.settings.door_is_open()) state.inside.clear();
    state.inside.insert(act.inside.begin(), act.inside.end());
    if (!act.settings.speak_freely)
      std::erase_if(state.muted, [&](const auto& person) { return !state.find_on_floor(person); });
    state.settings = act.settings;
  }
  void operator()(const PersonRemoved& act) const {
    state.removed[act.person] = act.name;
    state.inside.erase(act.person);
    state.signals.erase(act.person);
    lower(act.person);
    end_floor(act.person);
  }
  void operator()(const FloorGiven& act) const {
    const auto before = std::ranges::find(state.floor, act.person, &OnFloor::person);
    if (before == state.floor.end())
      state.floor.push_back({act.person, act.name, act.camera, event.at});
    else
      before->camera = act.camera;
    lower(act.person);
  }
  void operator()(const FloorEnded& act) const { end_floor(act.person); }
  void operator()(const VoicesMuted& act) const {
    for (const auto& person : act.persons)
      if (act.muted)
        state.muted.insert(person);
      else
        state.muted.erase(person);
  }
  void operator()(const PersonsAdmitted& act) const {
    for (const auto& one : act.people)
      state.inside.insert(one.person);
  }
  void operator()(const PersonTurnedAway& act) const { state.turned_away.insert(act.person); }
  void operator()(const PageShown& act) const { show(state.board, act.shown); }
  void operator()(const StrokeDrawn& act) const {
    draw(state.board, act.page, {event.seq, event.actor.id, act.stroke});
  }
  void operator()(const StrokeTakenBack& act) const { take_back(state.board, act.page, act.stroke); }
  void operator()(const PageCleared& act) const { clear_page(state.board, act.page); }
  void operator()(const OtherAct&) const {}

 private:
  void end_floor(const ParticipantId& person) const {
    std::erase_if(state.floor, [&](const OnFloor& one) { return one.person == person; });
    if (!state.settings.speak_freely) state.muted.erase(person);
  }
  void lower(const ParticipantId& person) const {
    std::erase_if(state.hands, [&](const Hand& hand) { return hand.person == person; });
  }
};

}  // namespace

const Line* ClassState::find_line(int64_t seq) const {
  const auto at = std::ranges::lower_bound(chat, seq, {}, &Line::seq);
  return at != chat.end() && at->seq == seq ? &*at : nullptr;
}

bool ClassState::hand_is_up(const ParticipantId& person) const {
  return std::ranges::find(hands, person, &Hand::person) != hands.end();
}

const OnFloor* ClassState::find_on_floor(const ParticipantId& person) const {
  const auto at = std::ranges::find(floor, person, &OnFloor::person);
  return at == floor.end() ? nullptr : &*at;
}

void apply(ClassState& state, const ClassEvent& event) {
  state.last_seq = event.seq;
  std::visit(Fold{state, event}, event.act);
}

std::string number_text(double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

Tally tally_of(const RunningPoll& poll) {
  Tally tally;
  tally.answered = static_cast<int64_t>(poll.answers.size());
  const size_t choices = poll.poll.kind == PollKind::kYesNo ? 2 : poll.poll.choices.size();
  tally.counts.resize(choices);
  std::map<std::string, int64_t> texts;
  for (const auto& [who, given] : poll.answers) {
    for (const int choice : given.answer.choices)
      if (static_cast<size_t>(choice) < choices) ++tally.counts[static_cast<size_t>(choice)];
    if (poll.poll.kind == PollKind::kText) ++texts[given.answer.text];
    if (poll.poll.kind != PollKind::kNumber) continue;
    const double number = given.answer.number;
    ++texts[number_text(number)];
    if (!tally.numbers) tally.numbers = {number, number, 0};
    tally.numbers->least = std::min(tally.numbers->least, number);
    tally.numbers->most = std::max(tally.numbers->most, number);
    tally.numbers->mean += number / static_cast<double>(tally.answered);
  }
  tally.texts.assign(texts.begin(), texts.end());
  std::ranges::stable_sort(tally.texts, std::greater{}, [](const auto& text) { return text.second; });
  if (tally.texts.size() > kTextsTold) tally.texts.resize(kTextsTold);
  return tally;
}

SignalSums signals_at(const ClassState& state, WallTime now) {
  SignalSums sums;
  for (const auto& [who, given] : state.signals) {
    if (given.second + kSignalLasts <= now) continue;
    sums.slower += given.first == Signal::kSlower;
    sums.lost += given.first == Signal::kLost;
  }
  return sums;
}

std::optional<WallTime> signals_change_at(const ClassState& state, WallTime now) {
  std::optional<WallTime> next;
  for (const auto& [who, given] : state.signals)
    if (const auto end = given.second + kSignalLasts; end > now && (!next || end < *next)) next = end;
  return next;
}

bool may_read(const ChatLine& line, const ParticipantId& from, const ParticipantId& reader, bool teaches) {
  switch (line.to) {
    case ChatLine::To::kEverybody:
      return true;
    case ChatLine::To::kTeachers:
      return teaches || reader == from;
    case ChatLine::To::kPerson:
      return reader == from || reader == line.person || (teaches && line.teachers_see);
  }
  return false;
}

}  // namespace thranio::lesson
