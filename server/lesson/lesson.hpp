// One live lesson on its own strand: who is here, the stage, and the only caller of pipelines/.
// Way: signaling, media_api → [Lesson] → LessonPipeline; its events → every seat (a browser's WebSocket).
// An event is encoded once and shared by all seats; the order is the same for everybody, for one strand says
// it. A person with several sockets is one participant; a broken link is announced after kLinkGrace, so that
// a reload does not flicker. Owned by Lessons. Thread: the awaitables and methods: any (they go to the
// strand); the rest: lesson.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "pipelines/base/error.hpp"
#include "pipelines/lesson_pipeline.hpp"
#include "server/lesson/attendance_sink.hpp"
#include "server/lesson/class_desk.hpp"
#include "server/lesson/event.hpp"
#include "server/lesson/picture_desk.hpp"

namespace thranio::lesson {

// Where a participant's events go: one browser's socket.
class Seat {
 public:
  virtual ~Seat() = default;
  virtual void send(std::shared_ptr<const std::string> message) = 0;
  virtual void close(uint16_t code, const std::string& reason) = 0;
  // A piece of a picture, if at most `most` bytes are on their way; done (any thread) says whether it had.
  virtual void send_picture(std::shared_ptr<const std::string> piece, size_t most,
                            std::function<void(bool)> done) = 0;
};
// With which code a socket closes on which refusal.
uint16_t close_code_of(const Error& error);

struct Participant {
  ParticipantId id;
  std::string name;
  auth::Role role = auth::Role::kGuest;
  std::optional<UserId> user = {};  // whom the school knows
  bool name_taken = false;          // a guest's, by somebody who is enrolled
};

// Whether what a person publishes comes back to her: for her own page it would be an echo, a projector shows
// it.
enum class OwnMedia : uint8_t { kLeftOut, kShown };

class Lesson : public std::enable_shared_from_this<Lesson>, private ClassHost {
 public:
  static constexpr auto kLinkGrace = std::chrono::seconds(5);
  // After a restart whoever had the floor has so long to come back; a page's longest pause between two tries
  // is 8 s.
  static constexpr auto kFloorGrace = std::chrono::seconds(10);
  // A class that has been larger than this is told of by number: otherwise the joins of N students would be
  // N² messages, and everybody's list too long for a thin link. Teachers still hear of everybody.
  static constexpr size_t kEverybodyListed = 100;
  static constexpr auto kCountEvery = std::chrono::seconds(1);
  static constexpr size_t kMostWaiting = 1000;  // at the door; further ones are told to come again
  static constexpr size_t kWaitingTold = 100;
  static constexpr auto kWaitingEvery = std::chrono::milliseconds(250);

  Lesson(boost::asio::any_io_executor executor, pipelines::MediaPlane& media, std::string server_instance,
         Encode encode, ClassEvents& class_events, Decks& decks, AttendanceSink& attendance,
         schedule::LessonRecord record);

  const SchoolId& school() const { return school_; }

  // The row changed: started, ended, renamed. Everybody hears it.
  void update(schedule::LessonRecord record);
  // Its school laid down other rules; everybody hears those that are theirs to know.
  void set_rules(schedule::SchoolRules rules);
  void going_away();
  void end_media() { pipeline_.reset(); }  // Lessons::end_media
  // Its slides came on, or were deleted.
  void decks_changed();

  // A browser says hello. last_seq: the last event of the class that it knows; then it hears only what it
  // missed, if that is still kept. Where she must be admitted first she waits, and her seat hears no more
  // than that. Errors: lesson-ended, lesson-cancelled, lobby-full, those of may_enter and of the store.
  boost::asio::awaitable<Result<void>> join(Participant who, std::shared_ptr<Seat> seat,
                                            std::optional<int64_t> last_seq = {});
  // Chat, hands, polls, signals ...; the seat hears what becomes of it (class_desk).
  void ask(ParticipantId who, std::shared_ptr<Seat> seat, std::optional<uint32_t> ref, Wish wish);
  // A seat that was so far behind that messages to it were left out hears the whole state again.
  void resync(ParticipantId who, std::shared_ptr<Seat> seat);
  // since: when she was last heard, if that is not now.
  void leave(ParticipantId who, std::shared_ptr<Seat> seat, LeftReason reason,
             TimePoint since = std::chrono::steady_clock::now());
  void set_devices(ParticipantId who, Device microphone, Device camera);
  // A page says by which subscriber it hears the lesson. A session that is not hers, or over, is refused to
  // the seat: peer-not-found.
  void set_subscriber(ParticipantId who, std::shared_ptr<Seat> seat, std::optional<uint32_t> ref,
                      PeerId peer);
  // A student's own wish: never more than this of the lesson, on this visit's sessions and the next.
  void set_highest_rung(ParticipantId who, Rung highest);

  // WHIP and WHEP. Errors: lesson-not-live, lesson-ended, source-taken, floor-not-given, cameras-off, those
  // of may_enter, and those of LessonPipeline.
  boost::asio::awaitable<Result<pipelines::SdpAnswer>> publish(Participant who, pipelines::Source source,
                                                               std::string offer, bool take_over);
  boost::asio::awaitable<Result<pipelines::SdpAnswer>> subscribe(Participant who, std::string offer,
                                                                 OwnMedia own = OwnMedia::kLeftOut);
  // Only its owner or a teacher may. Errors: peer-not-found, not-allowed, stale-ice-session, invalid-sdp.
  boost::asio::awaitable<Result<pipelines::SdpAnswer>> patch(Participant who, PeerId peer,
                                                             std::string fragment, std::string if_match);
  boost::asio::awaitable<Result<void>> close(Participant who, PeerId peer);

 private:
  // By which one page hears: of a person with two devices each has its own line.
  struct Subscription {
    std::weak_ptr<Seat> page;  // that said so: news and pictures are for this one
    LineState told;            // as the page heard of it
    TimePoint told_at{};
  };
  struct Present {
    Person person;
    std::set<std::shared_ptr<Seat>> seats;
    std::unique_ptr<boost::asio::steady_timer> grace;  // runs when no seat and no publisher is left
    size_t order = 0;
    Rung highest = Rung::kAll;
    std::map<PeerId, Subscription> subscriptions;  // of which there was news or whose page is known
    bool announced = false;                        // everybody was told of this person, not only teachers
  };

  // Who has said hello and is not admitted yet.
  struct Waiting {
    Participant who;
    std::set<std::shared_ptr<Seat>> seats;
  };

  // Runs `work` on the strand and returns what it returns.
  template <typename Work>
  auto on_strand(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work>>;
  template <typename Work>
  static auto call(Work work) -> boost::asio::awaitable<std::invoke_result_t<Work>>;

  // What the class has said so far is read back, once. Errors: lesson-ended, and those of the store.
  boost::asio::awaitable<Result<void>> recall();
  void greet(const Present& present, Seat& seat, std::optional<int64_t> last_seq) const;
  // ClassHost
  std::shared_ptr<void> alive() override { return shared_from_this(); }
  const schedule::LessonRecord& row() const override { return record_; }
  size_t here() const override { return present_.size(); }
  void each(const std::function<void(const ParticipantId&, bool, const Seats&)>& tell) const override;
  std::optional<Actor> known(const ParticipantId& who) const override;
  std::vector<ParticipantId> everybody_known() const override;
  void show_out(const ParticipantId& who) override;
  std::vector<Actor> waiting() const override;
  void door_changed() override;
  bool is_here(const ParticipantId& who) const override { return present_.contains(who); }
  std::vector<ParticipantId> speaking() const override;
  void floor_changed() override;
  void rules_changed();
  bool may_go_on(const PeerId& peer) const;
  void await_floor();
  std::vector<PeerId> floor_sessions(const std::optional<ParticipantId>& of = {}) const;
  bool line_is_thin(const ParticipantId& who) const override;

  enum class Audience : uint8_t { kEverybody, kTeachers, kStudents };
  void say(const Event& event, Audience audience = Audience::kEverybody);
  static Audience audience_of(const Present& present);
  Welcome welcome_for(const Present& present) const;
  void announce(const std::optional<ParticipantId>& who);
  void count_changed();
  void open_pipeline();
  void finish();
  Result<void> require_live() const;
  void handle_peer(const pipelines::PeerEvent& event);
  void handle_line(const PeerId& peer, const LineState& line);
  void handle_layers(const PeerId& peer, std::vector<std::string> rids);
  std::shared_ptr<const std::string> layers_message(const PeerId& peer) const;
  void handle_picture(const PeerId& peer, const PicturePtr& picture);
  void want_pictures();
  void send_pictures();
  Present& appear(const Participant& who);
  Result<void> may_enter(const Participant& who) const;
  void enter(const Participant& who, const std::shared_ptr<Seat>& seat, std::optional<int64_t> last_seq);
  Result<void> wait_at_door(const Participant& who, const std::shared_ptr<Seat>& seat);
  void stop_waiting(const ParticipantId& who, const std::shared_ptr<Seat>& seat);
  std::vector<const Waiting*> in_order() const;
  WaitingPeople waiting_people() const;
  void waiting_changed();
  bool name_is_taken(const Participant& who) const;
  void forget_name(const Person& person);
  bool publishes(const ParticipantId& who) const;
  void wait_for(Present& present, LeftReason reason, TimePoint since = std::chrono::steady_clock::now());
  void gone(const ParticipantId& who, LeftReason reason);
  void part(const Present& present, LeftReason reason);
  void close_sessions(const ParticipantId& who);
  void forget_session(const PeerId& peer);
  // Of who is here: whose session this is; whose seat this is. Or null.
  Present* owner_of(const PeerId& peer);
  Present* seated(const ParticipantId& who, const std::shared_ptr<Seat>& seat);
  // The page that hears by this subscriber, or nothing.
  static std::shared_ptr<Seat> page_of(const Present& present, const PeerId& peer);
  static std::shared_ptr<Seat> page_of(const Present& present, const Subscription& one);
  Stage stage() const;
  void say_stage_if_changed();
  Result<void> may_touch(const Participant& who, const PeerId& peer) const;

  // Set at construction, never changed.
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  pipelines::MediaPlane& media_;
  const std::string server_instance_;
  const Encode encode_;
  const SchoolId school_;
  AttendanceSink& attendance_;

  // lesson strand only.
  schedule::LessonRecord record_;
  std::unique_ptr<pipelines::LessonPipeline> pipeline_;  // while live
  std::map<ParticipantId, Present> present_;
  // Who has been here since the server runs: at most kMostPersons of them.
  std::map<ParticipantId, Actor> met_;
  std::map<std::string, ParticipantId> names_;  // of who is here, folded: the first of that name
  std::map<ParticipantId, Waiting> waiting_;    // at most kMostWaiting
  // Who has ever waited here, and since when: a reload keeps its place. At most kMostPersons.
  std::map<ParticipantId, WallTime> knocked_;
  std::unique_ptr<boost::asio::steady_timer> waiting_timer_;  // runs while teachers are to be told
  ClassDesk class_desk_;
  bool floor_awaited_ = false;
  std::unique_ptr<boost::asio::steady_timer>
      floor_timer_;  // runs after a restart while somebody has the floor
  size_t next_order_ = 0;
  bool large_ = false;  // once more than kEverybodyListed, for the rest of the lesson
  std::unique_ptr<boost::asio::steady_timer> count_timer_;  // runs while a Count is due
  std::map<PeerId, ParticipantId> owners_;
  std::set<PeerId> shown_;  // of the floor's sessions those that brought a picture, on the stage or not
  std::map<PeerId, std::vector<std::string>> layers_;  // of the publishers that send several: the needed ones
  Stage last_stage_;
  PictureDesk desk_;
  std::unique_ptr<boost::asio::steady_timer> picture_timer_;  // runs while pictures are wanted
};

}  // namespace thranio::lesson
