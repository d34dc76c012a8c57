#include "server/lesson/lesson.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pipelines/base/log.hpp"
#include "pipelines/base/text.hpp"

namespace thranio::lesson {

namespace asio = boost::asio;
using pipelines::PeerEvent;
using pipelines::SdpAnswer;
using schedule::LessonStatus;

namespace {

using namespace std::chrono_literals;

constexpr auto kPictureTick = 100ms;
constexpr auto kTellLine = 5s;        // to a page whose rung has not changed
constexpr double kTellChange = 0.25;  // of what its line carries

EndReason end_of(LeftReason reason) {
  switch (reason) {
    case LeftReason::kLeft:
      return EndReason::kLeft;
    case LeftReason::kLinkLost:
      return EndReason::kLinkLost;
    case LeftReason::kRemoved:
      return EndReason::kRemoved;
  }
  return EndReason::kLeft;
}

}  // namespace

uint16_t close_code_of(const Error& error) {
  if (error.code == "removed-from-lesson") return 4403;
  if (error.code == "turned-away") return 4406;
  if (error.code == "only-enrolled") return 4407;
  if (error.code == "lesson-locked") return 4423;
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kInternal ? 1013 : 4409;
}

Lesson::Lesson(asio::any_io_executor executor, pipelines::MediaPlane& media, std::string server_instance,
               Encode encode, ClassEvents& class_events, Decks& decks, AttendanceSink& attendance,
               schedule::LessonRecord record)
    : strand_(asio::make_strand(std::move(executor))),
      media_(media),
      server_instance_(std::move(server_instance)),
      encode_(std::move(encode)),
      school_(record.school),
      attendance_(attendance),
      record_(std::move(record)),
      class_desk_(strand_, *this, class_events, decks, encode_) {}

template <typename Work>
auto Lesson::call(Work work) -> asio::awaitable<std::invoke_result_t<Work>> {
  co_return work();
}

template <typename Work>
auto Lesson::on_strand(Work work) -> asio::awaitable<std::invoke_result_t<Work>> {
  auto there = call(std::move(work));
  co_return co_await asio::co_spawn(strand_, std::move(there), asio::use_awaitable);
}

void Lesson::update(schedule::LessonRecord record) {
  asio::post(strand_, [self = shared_from_this(), record = std::move(record)]() mutable {
    if (record.version < self->record_.version) return;  // two changes crossed on their way here
    if (record.rules.version < self->record_.rules.version) record.rules = self->record_.rules;
    const bool ruled = record.rules.version > self->record_.rules.version;
    self->record_ = std::move(record);
    if (ruled) self->rules_changed();
    if (self->record_.status == LessonStatus::kLive) self->open_pipeline();
    if (self->pipeline_)
      self->pipeline_->set_voice_packet(std::chrono::milliseconds(self->record_.voice_packet_ms));
    self->say(LessonChanged{self->record_});
    for (const auto& [id, waits] : self->waiting_)
      for (const auto& seat : waits.seats)
        seat->send(self->encode_(LessonChanged{self->record_}));
    if (self->record_.status == LessonStatus::kEnded) self->finish();
  });
}

void Lesson::set_rules(schedule::SchoolRules rules) {
  asio::post(strand_, [self = shared_from_this(), rules = std::move(rules)]() mutable {
    if (rules.version <= self->record_.rules.version) return;
    self->record_.rules = std::move(rules);
    self->rules_changed();
  });
}

void Lesson::rules_changed() {
  class_desk_.rules_changed();
  floor_changed();  // a picture that is not allowed ends before the disk has it
}

void Lesson::open_pipeline() {
  if (pipeline_) return;
  // Media threads tell, the strand acts; a lesson that is over hears nothing more.
  const auto events = [weak = weak_from_this(), strand = strand_](PeerEvent event) {
    asio::post(strand, [weak, event = std::move(event)] {
      if (const auto self = weak.lock()) self->handle_peer(event);
    });
  };
  pipeline_ = media_.create_lesson(record_.id, events);
  attendance_.live(record_.id, std::chrono::steady_clock::now());
  log::info("lesson live", {{"lesson", record_.id.value()}});
}

void Lesson::finish() {
  attendance_.over(record_.id, std::chrono::steady_clock::now());
  class_desk_.finish();
  count_timer_.reset();
  picture_timer_.reset();
  floor_timer_.reset();
  desk_ = {};
  for (auto& [id, present] : present_) {
    present.grace.reset();
    for (const auto& seat : present.seats)
      seat->close(1000, "the lesson ended");
  }
  for (const auto& [id, waits] : waiting_)
    for (const auto& seat : waits.seats)
      seat->close(1000, "the lesson ended");
  waiting_timer_.reset();
  waiting_.clear();
  present_.clear();
  owners_.clear();
  shown_.clear();
  layers_.clear();
  pipeline_.reset();
  log::info("lesson ended", {{"lesson", record_.id.value()}});
}

void Lesson::going_away() {
  asio::post(strand_, [self = shared_from_this()] {
    self->say(GoingAway{});
    self->class_desk_.finish();
    self->count_timer_.reset();
    self->picture_timer_.reset();
    self->floor_timer_.reset();
    for (auto& [id, present] : self->present_) {
      present.grace.reset();
      for (const auto& seat : present.seats)
        seat->close(1001, "the server stops");
    }
    self->waiting_timer_.reset();
    for (const auto& [id, waits] : self->waiting_)
      for (const auto& seat : waits.seats)
        seat->close(1001, "the server stops");
    self->pipeline_.reset();
  });
}

void Lesson::decks_changed() {
  asio::post(strand_, [self = shared_from_this()] { self->class_desk_.decks_changed(); });
}

asio::awaitable<Result<void>> Lesson::recall() {
  const auto self = shared_from_this();
  auto recalled = co_await asio::co_spawn(strand_, class_desk_.ready(), asio::use_awaitable);
  if (recalled) asio::post(strand_, [self] { self->await_floor(); });
  co_return recalled;
}

// A server that was killed in mid-lesson: the floor is theirs who come back to it.
void Lesson::await_floor() {
  if (std::exchange(floor_awaited_, true) || class_desk_.told().floor.empty()) return;
  floor_timer_ = std::make_unique<asio::steady_timer>(strand_, kFloorGrace);
  floor_timer_->async_wait(asio::bind_executor(strand_, [weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (!error && self) self->class_desk_.end_floor_of_the_gone();
  }));
}
asio::awaitable<Result<void>> Lesson::join(Participant who, std::shared_ptr<Seat> seat,
                                           std::optional<int64_t> last_seq) {
  if (auto recalled = co_await recall(); !recalled) co_return recalled;
  auto task = [self = shared_from_this(), who = std::move(who), seat = std::move(seat),
               last_seq]() -> Result<void> {
    if (self->record_.status == LessonStatus::kEnded)
      return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
    if (self->record_.status == LessonStatus::kCancelled)
      return fail(ErrorKind::kConflict, "lesson-cancelled", "This lesson was cancelled.");
    const auto may = self->may_enter(who);
    if (!may && may.error().code == kWaiting) return self->wait_at_door(who, seat);
    if (may) self->enter(who, seat, last_seq);
    return may;
  };
  co_return co_await on_strand(std::move(task));
}

// Whom the school does not know is a guest at the door, whatever her link calls her.
Result<void> Lesson::may_enter(const Participant& who) const {
  const bool known_to_school = who.user || who.role == auth::Role::kTeacher;
  return class_desk_.may_enter(who.id, known_to_school ? who.role : auth::Role::kGuest);
}

void Lesson::enter(const Participant& who, const std::shared_ptr<Seat>& seat,
                   std::optional<int64_t> last_seq) {
  Present& present = appear(who);
  present.seats.insert(seat);
  greet(present, *seat, last_seq);
  for (const auto& [peer, rids] : layers_)
    if (const auto owner = owners_.find(peer); owner != owners_.end() && owner->second == who.id)
      if (const auto message = layers_message(peer)) seat->send(message);
}

Result<void> Lesson::wait_at_door(const Participant& who, const std::shared_ptr<Seat>& seat) {
  if (waiting_.size() >= kMostWaiting && !waiting_.contains(who.id))
    return fail(ErrorKind::kUnavailable, "lobby-full", "Too many wait to be let in. Try again in a moment.");
  auto& waits = waiting_[who.id];
  waits.who = who;
  waits.who.name_taken = name_is_taken(who);
  waits.seats.insert(seat);
  if (knocked_.size() < kMostPersons) knocked_.try_emplace(who.id, std::chrono::system_clock::now());
  log::info("waits to be admitted", {{"lesson", record_.id.value()}, {"participant", who.id.value()}});
  seat->send(encode_(InLobby{server_instance_, who.id, record_, waits.who.name_taken}));
  waiting_changed();
  return {};
}

void Lesson::stop_waiting(const ParticipantId& who, const std::shared_ptr<Seat>& seat) {
  const auto at = waiting_.find(who);
  if (at == waiting_.end() || at->second.seats.erase(seat) == 0 || !at->second.seats.empty()) return;
  waiting_.erase(at);
  waiting_changed();
}

std::vector<const Lesson::Waiting*> Lesson::in_order() const {
  std::vector<const Waiting*> all;
  for (const auto& [id, waits] : waiting_)
    all.push_back(&waits);
  std::ranges::stable_sort(all, {}, [this](const Waiting* one) {
    const auto since = knocked_.find(one->who.id);
    return since == knocked_.end() ? WallTime::max() : since->second;
  });
  return all;
}

std::vector<Actor> Lesson::waiting() const {
  std::vector<Actor> all;
  for (const auto* one : in_order())
    all.push_back({one->who.id, one->who.name, one->who.role});
  return all;
}

WaitingPeople Lesson::waiting_people() const {
  WaitingPeople people;
  for (const auto* one : in_order()) {
    const auto since = knocked_.find(one->who.id);
    people.people.push_back({one->who.id, one->who.name, one->who.role,
                             since == knocked_.end() ? std::chrono::system_clock::now() : since->second,
                             one->who.name_taken});
    if (people.people.size() == kWaitingTold) break;
  }
  people.count = waiting_.size();
  return people;
}

void Lesson::waiting_changed() {
  if (waiting_timer_) return;
  waiting_timer_ = std::make_unique<asio::steady_timer>(strand_, kWaitingEvery);
  waiting_timer_->async_wait(asio::bind_executor(strand_, [weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->waiting_timer_.reset();
    self->say(self->waiting_people(), Audience::kTeachers);
  }));
}

// Whoever may come in now does; whom the door is closed to hears why.
void Lesson::door_changed() {
  if (waiting_.empty()) return;
  std::vector<Waiting> moved;
  std::vector<Error> refused;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    const auto may = may_enter(at->second.who);
    if (!may && may.error().code == kWaiting) {
      ++at;
      continue;
    }
    moved.push_back(std::move(at->second));
    refused.push_back(may ? Error{} : may.error());
    at = waiting_.erase(at);
  }
  for (size_t i = 0; i < moved.size(); ++i)
    for (const auto& seat : moved[i].seats) {
      if (refused[i].code.empty()) {
        enter(moved[i].who, seat, {});
        continue;
      }
      seat->send(encode_(Refused{refused[i]}));
      seat->close(close_code_of(refused[i]), refused[i].code);
    }
  if (!moved.empty()) waiting_changed();
}

bool Lesson::name_is_taken(const Participant& who) const {
  if (who.role != auth::Role::kGuest) return false;
  const auto first = names_.find(folded(who.name));
  return who.name_taken || (first != names_.end() && first->second != who.id);
}

void Lesson::forget_name(const Person& person) {
  const auto first = names_.find(folded(person.name));
  if (first != names_.end() && first->second == person.id) names_.erase(first);
}

void Lesson::greet(const Present& present, Seat& seat, std::optional<int64_t> last_seq) const {
  auto welcome = welcome_for(present);
  const bool teaches = present.person.role == auth::Role::kTeacher;
  const auto missed = last_seq ? class_desk_.missed(present.person.id, teaches, *last_seq) : std::nullopt;
  if (!missed) welcome.class_state = class_desk_.snapshot_for(present.person.id, teaches);
  seat.send(encode_(welcome));
  if (teaches && !waiting_.empty()) seat.send(encode_(waiting_people()));
  if (!missed) return;
  seat.send(encode_(class_desk_.rules()));
  for (const auto& message : *missed)
    seat.send(message);
}

void Lesson::ask(ParticipantId who, std::shared_ptr<Seat> seat, std::optional<uint32_t> ref, Wish wish) {
  asio::post(strand_, [self = shared_from_this(), who = std::move(who), seat = std::move(seat), ref,
                       wish = std::move(wish)]() mutable {
    if (const auto waits = self->waiting_.find(who);
        waits != self->waiting_.end() && waits->second.seats.contains(seat))
      if (const auto may = self->may_enter(waits->second.who); !may)
        return seat->send(self->encode_(Refused{may.error(), ref}));
    const Present* present = self->seated(who, seat);
    if (!present) return;
    const Person& person = present->person;
    self->class_desk_.ask({person.id, person.name, person.role}, seat, ref, std::move(wish));
  });
}

void Lesson::each(const std::function<void(const ParticipantId&, bool, const Seats&)>& tell) const {
  for (const auto& [id, present] : present_)
    tell(id, present.person.role == auth::Role::kTeacher, present.seats);
}

std::optional<Actor> Lesson::known(const ParticipantId& who) const {
  const auto at = met_.find(who);
  return at == met_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<ParticipantId> Lesson::everybody_known() const {
  std::vector<ParticipantId> all;
  for (const auto& [id, actor] : met_)
    all.push_back(id);
  return all;
}

bool Lesson::line_is_thin(const ParticipantId& who) const {
  const auto at = present_.find(who);
  return at != present_.end() && at->second.person.rung.value_or(Rung::kAll) <= Rung::kVoice;
}

// Her pages are told why they close, her media ends, and she is gone at once: no grace.
void Lesson::show_out(const ParticipantId& who) {
  const auto at = present_.find(who);
  close_sessions(who);
  if (at == present_.end()) return;
  for (const auto& seat : at->second.seats)
    seat->close(4403, "removed-from-lesson");
  attendance_.away(record_.id, who, EndReason::kRemoved, std::chrono::steady_clock::now());
  attendance_.gone(record_.id, who);
  part(at->second, LeftReason::kRemoved);
}

void Lesson::resync(ParticipantId who, std::shared_ptr<Seat> seat) {
  asio::post(strand_, [self = shared_from_this(), who = std::move(who), seat = std::move(seat)] {
    const Present* present = self->seated(who, seat);
    if (!present) return;
    log::info("class resync", {{"lesson", self->record_.id.value()}, {"participant", who.value()}});
    self->greet(*present, *seat, {});
  });
}

Welcome Lesson::welcome_for(const Present& present) const {
  Welcome welcome{server_instance_, present.person.id, record_, {}, present_.size(), stage()};
  welcome.now = std::chrono::system_clock::now();
  const auto on_stage = welcome.stage.slots();
  const auto prominent = [&](const Person& person) {
    return person.role == auth::Role::kTeacher || person.id == present.person.id ||
           std::ranges::find(on_stage, std::optional(person.id)) != on_stage.end();
  };
  const bool everybody = !large_ || present.person.role == auth::Role::kTeacher;
  std::vector<const Present*> listed;
  for (const auto& [id, here] : present_)
    if (everybody || prominent(here.person)) listed.push_back(&here);
  std::ranges::sort(listed, {}, &Present::order);
  for (const auto* here : listed)
    welcome.people.push_back(here->person);
  return welcome;
}

Lesson::Present& Lesson::appear(const Participant& who) {
  Present& present = present_[who.id];
  present.grace.reset();
  attendance_.came(record_.id, who, std::chrono::steady_clock::now());
  if (!present.person.id.value().empty()) return present;
  present.order = next_order_++;
  large_ = large_ || present_.size() > kEverybodyListed;
  present.announced = !large_ || who.role == auth::Role::kTeacher;
  Person person{who.id, who.name, who.role};
  person.name_taken = name_is_taken(who);
  names_.try_emplace(folded(who.name), who.id);
  say(Joined{person}, audience_of(present));  // to those who are here already
  present.person = person;
  if (met_.size() < kMostPersons) met_[who.id] = {who.id, who.name, who.role};
  count_changed();
  return present;
}

Lesson::Audience Lesson::audience_of(const Present& present) {
  return present.announced ? Audience::kEverybody : Audience::kTeachers;
}

// Whoever comes to the stage of a large class is introduced to it.
void Lesson::announce(const std::optional<ParticipantId>& who) {
  const auto at = who ? present_.find(*who) : present_.end();
  if (at == present_.end() || at->second.announced) return;
  at->second.announced = true;
  say(Joined{at->second.person}, Audience::kStudents);
}

void Lesson::count_changed() {
  if (!large_ || count_timer_) return;
  count_timer_ = std::make_unique<asio::steady_timer>(strand_, kCountEvery);
  count_timer_->async_wait(asio::bind_executor(strand_, [weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->count_timer_.reset();
    self->say(Count{self->present_.size()}, Audience::kStudents);
  }));
}

bool Lesson::publishes(const ParticipantId& who) const {
  return pipeline_ && std::ranges::any_of(owners_, [&](const auto& session) {
           return session.second == who && pipeline_->source_of(session.first);
         });
}

// The sessions of one person, or of all, that publish on the floor.
std::vector<PeerId> Lesson::floor_sessions(const std::optional<ParticipantId>& of) const {
  std::vector<PeerId> sessions;
  if (!pipeline_) return sessions;
  for (const auto& [peer, owner] : owners_)
    if ((!of || owner == *of) && pipeline_->source_of(peer) == pipelines::Source::kFloor)
      sessions.push_back(peer);
  return sessions;
}

std::vector<ParticipantId> Lesson::speaking() const {
  std::vector<ParticipantId> persons;
  for (const auto& peer : floor_sessions()) {
    const auto at = present_.find(owners_.at(peer));
    if (at != present_.end() && at->second.person.role != auth::Role::kTeacher) persons.push_back(at->first);
  }
  return persons;
}

// Whoever may speak no more is silent at once, and whoever may be seen no more is not seen, whatever her page
// does.
void Lesson::floor_changed() {
  for (const auto& peer : floor_sessions()) {
    if (!may_go_on(peer)) {
      pipeline_->close(peer);
      forget_session(peer);
      continue;
    }
    const ParticipantId& who = owners_.at(peer);
    const ClassState& state = class_desk_.told();
    pipeline_->set_muted(peer, state.muted.contains(who), false);
    pipeline_->set_has_floor(peer, state.find_on_floor(who) != nullptr);
  }
  say_stage_if_changed();
}

// A picture need not stand on the stage to be more than its owner may show.
bool Lesson::may_go_on(const PeerId& peer) const {
  const ParticipantId& who = owners_.at(peer);
  const auto at = present_.find(who);
  const auto role = at == present_.end() ? auth::Role::kGuest : at->second.person.role;
  const ClassState& state = class_desk_.told();
  if (!may_speak(who, role, state)) return false;
  if (!shown_.contains(peer) || role == auth::Role::kTeacher) return true;
  return record_.rules.students_cameras && may_show(who, role, state);
}

void Lesson::leave(ParticipantId who, std::shared_ptr<Seat> seat, LeftReason reason, TimePoint since) {
  asio::post(strand_,
             [self = shared_from_this(), who = std::move(who), seat = std::move(seat), reason, since] {
               self->stop_waiting(who, seat);
               const auto at = self->present_.find(who);
               if (at == self->present_.end()) return;
               at->second.seats.erase(seat);
               if (!at->second.seats.empty()) return;
               // A page that closes may be one that reloads: both wait for the grace, only the reason
               // differs.
               self->wait_for(at->second, reason, since);
             });
}

void Lesson::wait_for(Present& present, LeftReason reason, TimePoint since) {
  attendance_.away(record_.id, present.person.id, end_of(reason), since);
  present.grace = std::make_unique<asio::steady_timer>(strand_, kLinkGrace);
  present.grace->async_wait(asio::bind_executor(
      strand_, [weak = weak_from_this(), who = present.person.id, reason](const auto& error) {
        const auto alive = weak.lock();
        if (!error && alive) alive->gone(who, reason);
      }));
}

void Lesson::gone(const ParticipantId& who, LeftReason reason) {
  const auto at = present_.find(who);
  if (at == present_.end() || !at->second.seats.empty()) return;
  // Whoever closed the page has no use for its media. Where only the link to the class broke, media may still
  // flow, and a teacher who is heard is here.
  if (reason == LeftReason::kLeft) close_sessions(who);
  at->second.grace.reset();
  if (publishes(who)) return attendance_.back(record_.id, who);
  attendance_.gone(record_.id, who);
  class_desk_.left({who, at->second.person.name, at->second.person.role}, reason == LeftReason::kLinkLost);
  part(at->second, reason);
}

// She is here no more, and the others hear it.
void Lesson::part(const Present& present, LeftReason reason) {
  const Audience audience = audience_of(present);
  const ParticipantId who = present.person.id;
  forget_name(present.person);
  for (const auto& [peer, one] : present.subscriptions)
    desk_.remove(peer);
  want_pictures();
  present_.erase(who);
  say(Left{who, reason}, audience);
  count_changed();
}

void Lesson::close_sessions(const ParticipantId& who) {
  if (!pipeline_) return;
  std::erase_if(owners_, [&](const auto& session) {
    if (session.second != who) return false;
    pipeline_->close(session.first);
    shown_.erase(session.first);
    layers_.erase(session.first);
    return true;
  });
  say_stage_if_changed();
}

// A session is over; with it may go a publisher who has no page, such as an encoder.
void Lesson::forget_session(const PeerId& peer) {
  const auto session = owners_.find(peer);
  if (session == owners_.end()) return;
  const ParticipantId who = session->second;
  owners_.erase(session);
  shown_.erase(peer);
  layers_.erase(peer);
  desk_.remove(peer);
  want_pictures();
  say_stage_if_changed();
  const auto at = present_.find(who);
  if (at == present_.end()) return;
  at->second.subscriptions.erase(peer);
  if (at->second.seats.empty() && !at->second.grace) wait_for(at->second, LeftReason::kLinkLost);
}

Lesson::Present* Lesson::owner_of(const PeerId& peer) {
  const auto owner = owners_.find(peer);
  const auto at = owner == owners_.end() ? present_.end() : present_.find(owner->second);
  return at == present_.end() ? nullptr : &at->second;
}

Lesson::Present* Lesson::seated(const ParticipantId& who, const std::shared_ptr<Seat>& seat) {
  const auto at = present_.find(who);
  return at != present_.end() && at->second.seats.contains(seat) ? &at->second : nullptr;
}

std::shared_ptr<Seat> Lesson::page_of(const Present& present, const Subscription& one) {
  auto page = one.page.lock();
  return page && present.seats.contains(page) ? page : nullptr;
}

std::shared_ptr<Seat> Lesson::page_of(const Present& present, const PeerId& peer) {
  const auto at = present.subscriptions.find(peer);
  auto page = at == present.subscriptions.end() ? nullptr : page_of(present, at->second);
  // A page that never says by which one has only one.
  return page || present.seats.size() != 1 ? page : *present.seats.begin();
}

void Lesson::set_subscriber(ParticipantId who, std::shared_ptr<Seat> seat, std::optional<uint32_t> ref,
                            PeerId peer) {
  asio::post(strand_, [self = shared_from_this(), who = std::move(who), seat = std::move(seat), ref,
                       peer = std::move(peer)] {
    Present* present = self->seated(who, seat);
    const bool hers =
        present && self->owner_of(peer) == present && self->pipeline_ && !self->pipeline_->source_of(peer);
    if (!hers) {
      log::info("no such subscriber",
                {{"lesson", self->record_.id.value()}, {"participant", who.value()}, {"peer", peer.value()}});
      const Error error{
          ErrorKind::kNotFound, "peer-not-found", "There is no such session of yours.", "/session", {}};
      seat->send(self->encode_(Refused{error, ref}));
      return;
    }
    Subscription& subscription = present->subscriptions[peer];
    if (subscription.page.lock() == seat) return;
    subscription.page = seat;
    self->desk_.begin_anew(peer);
    if (subscription.told.rung < Rung::kAll) seat->send(self->encode_(LineChanged{subscription.told}));
  });
}

void Lesson::set_devices(ParticipantId who, Device microphone, Device camera) {
  asio::post(strand_, [self = shared_from_this(), who = std::move(who), microphone, camera] {
    const auto at = self->present_.find(who);
    if (at == self->present_.end()) return;
    Person& person = at->second.person;
    if (person.microphone == microphone && person.camera == camera) return;
    person.microphone = microphone;
    person.camera = camera;
    self->say(Changed{person}, audience_of(at->second));
  });
}

asio::awaitable<Result<SdpAnswer>> Lesson::publish(Participant who, pipelines::Source source,
                                                   std::string offer, bool take_over) {
  if (auto recalled = co_await recall(); !recalled) co_return std::unexpected(recalled.error());
  auto task = [self = shared_from_this(), who = std::move(who), source, offer = std::move(offer),
               take_over]() -> Result<SdpAnswer> {
    if (auto live = self->require_live(); !live) return std::unexpected(live.error());
    if (auto may = self->may_enter(who); !may) return std::unexpected(may.error());
    if (auto may = may_publish(who.role, offer, self->record_.rules.students_cameras); !may)
      return std::unexpected(may.error());
    const ClassState& state = self->class_desk_.told();
    const bool floor = source == pipelines::Source::kFloor;
    if (floor)
      if (auto may = may_speak(who.id, who.role, state); !may) return std::unexpected(may.error());
    // Her own earlier publisher (a reload, a second device) makes room without a question.
    const auto other = self->pipeline_->publisher_of(source);
    const bool own = other && self->owners_.contains(*other) && self->owners_.at(*other) == who.id;
    pipelines::PublishTerms terms;
    terms.take_over = take_over || own;
    terms.owner = who.id;
    terms.pictures = !floor || may_show(who.id, who.role, state);
    const auto here = self->present_.find(who.id);
    terms.thin_line =
        here != self->present_.end() && here->second.person.rung.value_or(Rung::kAll) < Rung::kSmallPictures;
    terms.has_floor = who.role == auth::Role::kTeacher || state.find_on_floor(who.id);
    const auto before = floor ? self->floor_sessions(who.id) : std::vector<PeerId>{};
    auto answer = self->pipeline_->publish(source, offer, terms);
    if (answer) {
      for (const auto& peer : before)
        self->forget_session(peer);
      if (floor && state.muted.contains(who.id)) self->pipeline_->set_muted(answer->peer, true, false);
      self->owners_[answer->peer] = who.id;
      if (floor && terms.pictures) self->shown_.insert(answer->peer);
      self->appear(who);  // an encoder publishes without a page
      log::info("publisher joins", {{"lesson", self->record_.id.value()}, {"participant", who.id.value()}});
    }
    self->say_stage_if_changed();
    return answer;
  };
  co_return co_await on_strand(std::move(task));
}

asio::awaitable<Result<SdpAnswer>> Lesson::subscribe(Participant who, std::string offer, OwnMedia own) {
  if (auto recalled = co_await recall(); !recalled) co_return std::unexpected(recalled.error());
  auto task = [self = shared_from_this(), who = std::move(who), offer = std::move(offer),
               own]() -> Result<SdpAnswer> {
    if (auto live = self->require_live(); !live) return std::unexpected(live.error());
    if (auto may = self->may_enter(who); !may) return std::unexpected(may.error());
    auto answer = self->pipeline_->subscribe(offer, own == OwnMedia::kShown ? ParticipantId{} : who.id);
    if (!answer) return answer;
    self->owners_[answer->peer] = who.id;
    const auto at = self->present_.find(who.id);
    // No news of a line is good news.
    if (at != self->present_.end() && !at->second.person.rung && who.role != auth::Role::kTeacher)
      self->attendance_.line(self->record_.id, who.id, Rung::kAll, 0, std::chrono::steady_clock::now());
    if (at != self->present_.end() && at->second.highest != Rung::kAll)
      self->pipeline_->set_highest_rung(answer->peer, at->second.highest);
    return answer;
  };
  co_return co_await on_strand(std::move(task));
}

asio::awaitable<Result<SdpAnswer>> Lesson::patch(Participant who, PeerId peer, std::string fragment,
                                                 std::string if_match) {
  return on_strand([self = shared_from_this(), who = std::move(who), peer = std::move(peer),
                    fragment = std::move(fragment), if_match = std::move(if_match)]() -> Result<SdpAnswer> {
    if (auto may = self->may_touch(who, peer); !may) return std::unexpected(may.error());
    return self->pipeline_->patch(peer, fragment, if_match);
  });
}

asio::awaitable<Result<void>> Lesson::close(Participant who, PeerId peer) {
  return on_strand(
      [self = shared_from_this(), who = std::move(who), peer = std::move(peer)]() -> Result<void> {
        if (auto may = self->may_touch(who, peer); !may) return may;
        self->pipeline_->close(peer);
        self->forget_session(peer);
        return {};
      });
}

Result<void> Lesson::require_live() const {
  if (record_.status == LessonStatus::kEnded)
    return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over.");
  if (!pipeline_) return fail(ErrorKind::kConflict, "lesson-not-live", "This lesson has not started yet.");
  return {};
}

Result<void> Lesson::may_touch(const Participant& who, const PeerId& peer) const {
  const auto owner = owners_.find(peer);
  if (!pipeline_ || owner == owners_.end())
    return fail(ErrorKind::kNotFound, "peer-not-found", "This media session is over.");
  if (owner->second != who.id && who.role != auth::Role::kTeacher)
    return fail(ErrorKind::kForbidden, "not-allowed", "This media session is somebody else's.");
  return {};
}

void Lesson::handle_peer(const PeerEvent& event) {
  if (event.kind == PeerEvent::Kind::kLine) handle_line(event.peer, event.line);
  if (event.kind == PeerEvent::Kind::kPicture) handle_picture(event.peer, event.picture);
  if (event.kind == PeerEvent::Kind::kLayers) handle_layers(event.peer, event.layers);
  if (event.kind == PeerEvent::Kind::kVoices) say_stage_if_changed();
  if (event.kind == PeerEvent::Kind::kSpoke) attendance_.spoke(record_.id, event.speaker, event.spoken);
  if (event.kind != PeerEvent::Kind::kDisconnected) return;
  forget_session(event.peer);
  say_stage_if_changed();
}

// How a student's line stands: pictures in place of what does not move on it, a word to her page, and a rung
// to her teacher's.
void Lesson::handle_line(const PeerId& peer, const LineState& line) {
  Present* const owner = owner_of(peer);
  // A teacher hears her class, and her own page needs no stills.
  if (!owner || owner->person.role == auth::Role::kTeacher) return;
  Present& present = *owner;
  const ParticipantId& who = present.person.id;
  const TimePoint now = std::chrono::steady_clock::now();
  desk_.set_line(peer, who, line, now);
  want_pictures();
  // A line of which nothing was said carries everything: a class that joins well is no news.
  Subscription& known = present.subscriptions[peer];
  const bool moved = known.told.rung != line.rung;
  const auto before = static_cast<double>(known.told.bits_per_second);
  const bool other = std::abs(static_cast<double>(line.bits_per_second) - before) > kTellChange * before;
  if (moved || (line.rung < Rung::kAll && other && now - known.told_at >= kTellLine)) {
    known.told = line;
    known.told_at = now;
    if (const auto page = page_of(present, peer)) page->send(encode_(LineChanged{line}));
  }
  // A person stands as high as the best of her devices.
  Rung best = line.rung;
  for (const auto& [session, one] : present.subscriptions)
    if (page_of(present, one)) best = std::max(best, one.told.rung);
  const bool stands_elsewhere = present.person.rung.value_or(Rung::kAll) != best;
  if (best == line.rung || stands_elsewhere)
    attendance_.line(record_.id, who, best, best == line.rung ? line.loss : 0, now);
  if (!stands_elsewhere) return;
  present.person.rung = best;
  say(Changed{present.person}, Audience::kTeachers);
}

// Layers that nobody takes need not leave the publisher's device.
void Lesson::handle_layers(const PeerId& peer, std::vector<std::string> rids) {
  if (!owners_.contains(peer)) return;
  layers_[peer] = std::move(rids);
  const Present* owner = owner_of(peer);
  const auto message = layers_message(peer);
  if (!owner || !message) return;
  for (const auto& seat : owner->seats)
    seat->send(message);
}

std::shared_ptr<const std::string> Lesson::layers_message(const PeerId& peer) const {
  const auto source = pipeline_ ? pipeline_->source_of(peer) : std::nullopt;
  return source ? encode_(LayersNeeded{*source, layers_.at(peer)}) : nullptr;
}

void Lesson::handle_picture(const PeerId& peer, const PicturePtr& picture) {
  if (!pipeline_) return;
  if (pipeline_->publisher_of(pipelines::Source::kScreen) == peer)
    desk_.add(PictureDesk::Slot::kScreen, picture);
  else if (pipeline_->publisher_of(pipelines::Source::kCamera) == peer)
    desk_.add(PictureDesk::Slot::kCamera, picture);
  else if (pipeline_->stage().floor == peer)
    desk_.add(PictureDesk::Slot::kFloor, picture);
}

void Lesson::want_pictures() {
  if (!pipeline_ || desk_.wanted() == (picture_timer_ != nullptr)) return;
  pipeline_->show_pictures(desk_.wanted());
  if (!desk_.wanted()) {
    picture_timer_.reset();
    // Whoever comes later must not see what was shown then.
    for (const auto slot :
         {PictureDesk::Slot::kScreen, PictureDesk::Slot::kCamera, PictureDesk::Slot::kFloor})
      desk_.clear(slot);
    return;
  }
  picture_timer_ = std::make_unique<asio::steady_timer>(strand_);
  send_pictures();
}

void Lesson::send_pictures() {
  for (auto& [peer, message, most] : desk_.due(std::chrono::steady_clock::now())) {
    const Present* owner = owner_of(peer);
    const auto page = owner ? page_of(*owner, peer) : nullptr;
    if (!page) {
      desk_.done(peer, false);
      continue;
    }
    auto done = [weak = weak_from_this(), strand = strand_, bytes = message->size(),
                 peer = std::move(peer)](bool sent) {
      asio::post(strand, [weak, sent, bytes, peer] {
        const auto self = weak.lock();
        if (!self) return;
        if (sent && self->pipeline_) self->pipeline_->sent_beside(peer, bytes + PictureDesk::kOverhead);
        self->desk_.done(peer, sent);
      });
    };
    page->send_picture(message, most, std::move(done));
  }
  if (!picture_timer_) return;
  picture_timer_->expires_after(kPictureTick);
  picture_timer_->async_wait(asio::bind_executor(strand_, [weak = weak_from_this()](const auto& error) {
    const auto self = weak.lock();
    if (!error && self) self->send_pictures();
  }));
}

void Lesson::set_highest_rung(ParticipantId who, Rung highest) {
  asio::post(strand_, [self = shared_from_this(), who = std::move(who), highest] {
    const auto at = self->present_.find(who);
    if (at == self->present_.end()) return;
    at->second.highest = highest;
    if (!self->pipeline_) return;
    for (const auto& [peer, owner] : self->owners_)
      if (owner == who) self->pipeline_->set_highest_rung(peer, highest);
  });
}

Stage Lesson::stage() const {
  Stage stage;
  if (!pipeline_) return stage;
  const auto view = pipeline_->stage();
  const auto owner = [this](const std::optional<PeerId>& peer) -> std::optional<ParticipantId> {
    const auto at = peer ? owners_.find(*peer) : owners_.end();
    return at == owners_.end() ? std::nullopt : std::optional(at->second);
  };
  for (size_t i = 0; i < stage.voices.size(); ++i)
    stage.voices[i] = owner(view.voices[i]);
  stage.camera = owner(view.camera);
  stage.screen = owner(view.screen);
  stage.floor = owner(view.floor);
  return stage;
}

void Lesson::say_stage_if_changed() {
  Stage now = stage();
  if (now == last_stage_) return;
  if (now.screen != last_stage_.screen) desk_.clear(PictureDesk::Slot::kScreen);
  if (now.camera != last_stage_.camera) desk_.clear(PictureDesk::Slot::kCamera);
  if (now.floor != last_stage_.floor) desk_.clear(PictureDesk::Slot::kFloor);
  desk_.set_floor(now.floor);
  last_stage_ = now;
  for (const auto& slot : now.slots())
    announce(slot);
  say(StageChanged{std::move(now)});
}

void Lesson::say(const Event& event, Audience audience) {
  std::shared_ptr<const std::string> message;
  for (const auto& [id, present] : present_) {
    const bool teaches = present.person.role == auth::Role::kTeacher;
    if (audience != Audience::kEverybody && teaches != (audience == Audience::kTeachers)) continue;
    for (const auto& seat : present.seats) {
      if (!message) message = encode_(event);
      seat->send(message);
    }
  }
}

}  // namespace thranio::lesson
