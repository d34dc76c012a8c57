// Where a class's wishes are judged, numbered, written and told: chat, hands, polls, signals, reactions.
// Way: signaling → Lesson → [ClassDesk] → class_rules → class_log → ClassEvents (disk) → every seat it is
// for. What was written together is told together, encoded once for all who hear the same; in a large class
// the next write waits a little, so that telling thousands leaves room for all else. Sums (tallies, signals)
// are told at most four times a second, reactions once. Owned by its Lesson, which outlives it. Thread:
// lesson.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "server/lesson/class_event_store.hpp"
#include "server/lesson/class_log.hpp"
#include "server/lesson/event.hpp"

namespace thranio::lesson {

class Seat;

// The lesson as its desk sees it.
class ClassHost {
 public:
  using Seats = std::set<std::shared_ptr<Seat>>;
  virtual ~ClassHost() = default;
  virtual std::shared_ptr<void> alive() = 0;
  virtual const schedule::LessonRecord& row() const = 0;
  virtual size_t here() const = 0;
  virtual void each(
      const std::function<void(const ParticipantId&, bool teaches, const Seats&)>& tell) const = 0;
  // Whoever has been in this lesson since the server runs.
  virtual std::optional<Actor> known(const ParticipantId& who) const = 0;
  virtual std::vector<ParticipantId> everybody_known() const = 0;
  // Whoever waits to be admitted, in order of knocking.
  virtual std::vector<Actor> waiting() const = 0;
  virtual void show_out(const ParticipantId& who) = 0;
  // Somebody was admitted or turned away, or the rules of the door changed.
  virtual void door_changed() = 0;
  virtual bool is_here(const ParticipantId& who) const = 0;
  // Who publishes a voice on the floor.
  virtual std::vector<ParticipantId> speaking() const = 0;
  // Who may speak, or is muted, has changed.
  virtual void floor_changed() = 0;
  // Her line carries voice and little else.
  virtual bool line_is_thin(const ParticipantId& who) const = 0;
};

// The slides of a lesson, as the store has them.
class Decks {
 public:
  virtual ~Decks() = default;
  virtual boost::asio::awaitable<Result<std::vector<slides::Deck>>> of(LessonId lesson) = 0;
};

class ClassDesk {
 public:
  // A person's wishes in a while; a page sends one a tap. Beyond that: too-many-messages.
  static constexpr int kMostWishes = 40;
  static constexpr auto kWishesWhile = std::chrono::seconds(10);
  static constexpr int kMostStrokesWhile = 200;  // a quick hand writes five letters a second
  static constexpr auto kPointerEvery = std::chrono::milliseconds(100);
  static constexpr auto kPointerOnThinLines = std::chrono::seconds(1);  // ten a second would be 8 kbit/s
  static constexpr size_t kInkTold = 32 * 1024;  // bytes of strokes in one message, about
  static constexpr auto kSumsEvery = std::chrono::milliseconds(250);
  static constexpr auto kReactionsEvery = std::chrono::seconds(1);
  // Telling one person costs about 20 us (tests/bench/class): so much pause for each keeps it under a third
  // of a core, and the longest is still no wait that anybody notices.
  static constexpr auto kPauseForEach = std::chrono::microseconds(50);
  static constexpr auto kLongestPause = std::chrono::milliseconds(100);
  static constexpr size_t kToldAtOnce = 48 * 1024;    // bytes of text in one message, about
  static constexpr size_t kChatInWelcome = 8 * 1024;  // bytes: two seconds on 32 kbit/s

  // The strand's executor; store and host outlive it.
  ClassDesk(boost::asio::any_io_executor strand, ClassHost& host, ClassEvents& store, Decks& decks,
            Encode encode);

  // Reads back what the lesson has on disk, once. Errors: lesson-ended (then nobody needs it), or that of the
  // store; the next call tries again.
  boost::asio::awaitable<Result<void>> ready();

  // Of these, all after ready().
  Result<void> may_enter(const ParticipantId& who, auth::Role role) const;
  ClassSnapshot snapshot_for(const ParticipantId& who, bool teaches) const;
  // What she missed after `seq`, as messages; nothing if it is kept no more: then she needs the snapshot.
  std::optional<std::vector<std::shared_ptr<const std::string>>> missed(const ParticipantId& who,
                                                                        bool teaches, int64_t seq) const;
  // Judges the wish; the seat hears accepted (once it is on disk) or error, if it gave a number or is
  // refused.
  void ask(const Actor& who, const std::shared_ptr<Seat>& seat, std::optional<uint32_t> ref, Wish wish);
  const ClassState& told() const { return log_->told(); }
  // She left for good: her hand goes down, unless her link alone is lost; the floor is free again.
  void left(const Actor& who, bool link_lost);
  // After a restart: whoever had the floor and did not come back has it no more.
  void end_floor_of_the_gone();
  void finish();
  // The lesson's slides have changed: they are read anew, and its teachers hear of it.
  void decks_changed();
  // The school has laid down other rules: they hold from now on, and everybody hears of those that a page
  // shows.
  void rules_changed();
  RulesTold rules() const;

 private:
  struct Gate {
    TimePoint since{};
    int wishes = 0, strokes = 0;
  };
  struct Audience {
    bool everybody = false, teachers = false;
    std::vector<ParticipantId> persons;
  };

  boost::asio::awaitable<Result<void>> load();
  void follow_school();
  Circumstances circumstances_of(const Wish& wish);
  Result<void> pass_gate(const ParticipantId& who, const Wish& wish);
  boost::asio::awaitable<void> read_decks(std::shared_ptr<void> alive);
  const slides::Deck* find_deck(const std::string& id) const;
  void hide_lost_deck();
  InkTold ink_for(const ReadInk& wish) const;
  void point(const std::optional<slides::Point>& place);
  void tell_pointer();
  void add(const Actor& who, ClassAct act, ClassLog::Done done);
  void write();
  boost::asio::awaitable<void> write_batches(std::shared_ptr<void> alive);
  void tell(const std::vector<ClassEventPtr>& events);
  void tell_together(const std::vector<ClassEventPtr>& events);
  Audience audience_of(const ClassEvent& event) const;
  ClassNews news_of(const ClassEventPtr& event, bool teaches) const;
  void act_on(const ClassEvent& event);
  void react(Reaction reaction);
  void sums_changed(bool poll, bool signals);
  void tell_sums();
  void watch_signals();
  void say(const Event& event, bool teachers_only);
  // Runs `work` after a while, unless the lesson is gone or finished by then.
  void after(boost::asio::steady_timer& timer, Duration wait, std::function<void()> work);

  // Set at construction, never changed.
  const boost::asio::any_io_executor strand_;
  ClassHost& host_;
  ClassEvents& store_;
  Decks& decks_store_;
  const Encode encode_;

  // lesson strand only.
  std::optional<ClassLog> log_;  // once loaded
  bool loading_ = false;
  Result<void> loaded_{};
  boost::asio::steady_timer load_done_;
  bool writing_ = false, finished_ = false;
  std::string words_text_;  // the school's, as words_ was made of it
  WordList words_;
  boost::asio::steady_timer pause_;
  std::map<ParticipantId, Gate> gates_;  // of the last kWishesWhile
  TimePoint gates_swept_{};
  bool poll_dirty_ = false, signals_dirty_ = false, sums_due_ = false;
  SignalSums told_sums_;
  boost::asio::steady_timer sums_timer_, signals_timer_, reactions_timer_;
  Reactions reactions_;
  bool reactions_due_ = false;
  std::vector<slides::Deck> decks_;
  bool reading_decks_ = false, decks_stale_ = false;
  boost::asio::steady_timer pointer_timer_;
  bool pointer_due_ = false, pointer_moved_ = false;
  std::optional<slides::Point> pointer_;
  TimePoint thin_lines_pointed_{};
};

}  // namespace thranio::lesson
