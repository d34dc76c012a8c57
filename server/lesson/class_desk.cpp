#include "server/lesson/class_desk.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "server/lesson/lesson.hpp"
#include "server/store/table.hpp"

namespace thranio::lesson {

namespace asio = boost::asio;

namespace {

constexpr int kReadAtOnce = 2000;
constexpr size_t kMostToldTogether = 64;

size_t weight_of(const ClassEvent& event) {
  const auto* line = std::get_if<ChatLine>(&event.act);
  const auto* drawn = std::get_if<StrokeDrawn>(&event.act);
  return 200 + (line ? line->text.size() : 0) + (drawn ? slides::weight_of(*drawn->stroke) * 2 : 0);
}

WallTime wall_now() {
  return std::chrono::system_clock::now();
}

}  // namespace

ClassDesk::ClassDesk(asio::any_io_executor strand, ClassHost& host, ClassEvents& store, Decks& decks,
                     Encode encode)
    : strand_(std::move(strand)),
      host_(host),
      store_(store),
      decks_store_(decks),
      encode_(std::move(encode)),
      load_done_(strand_),
      pause_(strand_),
      sums_timer_(strand_),
      signals_timer_(strand_),
      reactions_timer_(strand_),
      pointer_timer_(strand_) {}

asio::awaitable<Result<void>> ClassDesk::ready() {
  if (log_) co_return Result<void>{};
  if (host_.row().status == schedule::LessonStatus::kEnded)
    co_return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
  if (loading_) {
    while (loading_)
      co_await load_done_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return loaded_;
  }
  loading_ = true;
  load_done_.expires_at(asio::steady_timer::time_point::max());  // it would wake who waits already
  try {
    loaded_ = co_await load();
  } catch (const std::exception& fault) {
    log::error("class state", {{"lesson", host_.row().id.value()}, {"cause", fault.what()}});
    loaded_ = fail(ErrorKind::kInternal, "internal-error", "What this class has said cannot be read.");
  }
  loading_ = false;
  load_done_.cancel();
  co_return loaded_;
}

asio::awaitable<Result<void>> ClassDesk::load() {
  ClassState state;
  std::deque<ClassEventPtr> last;
  state.settings.lobby = host_.row().rules.lobby;
  for (;;) {
    const auto rows = co_await store_.after(host_.row().id, state.last_seq, kReadAtOnce);
    if (!rows) co_return std::unexpected(rows.error());
    for (const auto& row : *rows) {
      last.push_back(std::make_shared<const ClassEvent>(event_of(row)));
      apply(state, *last.back());
      if (last.size() > ClassLog::kKept) last.pop_front();
    }
    if (rows->size() < kReadAtOnce) break;
  }
  if (state.last_seq > 0)
    log::info("class restored", {{"lesson", host_.row().id.value()}, {"events", state.last_seq}});
  auto decks = co_await decks_store_.of(host_.row().id);
  if (!decks) co_return std::unexpected(decks.error());
  decks_ = std::move(*decks);
  log_.emplace(std::move(state), std::move(last));
  watch_signals();
  if (std::exchange(decks_stale_, false)) decks_changed();
  follow_school();
  co_return Result<void>{};
}

void ClassDesk::rules_changed() {
  if (!log_ || finished_) return;
  say(rules(), false);
  follow_school();
}

RulesTold ClassDesk::rules() const {
  return {host_.row().rules.private_chat, host_.row().rules.students_cameras};
}

// The school's word is an event where the class keeps what follows of it: who was inside when the door became
// narrower, and whose picture is to be seen no more.
void ClassDesk::follow_school() {
  const auto& row = host_.row();
  if (row.status == schedule::LessonStatus::kEnded || row.status == schedule::LessonStatus::kCancelled)
    return;
  const Actor school{{}, "", auth::Role::kAdmin};
  const ClassState& now = log_->ahead();
  if (!now.settings.lobby_said && now.settings.lobby != row.rules.lobby) {
    SettingsChanged act{now.settings, {}};
    act.settings.lobby = row.rules.lobby;
    if (act.settings.lobby > now.settings.lobby) act.inside = host_.everybody_known();
    add(school, std::move(act), nullptr);
  }
  if (row.rules.students_cameras) return;
  const auto floor = log_->ahead().floor;
  for (const auto& one : floor)
    if (one.camera) add(school, FloorGiven{one.person, one.name, false}, nullptr);
}

Result<void> ClassDesk::may_enter(const ParticipantId& who, auth::Role role) const {
  return lesson::may_enter(who, role, log_->told());
}

ClassSnapshot ClassDesk::snapshot_for(const ParticipantId& who, bool teaches) const {
  const ClassState& state = log_->told();
  ClassSnapshot snapshot;
  snapshot.last_seq = state.last_seq;
  snapshot.settings = state.settings;
  snapshot.rules = rules();
  size_t bytes = 0;
  for (auto line = state.chat.rbegin(); line != state.chat.rend() && bytes < kChatInWelcome; ++line) {
    if (!may_read(line->line, line->from, who, teaches)) continue;
    bytes += line->line.text.size() + line->name.size();
    snapshot.chat.push_back(*line);
  }
  std::ranges::reverse(snapshot.chat);
  for (const auto& hand : state.hands)
    if (teaches || hand.person == who) snapshot.hands.push_back(hand);
  snapshot.floor = state.floor;
  for (const auto& person : state.muted)
    if (teaches || person == who) snapshot.muted.push_back(person);
  if (state.poll) {
    snapshot.poll.emplace();
    snapshot.poll->poll = state.poll->poll;
    if (const auto mine = state.poll->answers.find(who); mine != state.poll->answers.end())
      snapshot.poll->mine = mine->second.answer;
    if (teaches) snapshot.poll->tally = tally_of(*state.poll);
  }
  for (const auto& poll : state.closed) {
    snapshot.closed.push_back(poll);
    if (!teaches) snapshot.closed.back().tally.texts.clear();
  }
  const auto now = wall_now();
  if (const auto mine = state.signals.find(who);
      mine != state.signals.end() && mine->second.second + kSignalLasts > now)
    snapshot.mine = mine->second.first;
  if (teaches) snapshot.signals = signals_at(state, now);
  snapshot.shown = state.board.shown;
  snapshot.white_pages = state.board.white_pages;
  if (teaches) snapshot.decks = decks_;
  return snapshot;
}

std::optional<std::vector<std::shared_ptr<const std::string>>> ClassDesk::missed(const ParticipantId& who,
                                                                                 bool teaches,
                                                                                 int64_t seq) const {
  const auto events = log_->after(seq);
  if (!events) return std::nullopt;
  std::vector<std::shared_ptr<const std::string>> messages;
  ClassBatch batch;
  const auto send = [&] {
    if (!batch.news.empty()) messages.push_back(encode_(batch));
    batch.news.clear();
  };
  for (const auto& event : *events) {
    const auto audience = audience_of(*event);
    if (!audience.everybody && !(audience.teachers && teaches) &&
        std::ranges::find(audience.persons, who) == audience.persons.end())
      continue;
    batch.news.push_back(news_of(event, teaches));
    if (batch.news.size() == kMostToldTogether) send();
  }
  send();
  const ClassState& state = log_->told();
  if (teaches && state.poll) messages.push_back(encode_(Tallied{state.poll->poll.id, tally_of(*state.poll)}));
  if (teaches) messages.push_back(encode_(SignalsSummed{signals_at(state, wall_now())}));
  return messages;
}

void ClassDesk::ask(const Actor& who, const std::shared_ptr<Seat>& seat, std::optional<uint32_t> ref,
                    Wish wish) {
  const auto refuse = [&](const Error& error) { seat->send(encode_(Refused{error, ref})); };
  if (!log_ || finished_) return;
  if (auto pass = pass_gate(who.id, wish); !pass) return refuse(pass.error());
  auto act = decide(wish, who, log_->ahead(), circumstances_of(wish));
  if (!act) return refuse(act.error());
  if (const auto* reaction = std::get_if<React>(&wish)) react(reaction->reaction);
  if (const auto* pointer = std::get_if<PointAt>(&wish)) point(pointer->place);
  if (const auto* ink = std::get_if<ReadInk>(&wish)) seat->send(encode_(ink_for(*ink)));
  const auto answer = [encode = encode_, seat, ref](const Result<int64_t>& seq) {
    if (!seq) seat->send(encode(Refused{seq.error(), ref}));
    if (seq && ref) seat->send(encode(Accepted{*ref, *seq}));
  };
  if (*act) return add(who, std::move(**act), answer);
  const bool has_acted = std::holds_alternative<React>(wish) || std::holds_alternative<PointAt>(wish) ||
                         std::holds_alternative<ReadInk>(wish);
  if (has_acted) return answer(0);
  // It may have changed nothing because of what is not on disk yet.
  if (auto added = log_->add_nothing(answer); !added) answer(std::unexpected(added.error()));
}

Circumstances ClassDesk::circumstances_of(const Wish& wish) {
  const auto& row = host_.row();
  Circumstances now;
  now.status = row.status;
  now.school_rule = row.rules.private_chat;
  now.now = wall_now();
  now.students_cameras = row.rules.students_cameras;
  if (const auto named = named_in(wish); !named.value().empty()) {
    now.other = host_.known(named);
    now.other_is_here = host_.is_here(named);
  }
  if (std::holds_alternative<Mute>(wish)) now.speaking = host_.speaking();
  if (std::holds_alternative<ChangeSettings>(wish)) now.inside = host_.everybody_known();
  if (std::holds_alternative<Admit>(wish) || std::holds_alternative<TurnAway>(wish))
    now.waiting = host_.waiting();
  if (row.rules.chat_words != words_text_) {
    words_text_ = row.rules.chat_words;
    words_.clear();
    for (const auto& word : store::split_words(words_text_))
      words_.insert(folded(word));
  }
  now.deck = find_deck(deck_in(wish));
  now.words = &words_;
  now.word_rule = row.rules.word_rule;
  return now;
}

Result<void> ClassDesk::pass_gate(const ParticipantId& who, const Wish& wish) {
  const TimePoint now = std::chrono::steady_clock::now();
  if (now - gates_swept_ > kWishesWhile) {
    gates_swept_ = now;
    std::erase_if(gates_, [&](const auto& gate) { return now - gate.second.since > kWishesWhile; });
  }
  Gate& gate = gates_[who];
  if (now - gate.since > kWishesWhile) gate = {now};
  const bool draws = std::holds_alternative<Draw>(wish) || std::holds_alternative<PointAt>(wish) ||
                     std::holds_alternative<TakeBack>(wish) || std::holds_alternative<ReadInk>(wish) ||
                     std::holds_alternative<ShowPage>(wish);
  if (draws ? ++gate.strokes <= kMostStrokesWhile : ++gate.wishes <= kMostWishes) return {};
  return fail(ErrorKind::kTooMany, "too-many-messages",
              "Too many messages in a short time: wait ten seconds.");
}

void ClassDesk::left(const Actor& who, bool link_lost) {
  if (!log_ || finished_ || host_.row().status != schedule::LessonStatus::kLive) return;
  if (!link_lost && log_->ahead().hand_is_up(who.id)) add(who, HandLowered{who.id}, nullptr);
  if (log_->ahead().find_on_floor(who.id)) add(who, FloorEnded{who.id, FloorEnded::Why::kLeft}, nullptr);
}

void ClassDesk::end_floor_of_the_gone() {
  if (!log_ || finished_) return;
  const auto floor = log_->ahead().floor;
  for (const auto& one : floor)
    if (!host_.is_here(one.person)) left({one.person, one.name}, true);
}
void ClassDesk::finish() {
  finished_ = true;
  for (auto* timer : {&sums_timer_, &signals_timer_, &reactions_timer_, &pointer_timer_})
    timer->cancel();
}

void ClassDesk::add(const Actor& who, ClassAct act, ClassLog::Done done) {
  if (auto added = log_->add(who, wall_now(), std::move(act), done); !added) {
    if (done) done(std::unexpected(added.error()));
    return;
  }
  write();
}

void ClassDesk::write() {
  if (std::exchange(writing_, true)) return;
  asio::co_spawn(strand_, write_batches(host_.alive()), asio::detached);
}

// Until nothing waits. `alive` keeps the lesson while a batch is on its way.
asio::awaitable<void> ClassDesk::write_batches([[maybe_unused]] std::shared_ptr<void> alive) {
  for (;;) {
    auto batch = log_->begin();
    if (batch.empty()) break;
    Result<void> written;
    try {
      written = co_await store_.append(host_.row().id, std::move(batch), log_->replaces());
    } catch (const std::exception& fault) {
      log::error("class events", {{"lesson", host_.row().id.value()}, {"cause", fault.what()}});
      written =
          fail(ErrorKind::kInternal, "internal-error", "The server could not keep this; it did not happen.");
    }
    if (!written) {
      log_->failed(written.error());
      continue;
    }
    tell(log_->committed());
    const auto pause = std::min<Duration>(kPauseForEach * host_.here(), kLongestPause);
    if (finished_ || host_.here() <= Lesson::kEverybodyListed) continue;
    pause_.expires_after(pause);
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  writing_ = false;
}

void ClassDesk::tell(const std::vector<ClassEventPtr>& events) {
  std::vector<ClassEventPtr> together;
  size_t bytes = 0;
  for (const auto& event : events) {
    together.push_back(event);
    bytes += weight_of(*event);
    if (together.size() < kMostToldTogether && bytes < kToldAtOnce) continue;
    tell_together(std::exchange(together, {}));
    bytes = 0;
  }
  tell_together(together);
  for (const auto& event : events)
    act_on(*event);
}

// One message for all students who hear nothing of their own, one for all such teachers, and one for each of
// the others.
void ClassDesk::tell_together(const std::vector<ClassEventPtr>& events) {
  if (finished_ || events.empty()) return;
  std::vector<Audience> audiences;
  std::set<ParticipantId> special;
  for (const auto& event : events) {
    audiences.push_back(audience_of(*event));
    if (!audiences.back().everybody)
      special.insert(audiences.back().persons.begin(), audiences.back().persons.end());
  }
  const auto message_for = [&](const ParticipantId* who, bool teaches) -> std::shared_ptr<const std::string> {
    ClassBatch batch;
    for (size_t i = 0; i < events.size(); ++i) {
      const auto& audience = audiences[i];
      const bool own = who && std::ranges::find(audience.persons, *who) != audience.persons.end();
      if (audience.everybody || (audience.teachers && teaches) || own)
        batch.news.push_back(news_of(events[i], teaches));
    }
    return batch.news.empty() ? nullptr : encode_(batch);
  };
  std::array<std::optional<std::shared_ptr<const std::string>>, 2> common;
  host_.each([&](const ParticipantId& who, bool teaches, const ClassHost::Seats& seats) {
    if (seats.empty()) return;
    auto& shared = common[teaches];
    const bool own = special.contains(who);
    if (!own && !shared) shared = message_for(nullptr, teaches);
    const auto message = own ? message_for(&who, teaches) : *shared;
    if (!message) return;
    for (const auto& seat : seats)
      seat->send(message);
  });
}

ClassDesk::Audience ClassDesk::audience_of(const ClassEvent& event) const {
  if (const auto* line = std::get_if<ChatLine>(&event.act)) {
    if (line->to == ChatLine::To::kEverybody) return {true, true, {}};
    if (line->to == ChatLine::To::kTeachers) return {false, true, {event.actor.id}};
    return {false, line->teachers_see, {event.actor.id, line->person}};
  }
  if (std::holds_alternative<HandRaised>(event.act)) return {false, true, {event.actor.id}};
  if (const auto* hand = std::get_if<HandLowered>(&event.act)) return {false, true, {hand->person}};
  if (std::holds_alternative<Signalled>(event.act) || std::holds_alternative<PollAnswered>(event.act))
    return {false, false, {event.actor.id}};  // others hear sums
  if (const auto* removed = std::get_if<PersonRemoved>(&event.act)) return {false, true, {removed->person}};
  if (std::holds_alternative<PersonsAdmitted>(event.act) ||
      std::holds_alternative<PersonTurnedAway>(event.act))
    return {false, true, {}};
  if (const auto* muted = std::get_if<VoicesMuted>(&event.act)) return {false, true, muted->persons};
  if (std::holds_alternative<OtherAct>(event.act)) return {};
  return {true, true, {}};
}

ClassNews ClassDesk::news_of(const ClassEventPtr& event, bool teaches) const {
  ClassNews news{event};
  const auto* closed = std::get_if<PollClosed>(&event->act);
  if (!closed) return news;
  news.tally.emplace();
  for (const auto& poll : log_->told().closed)
    if (poll.poll.id == closed->poll) news.tally = poll.tally;
  if (!teaches) news.tally->texts.clear();  // what one wrote for the teacher is not shown to the class
  return news;
}

void ClassDesk::act_on(const ClassEvent& event) {
  if (std::holds_alternative<PollAnswered>(event.act)) sums_changed(true, false);
  if (std::holds_alternative<Signalled>(event.act)) sums_changed(false, true);
  if (std::holds_alternative<SettingsChanged>(event.act) ||
      std::holds_alternative<PersonsAdmitted>(event.act) ||
      std::holds_alternative<PersonTurnedAway>(event.act))
    host_.door_changed();
  if (std::holds_alternative<FloorGiven>(event.act) || std::holds_alternative<FloorEnded>(event.act) ||
      std::holds_alternative<VoicesMuted>(event.act) || std::holds_alternative<SettingsChanged>(event.act))
    host_.floor_changed();
  if (const auto* removed = std::get_if<PersonRemoved>(&event.act)) {
    sums_changed(false, true);
    host_.show_out(removed->person);
  }
}

void ClassDesk::react(Reaction reaction) {
  ++reactions_.counts[static_cast<size_t>(reaction)];
  if (std::exchange(reactions_due_, true)) return;
  after(reactions_timer_, kReactionsEvery, [this] {
    reactions_due_ = false;
    say(std::exchange(reactions_, {}), false);
  });
}

void ClassDesk::sums_changed(bool poll, bool signals) {
  poll_dirty_ = poll_dirty_ || poll;
  signals_dirty_ = signals_dirty_ || signals;
  if (std::exchange(sums_due_, true)) return;
  after(sums_timer_, kSumsEvery, [this] { tell_sums(); });
}

void ClassDesk::tell_sums() {
  sums_due_ = false;
  const ClassState& state = log_->told();
  if (std::exchange(poll_dirty_, false) && state.poll)
    say(Tallied{state.poll->poll.id, tally_of(*state.poll)}, true);
  if (!std::exchange(signals_dirty_, false)) return;
  const auto sums = signals_at(state, wall_now());
  if (sums != std::exchange(told_sums_, sums)) say(SignalsSummed{sums}, true);
  watch_signals();
}

void ClassDesk::watch_signals() {
  const auto now = wall_now();
  const auto next = signals_change_at(log_->told(), now);
  if (!next) return;
  told_sums_ = signals_at(log_->told(), now);
  after(signals_timer_, *next - now + kSumsEvery, [this] { sums_changed(false, true); });
}

void ClassDesk::decks_changed() {
  if (finished_) return;
  decks_stale_ = true;
  if (!log_ || std::exchange(reading_decks_, true)) return;
  asio::co_spawn(strand_, read_decks(host_.alive()), asio::detached);
}

// Until what was read is what is there. `alive` keeps the lesson meanwhile.
asio::awaitable<void> ClassDesk::read_decks([[maybe_unused]] std::shared_ptr<void> alive) {
  while (std::exchange(decks_stale_, false)) {
    try {
      auto decks = co_await decks_store_.of(host_.row().id);
      if (decks) decks_ = std::move(*decks);
    } catch (const std::exception& fault) {
      log::error("slides", {{"lesson", host_.row().id.value()}, {"cause", fault.what()}});
    }
  }
  reading_decks_ = false;
  if (finished_) co_return;
  say(DecksTold{decks_}, true);
  hide_lost_deck();
}

const slides::Deck* ClassDesk::find_deck(const std::string& id) const {
  const auto at = std::ranges::find(decks_, id, &slides::Deck::id);
  return at == decks_.end() ? nullptr : &*at;
}

// Nobody looks at slides that were deleted.
void ClassDesk::hide_lost_deck() {
  const auto& page = log_->ahead().board.shown.page;
  if (page.deck.empty() || page.deck == kWhiteDeck || find_deck(page.deck)) return;
  add({}, PageShown{}, nullptr);
}

InkTold ClassDesk::ink_for(const ReadInk& wish) const {
  InkTold told{wish.page, {}, wish.after == 0};
  const auto& all = log_->told().board.ink_on(wish.page);
  size_t bytes = 0;
  for (auto at = std::ranges::upper_bound(all, wish.after, {}, &Ink::id); at != all.end(); ++at) {
    bytes += slides::weight_of(*at->stroke);
    told.more = !told.strokes.empty() && bytes > kInkTold;
    if (told.more) break;
    told.strokes.push_back(*at);
  }
  return told;
}

// Where it is now, at most so often; on thin lines less often, and nobody is told of the way between.
void ClassDesk::point(const std::optional<slides::Point>& place) {
  pointer_ = place;
  pointer_moved_ = true;
  if (!pointer_due_) tell_pointer();
}

void ClassDesk::tell_pointer() {
  pointer_due_ = std::exchange(pointer_moved_, false);
  if (!pointer_due_) return;
  const TimePoint now = std::chrono::steady_clock::now();
  const bool thin_too = !pointer_ || now - thin_lines_pointed_ >= kPointerOnThinLines;
  if (thin_too) thin_lines_pointed_ = now;
  const auto message = encode_(Pointed{pointer_});
  host_.each([&](const ParticipantId& who, bool, const ClassHost::Seats& seats) {
    if (!thin_too && host_.line_is_thin(who)) return;
    for (const auto& seat : seats)
      seat->send(message);
  });
  after(pointer_timer_, kPointerEvery, [this] { tell_pointer(); });
}

void ClassDesk::say(const Event& event, bool teachers_only) {
  if (finished_) return;
  std::shared_ptr<const std::string> message;
  host_.each([&](const ParticipantId&, bool teaches, const ClassHost::Seats& seats) {
    if (teachers_only && !teaches) return;
    for (const auto& seat : seats) {
      if (!message) message = encode_(event);
      seat->send(message);
    }
  });
}

void ClassDesk::after(asio::steady_timer& timer, Duration wait, std::function<void()> work) {
  timer.expires_after(wait);
  timer.async_wait(
      [this, weak = std::weak_ptr<void>(host_.alive()), work = std::move(work)](const auto& error) {
        const auto alive = weak.lock();
        if (!error && alive && !finished_) work();
      });
}

}  // namespace thranio::lesson
