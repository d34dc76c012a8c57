#include "server/lesson/class_rules.hpp"

#include <algorithm>
#include <cmath>

namespace thranio::lesson {
namespace {

using auth::Role;
using schedule::LessonStatus;
using schedule::Lobby;
using schedule::PrivateChat;
using Decision = Result<std::optional<ClassAct>>;

constexpr double kLargestNumber = 1e15;  // as many digits as a double keeps

Decision nothing() {
  return std::optional<ClassAct>{};
}

std::unexpected<Error> not_allowed() {
  return fail(ErrorKind::kForbidden, "not-allowed", "That is the teacher's to do.");
}

std::unexpected<Error> bad(const std::string& sentence, const std::string& field) {
  return fail(ErrorKind::kInvalid, "invalid-field", sentence, field);
}

// The text as it is kept; an Error if nothing is left of it, or too much.
Result<std::string> fit(const std::string& text, Lines lines, size_t longest, const std::string& field) {
  std::string clean = clean_text(text, lines);
  if (clean.empty()) return bad("There is nothing in it to read.", field);
  if (length_of(clean) > longest) return bad("At most " + std::to_string(longest) + " characters.", field);
  return clean;
}

// One function per wish.
struct Rules {
  const Actor& who;
  const ClassState& state;
  const Circumstances& now;

  bool teaches() const { return who.role == Role::kTeacher; }

  Decision operator()(const Say& wish) const {
    if (const auto last = state.last_keys.find(who.id);
        last != state.last_keys.end() && last->second == wish.key)
      return nothing();
    ChatLine line;
    line.key = wish.key;
    line.by_teacher = teaches();
    line.by_guest = who.role == Role::kGuest;
    if (wish.to == "teachers") line.to = ChatLine::To::kTeachers;
    if (!wish.to.empty() && wish.to != "teachers")
      if (auto good = address(line); !good) return std::unexpected(good.error());
    if (auto may = may_say(line); !may) return std::unexpected(may.error());
    auto text = fit(wish.text, Lines::kMany, kLongestLine, "/text");
    if (!text) return std::unexpected(text.error());
    line.text = std::move(*text);
    if (auto good = limit_words(line); !good) return std::unexpected(good.error());
    if (wish.reply_to == 0) return line;
    const Line* answered = state.find_line(wish.reply_to);
    if (!answered || answered->deleted || !may_read(answered->line, answered->from, who.id, teaches()))
      return fail(ErrorKind::kNotFound, "not-found", "There is no such line any more.", "/reply_to");
    line.reply_to = wish.reply_to;
    return line;
  }

  Decision operator()(const DeleteLine& wish) const {
    const Line* line = state.find_line(wish.line);
    if (!line || !may_read(line->line, line->from, who.id, teaches()))
      return fail(ErrorKind::kNotFound, "not-found", "There is no such line any more.", "/line");
    if (!teaches() && line->from != who.id) return not_allowed();
    if (line->deleted) return nothing();
    return LineDeleted{wish.line};
  }

  Decision operator()(const RaiseHand& wish) const {
    if (teaches()) return fail(ErrorKind::kForbidden, "not-allowed", "Who teaches need not raise her hand.");
    if (wish.raised == state.hand_is_up(who.id)) return nothing();
    if (!wish.raised) return HandLowered{who.id};
    if (state.hands.size() >= kMostPersons) return full();
    return HandRaised{};
  }

  Decision operator()(const LowerHand& wish) const {
    if (!teaches() && wish.person != who.id) return not_allowed();
    if (!state.hand_is_up(wish.person)) return nothing();
    return HandLowered{wish.person};
  }

  Decision operator()(const GiveSignal& wish) const {
    if (teaches()) return fail(ErrorKind::kForbidden, "not-allowed", "Signals are the students'.");
    const auto before = state.signals.find(who.id);
    if (wish.signal == Signal::kNone && before == state.signals.end()) return nothing();
    if (before == state.signals.end() && state.signals.size() >= kMostPersons) return full();
    return Signalled{wish.signal};
  }

  Decision operator()(const React&) const { return nothing(); }

  Decision operator()(const OpenPoll& wish) const {
    if (!teaches()) return not_allowed();
    if (state.poll) return fail(ErrorKind::kConflict, "poll-running", "Close the running poll first.");
    Poll poll = wish.poll;
    auto question = fit(poll.question, Lines::kMany, kLongestQuestion, "/question");
    if (!question) return std::unexpected(question.error());
    poll.question = std::move(*question);
    const bool chosen = poll.kind == PollKind::kSingle || poll.kind == PollKind::kMultiple;
    if (!chosen && !poll.choices.empty())
      return bad("This kind of poll has no choices of its own.", "/choices");
    if (chosen && (poll.choices.size() < 2 || poll.choices.size() > kMostChoices))
      return bad("Two to ten choices.", "/choices");
    for (size_t i = 0; i < poll.choices.size(); ++i) {
      auto choice = fit(poll.choices[i], Lines::kOne, kLongestChoice, "/choices/" + std::to_string(i));
      if (!choice) return std::unexpected(choice.error());
      poll.choices[i] = std::move(*choice);
    }
    return PollOpened{std::move(poll)};
  }

  Decision operator()(const AnswerPoll& wish) const {
    if (teaches()) return fail(ErrorKind::kForbidden, "not-allowed", "The students answer.");
    if (auto running = require_running(wish.poll); !running) return std::unexpected(running.error());
    const auto before = state.poll->answers.find(who.id);
    if (before == state.poll->answers.end() && state.poll->answers.size() >= kMostPersons) return full();
    auto answer = answer_of(wish, state.poll->poll);
    if (!answer) return std::unexpected(answer.error());
    return PollAnswered{wish.poll, std::move(*answer)};
  }

  Decision operator()(const ClosePoll& wish) const {
    if (!teaches()) return not_allowed();
    if (auto running = require_running(wish.poll); !running) return std::unexpected(running.error());
    return PollClosed{wish.poll};
  }

  Decision operator()(const ChangeSettings& wish) const {
    if (!teaches()) return not_allowed();
    SettingsChanged act{state.settings, {}};
    act.settings.chat = wish.chat.value_or(act.settings.chat);
    act.settings.private_chat = wish.private_chat.value_or(act.settings.private_chat);
    act.settings.slow_seconds = wish.slow_seconds.value_or(act.settings.slow_seconds);
    act.settings.locked = wish.locked.value_or(act.settings.locked);
    act.settings.lobby = wish.lobby.value_or(act.settings.lobby);
    act.settings.lobby_said = act.settings.lobby_said || wish.lobby;
    act.settings.only_enrolled = wish.only_enrolled.value_or(act.settings.only_enrolled);
    act.settings.speak_freely = wish.speak_freely.value_or(act.settings.speak_freely);
    act.settings.drawing = wish.drawing.value_or(act.settings.drawing);
    if (act.settings.private_chat && now.school_rule == PrivateChat::kOff)
      return fail(ErrorKind::kForbidden, "private-chat-off",
                  "The school allows no private lines between students.", "/private_chat");
    if (act.settings.slow_seconds < 0 || act.settings.slow_seconds > kSlowestSeconds)
      return bad("0 to 300 seconds.", "/slow_seconds");
    if (act.settings == state.settings) return nothing();
    const auto& before = state.settings;
    if ((act.settings.locked && !before.locked) || act.settings.lobby > before.lobby ||
        (act.settings.only_enrolled && !before.only_enrolled))
      act.inside = now.inside;
    return act;
  }

  Decision operator()(const RemovePerson& wish) const {
    if (!teaches()) return not_allowed();
    if (state.removed.contains(wish.person)) return nothing();
    if (!now.other) return person_not_found("/person");
    if (now.other->role == Role::kTeacher)
      return fail(ErrorKind::kForbidden, "not-allowed", "Who teaches is not shown out.", "/person");
    return PersonRemoved{now.other->id, now.other->name};
  }

  Decision operator()(const Admit& wish) const {
    if (!teaches()) return not_allowed();
    PersonsAdmitted act;
    for (const auto& one : now.waiting)
      if (!wish.person || one.id == *wish.person) act.people.push_back({one.id, one.name});
    if (!act.people.empty()) return act;
    if (wish.person && !state.inside.contains(*wish.person)) return person_not_found("/person");
    return nothing();
  }

  Decision operator()(const TurnAway& wish) const {
    if (!teaches()) return not_allowed();
    for (const auto& one : now.waiting)
      if (one.id == wish.person) return PersonTurnedAway{one.id, one.name};
    if (state.turned_away.contains(wish.person)) return nothing();
    return person_not_found("/person");
  }

  Decision operator()(const GiveFloor& wish) const {
    if (!teaches()) return not_allowed();
    if (!now.other || !now.other_is_here || state.removed.contains(wish.person))
      return person_not_found("/person");
    if (now.other->role == Role::kTeacher)
      return fail(ErrorKind::kForbidden, "not-allowed", "Who teaches needs no floor.", "/person");
    if (wish.camera && !now.students_cameras)
      return fail(ErrorKind::kForbidden, "cameras-off", "The school keeps students' cameras off.", "/camera");
    const OnFloor* has = state.find_on_floor(wish.person);
    if (has && has->camera == wish.camera) return nothing();
    if (!has && state.floor.size() >= kMostOnFloor)
      return fail(ErrorKind::kConflict, "floor-full", "Two have the floor already: take it from one first.",
                  "/person");
    const auto shows = [&](const OnFloor& one) { return one.camera && one.person != wish.person; };
    if (wish.camera && std::ranges::any_of(state.floor, shows))
      return fail(ErrorKind::kConflict, "floor-full",
                  "One shows her picture already: the stage has one place.", "/camera");
    return FloorGiven{now.other->id, now.other->name, wish.camera};
  }

  Decision operator()(const EndFloor& wish) const {
    const bool own = wish.person == who.id;
    if (!teaches() && !own) return not_allowed();
    if (!state.find_on_floor(wish.person)) return nothing();
    return FloorEnded{wish.person, own ? FloorEnded::Why::kGivenBack : FloorEnded::Why::kTaken};
  }

  Decision operator()(const Mute& wish) const {
    if (!teaches()) return not_allowed();
    VoicesMuted act{{}, wish.muted};
    const auto add = [&](const ParticipantId& person) {
      const bool known = std::ranges::find(act.persons, person) != act.persons.end();
      if (!known && state.muted.contains(person) != wish.muted) act.persons.push_back(person);
    };
    if (wish.person) {
      const bool speaks = std::ranges::find(now.speaking, *wish.person) != now.speaking.end();
      if (!speaks && !state.find_on_floor(*wish.person) && !state.muted.contains(*wish.person))
        return person_not_found("/person");
      add(*wish.person);
    } else if (wish.muted) {
      std::ranges::for_each(now.speaking, add);
      std::ranges::for_each(state.floor, [&](const OnFloor& one) { add(one.person); });
    } else {
      std::ranges::for_each(state.muted, add);
    }
    if (act.persons.empty()) return nothing();
    return act;
  }

  Decision operator()(const ShowPage& wish) const {
    if (!teaches()) return not_allowed();
    Shown shown;
    if (!wish.page.deck.empty()) {
      auto found = find_page(wish.page);
      if (!found) return std::unexpected(found.error());
      shown = std::move(*found);
      const auto& view = wish.view;
      if (view.x < 0 || view.y < 0 || view.width < kSmallestView || view.height < kSmallestView ||
          view.x + view.width > slides::kPageUnits || view.y + view.height > slides::kPageUnits)
        return bad("A part of the page, a twentieth of it at least.", "/view");
      shown.view = view;
    }
    if (shown == state.board.shown) return nothing();
    return PageShown{std::move(shown)};
  }

  Decision operator()(const Draw& wish) const {
    if (auto may = may_draw(wish.page); !may) return std::unexpected(may.error());
    auto stroke = stroke_of(wish);
    if (!stroke) return std::unexpected(stroke.error());
    const auto& board = state.board;
    if (board.ink_on(wish.page).size() >= kMostStrokes ||
        board.ink_bytes + slides::weight_of(*stroke) > kMostInk)
      return fail(ErrorKind::kConflict, "page-full", "This page holds no more: clear it, or take another.");
    return StrokeDrawn{wish.page, std::make_shared<const slides::Stroke>(std::move(*stroke))};
  }

  Decision operator()(const TakeBack& wish) const {
    if (auto may = may_draw(wish.page); !may) return std::unexpected(may.error());
    const Ink* last = state.board.last_of(wish.page, who.id);
    if (!last) return nothing();
    return StrokeTakenBack{wish.page, last->id};
  }

  Decision operator()(const ClearPage& wish) const {
    if (!teaches()) return not_allowed();
    if (state.board.ink_on(wish.page).empty()) return nothing();
    return PageCleared{wish.page};
  }

  Decision operator()(const PointAt&) const {
    if (!teaches()) return not_allowed();
    return nothing();
  }

  Decision operator()(const ReadInk&) const { return nothing(); }

 private:
  static constexpr int kSmallestView = slides::kPageUnits / 20;

  Result<Shown> find_page(const PageRef& page) const {
    const auto none = [] {
      return fail(ErrorKind::kNotFound, "not-found", "There is no such page in this lesson.", "/page");
    };
    if (page.deck == kWhiteDeck) {
      if (page.page < 1 || page.page > state.board.white_pages + 1) return none();
      if (page.page > kMostWhitePages)
        return fail(ErrorKind::kConflict, "page-full", "A lesson has at most fifty white pages.", "/page");
      const int pages = std::max(page.page, state.board.white_pages);
      return Shown{page, pages, kWhiteWidth, kWhiteHeight, {}};
    }
    if (!now.deck) return fail(ErrorKind::kNotFound, "not-found", "The lesson has no such slides.", "/deck");
    const auto& deck = *now.deck;
    if (deck.state == slides::DeckState::kFailed || deck.sizes.empty())
      return fail(ErrorKind::kConflict, "slides-not-ready", "These slides are not converted.", "/deck");
    // A deck is drawn from its first page to its last, and may be shown as far as it is.
    const auto drawn = static_cast<int64_t>(deck.sizes.size());
    const auto pages = std::max(deck.pages, drawn);
    if (page.page < 1 || page.page > pages) return none();
    if (page.page > drawn)
      return fail(ErrorKind::kConflict, "slides-not-ready", "This page is not drawn yet.", "/page");
    const auto& size = deck.sizes[static_cast<size_t>(page.page) - 1];
    return Shown{page, static_cast<int>(pages), size.width, size.height, {}};
  }

  // A student: on what the class looks at, while the teacher lets students draw.
  Result<void> may_draw(const PageRef& page) const {
    if (!teaches() && !state.settings.drawing)
      return fail(ErrorKind::kForbidden, "drawing-off", "The teacher alone draws just now.");
    if (page.deck.empty() || page != state.board.shown.page)
      return fail(ErrorKind::kConflict, "page-not-shown", "This page is not shown any more.", "/page");
    return {};
  }

  static Result<slides::Stroke> stroke_of(const Draw& wish) {
    slides::Stroke stroke;
    stroke.tool = wish.tool;
    if (wish.colour < 0 || wish.colour >= slides::kColours) return bad("There is no such colour.", "/colour");
    if (wish.width < 1 || wish.width > slides::kThickest) return bad("1 to 64.", "/width");
    stroke.colour = static_cast<uint8_t>(wish.colour);
    stroke.width = static_cast<uint8_t>(wish.width);
    auto points = slides::points_of(wish.points);
    const bool drawn = wish.tool == slides::Tool::kPen || wish.tool == slides::Tool::kHighlighter;
    const size_t wanted = drawn ? 0 : wish.tool == slides::Tool::kText ? 1 : 2;
    if (!points || (wanted > 0 && points->size() != wanted))
      return bad("Points within the page, as many as the tool has.", "/points");
    stroke.points = std::move(*points);
    if ((wish.tool == slides::Tool::kText) == wish.text.empty())
      return bad("A text has words, and nothing else has.", "/text");
    if (wish.text.empty()) return stroke;
    auto text = fit(wish.text, Lines::kMany, slides::kLongestNote, "/text");
    if (!text) return std::unexpected(text.error());
    stroke.text = std::move(*text);
    return stroke;
  }

  static std::unexpected<Error> full() {
    return fail(ErrorKind::kUnavailable, "class-busy", "More people than a class can hold have done so.");
  }
  static std::unexpected<Error> person_not_found(const std::string& field) {
    return fail(ErrorKind::kNotFound, "person-not-found", "There is no such person in this lesson.", field);
  }

  Result<void> address(ChatLine& line) const {
    if (!now.other || now.other->id == who.id || state.removed.contains(now.other->id))
      return person_not_found("/to");
    line.to = ChatLine::To::kPerson;
    line.person = now.other->id;
    line.person_name = now.other->name;
    // To or from a teacher it is the teachers' matter; between students the school decides.
    const bool with_teacher = teaches() || now.other->role == Role::kTeacher;
    line.teachers_see = with_teacher || now.school_rule != PrivateChat::kFree;
    return {};
  }

  // The school's words are the students' to leave out.
  Result<void> limit_words(ChatLine& line) const {
    if (teaches() || !now.words || now.words->empty()) return {};
    std::string masked = mask_words(line.text, *now.words);
    if (masked == line.text) return {};
    if (now.word_rule == schedule::WordRule::kRefuse)
      return fail(ErrorKind::kForbidden, "chat-word", "The school does not allow one of these words.",
                  "/text");
    line.text = std::move(masked);
    return {};
  }

  Result<void> may_say(const ChatLine& line) const {
    if (teaches()) return {};
    if (state.settings.chat == ChatMode::kOff)
      return fail(ErrorKind::kForbidden, "chat-off", "The teacher has closed the chat.");
    const bool to_teacher = line.to == ChatLine::To::kTeachers ||
                            (line.to == ChatLine::To::kPerson && now.other->role == Role::kTeacher);
    if (state.settings.chat == ChatMode::kToTeacher && !to_teacher)
      return fail(ErrorKind::kForbidden, "chat-to-teacher-only", "You may write to the teacher only.", "/to");
    if (line.to == ChatLine::To::kPerson && !to_teacher &&
        (!state.settings.private_chat || now.school_rule == PrivateChat::kOff))
      return fail(ErrorKind::kForbidden, "private-chat-off", "Private lines between students are off.",
                  "/to");
    const auto last = state.last_lines.find(who.id);
    if (state.settings.slow_seconds == 0 || last == state.last_lines.end()) return {};
    // A wall clock that jumped back makes nobody wait longer than the setting says.
    const auto wait = std::min<WallTime::duration>(last->second - now.now, WallTime::duration{}) +
                      std::chrono::seconds(state.settings.slow_seconds);
    if (wait <= WallTime::duration{}) return {};
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return std::unexpected(Error{ErrorKind::kTooMany,
                                 "chat-too-fast",
                                 "Wait " + std::to_string(seconds) + " s before your next line.",
                                 "",
                                 {},
                                 {{"retry_after_seconds", std::to_string(seconds)}}});
  }

  Result<void> require_running(int64_t poll) const {
    if (state.poll && state.poll->poll.id == poll) return {};
    return fail(ErrorKind::kConflict, "poll-not-running", "This poll is closed.", "/poll");
  }

  static Result<PollAnswer> answer_of(const AnswerPoll& wish, const Poll& poll) {
    PollAnswer answer;
    switch (poll.kind) {
      case PollKind::kText: {
        if (!wish.text || wish.choices || wish.number) return bad("This poll asks for a text.", "/text");
        auto text = fit(*wish.text, Lines::kOne, kLongestAnswer, "/text");
        if (!text) return std::unexpected(text.error());
        answer.text = std::move(*text);
        return answer;
      }
      case PollKind::kNumber:
        if (!wish.number || wish.choices || wish.text) return bad("This poll asks for a number.", "/number");
        if (!std::isfinite(*wish.number) || std::abs(*wish.number) > kLargestNumber)
          return bad("A number of at most fifteen digits.", "/number");
        answer.number = *wish.number;
        return answer;
      default:
        break;
    }
    if (!wish.choices || wish.text || wish.number) return bad("This poll asks for a choice.", "/choices");
    answer.choices = *wish.choices;
    std::ranges::sort(answer.choices);
    const auto [twice, end] = std::ranges::unique(answer.choices);
    const bool repeated = twice != end;
    const int most = poll.kind == PollKind::kYesNo ? 2 : static_cast<int>(poll.choices.size());
    const size_t may = poll.kind == PollKind::kMultiple ? poll.choices.size() : 1;
    if (repeated || answer.choices.empty() || answer.choices.size() > may || answer.choices.front() < 0 ||
        answer.choices.back() >= most)
      return bad("There is no such choice.", "/choices");
    return answer;
  }
};

// Before the lesson a teacher may write to those who wait, set the class up and show people out.
bool waits_for_start(const Wish& wish, Role role) {
  const bool early = std::holds_alternative<Say>(wish) || std::holds_alternative<DeleteLine>(wish) ||
                     std::holds_alternative<LowerHand>(wish) ||
                     std::holds_alternative<ChangeSettings>(wish) ||
                     std::holds_alternative<RemovePerson>(wish) || std::holds_alternative<Admit>(wish) ||
                     std::holds_alternative<TurnAway>(wish) || std::holds_alternative<ShowPage>(wish) ||
                     std::holds_alternative<Draw>(wish) || std::holds_alternative<TakeBack>(wish) ||
                     std::holds_alternative<ClearPage>(wish) || std::holds_alternative<ReadInk>(wish);
  return !early || role != Role::kTeacher;
}

Result<void> may_act(const Wish& wish, const Actor& who, const ClassState& state, LessonStatus status) {
  if (who.role != Role::kTeacher && who.role != Role::kStudent && who.role != Role::kGuest)
    return not_allowed();
  if (state.removed.contains(who.id))
    return fail(ErrorKind::kForbidden, "removed-from-lesson",
                "The teacher has shown you out of this lesson.");
  switch (status) {
    case LessonStatus::kLive:
      return {};
    case LessonStatus::kScheduled:
      if (!waits_for_start(wish, who.role)) return {};
      return fail(ErrorKind::kConflict, "lesson-not-live", "This lesson has not started yet.");
    case LessonStatus::kEnded:
      return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
    case LessonStatus::kCancelled:
      return fail(ErrorKind::kConflict, "lesson-cancelled", "This lesson was cancelled.");
  }
  return {};
}

}  // namespace

ParticipantId named_in(const Wish& wish) {
  if (const auto* say = std::get_if<Say>(&wish))
    return say->to == "teachers" ? ParticipantId{} : ParticipantId{say->to};
  if (const auto* remove = std::get_if<RemovePerson>(&wish)) return remove->person;
  if (const auto* give = std::get_if<GiveFloor>(&wish)) return give->person;
  return {};
}

std::string deck_in(const Wish& wish) {
  const auto* page = std::get_if<ShowPage>(&wish);
  return page ? page->page.deck : "";
}

Decision decide(const Wish& wish, const Actor& who, const ClassState& state, const Circumstances& now) {
  if (auto may = may_act(wish, who, state, now.status); !may) return std::unexpected(may.error());
  return std::visit(Rules{who, state, now}, wish);
}

Result<void> may_speak(const ParticipantId& who, Role role, const ClassState& state) {
  if (role == Role::kTeacher) return {};
  if (state.removed.contains(who))
    return fail(ErrorKind::kForbidden, "removed-from-lesson",
                "The teacher has shown you out of this lesson.");
  if (state.settings.speak_freely || state.find_on_floor(who)) return {};
  return fail(ErrorKind::kForbidden, "floor-not-given", "The teacher has not given you the floor.");
}

bool may_show(const ParticipantId& who, Role role, const ClassState& state) {
  const OnFloor* floor = state.find_on_floor(who);
  return role == Role::kTeacher || (floor && floor->camera);
}

Result<void> may_enter(const ParticipantId& who, Role role, const ClassState& state) {
  if (role == Role::kTeacher) return {};
  if (state.removed.contains(who))
    return fail(ErrorKind::kForbidden, "removed-from-lesson",
                "The teacher has shown you out of this lesson.");
  if (state.turned_away.contains(who))
    return fail(ErrorKind::kForbidden, "turned-away", "The teacher has not let you in.");
  if (state.inside.contains(who)) return {};
  const ClassSettings& door = state.settings;
  if (door.locked)
    return fail(ErrorKind::kForbidden, "lesson-locked",
                "The teacher has locked this lesson: nobody new comes in.");
  const bool enrolled = role == Role::kStudent;  // a student's link is made for one who is
  if (door.only_enrolled && !enrolled)
    return fail(ErrorKind::kForbidden, "only-enrolled", "This lesson is for those enrolled in the class.");
  if (door.lobby == Lobby::kEverybody || (door.lobby == Lobby::kGuests && !enrolled))
    return fail(ErrorKind::kForbidden, std::string(kWaiting), "The teacher has not let you in yet.");
  return {};
}

// The type of a media section ends at a space (RFC 8866 section 5.14); what parsers forgive is forgiven here.
Result<void> may_publish(Role role, std::string_view offer, bool students_cameras) {
  if (role == Role::kTeacher || students_cameras) return {};
  for (size_t at = 0; at < offer.size();) {
    const size_t end = std::min(offer.find_first_of("\r\n", at), offer.size());
    std::string_view line = offer.substr(at, end - at);
    at = end + 1;
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.starts_with("m") && line.find("video") != line.npos)
      return fail(ErrorKind::kForbidden, "cameras-off", "The school does not allow students' cameras.",
                  "m=video");
  }
  return {};
}

}  // namespace thranio::lesson
