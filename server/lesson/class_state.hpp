// The state of a class as the fold of its events: chat, hands, polls, signals, settings, who was shown out.
// Pure: the same events make the same state, after a restart as before it. Way: class_log → [ClassState] →
// class_rules (what may come next), signaling (what a late joiner is told). Thread: any (a value).
// Bounds: kChatKept lines and kPollsKept results; the rest is one entry a person (the store keeps all).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/lesson/board.hpp"
#include "server/lesson/class_event.hpp"

namespace thranio::lesson {

constexpr size_t kChatKept = 200;
constexpr size_t kPollsKept = 20;
constexpr size_t kTextsTold = 20;  // of a poll's free answers: those given most
// A student who was lost two minutes ago has found the way or has said so again.
constexpr auto kSignalLasts = std::chrono::minutes(2);

struct Line {
  int64_t seq = 0;
  WallTime at{};
  ParticipantId from;
  std::string name;
  ChatLine line;
  bool deleted = false;
};

struct Hand {
  ParticipantId person;
  std::string name;
  WallTime since{};
};

// Who may speak, and since when.
struct OnFloor {
  ParticipantId person;
  std::string name;
  bool camera = false;
  WallTime since{};
};

// What a poll's answers add up to.
struct Tally {
  int64_t answered = 0;
  std::vector<int64_t> counts;                         // of each choice
  std::vector<std::pair<std::string, int64_t>> texts;  // free answers, the most given first
  struct Numbers {
    double least = 0, most = 0, mean = 0;
  };
  std::optional<Numbers> numbers;  // if any were given
};

struct GivenAnswer {
  std::string name;
  PollAnswer answer;
  WallTime at{};
};

struct RunningPoll {
  Poll poll;
  WallTime opened_at{};
  std::map<ParticipantId, GivenAnswer> answers;  // the last of each person
};

struct ClosedPoll {
  Poll poll;
  WallTime opened_at{}, closed_at{};
  Tally tally;
};

struct ClassState {
  int64_t last_seq = 0;
  ClassSettings settings;
  std::set<ParticipantId> inside;  // while not everybody may come in: who may come back
  std::deque<Line> chat;
  std::vector<Hand> hands;  // in order of raising
  std::vector<OnFloor> floor;
  std::set<ParticipantId> muted;  // by a teacher
  std::optional<RunningPoll> poll;
  std::deque<ClosedPoll> closed;
  std::map<ParticipantId, std::pair<Signal, WallTime>> signals;
  std::map<ParticipantId, std::string> removed;  // and their names
  std::set<ParticipantId> turned_away;
  std::map<ParticipantId, WallTime> last_lines;    // of students, while the chat is slow
  std::map<ParticipantId, std::string> last_keys;  // of each one's last line that had one
  Board board;

  const Line* find_line(int64_t seq) const;
  bool hand_is_up(const ParticipantId& person) const;
  const OnFloor* find_on_floor(const ParticipantId& person) const;
};

void apply(ClassState& state, const ClassEvent& event);

// What one more event makes of the answers (a poll's opening to its closing): the report's fold.
Tally tally_of(const RunningPoll& poll);
std::string number_text(double number);  // "3", "0.5"

struct SignalSums {
  int64_t slower = 0, lost = 0;
  bool operator==(const SignalSums&) const = default;
};
SignalSums signals_at(const ClassState& state, WallTime now);
// When the sums change if nothing is said.
std::optional<WallTime> signals_change_at(const ClassState& state, WallTime now);

// Who is told of a line.
bool may_read(const ChatLine& line, const ParticipantId& from, const ParticipantId& reader, bool teaches);

}  // namespace thranio::lesson
