// The order of a class's events and their group commit: what is decided waits while a batch is on its way to
// the store, and nobody is told before it is there. Two states: told() is what everybody may know, ahead()
// has also what waits, and is what the next wish is judged by. If a batch fails, all that waits was judged by
// what did not happen: it is refused, too, and ahead() is told() again.
// Way: class_desk → [ClassLog] → ClassEvents (the store) → class_desk tells. Pure: it does no work of its
// own. Owned by class_desk. Thread: lesson.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pipelines/base/error.hpp"
#include "server/lesson/class_state.hpp"

namespace thranio::lesson {

using ClassEventPtr = std::shared_ptr<const ClassEvent>;

class ClassLog {
 public:
  static constexpr size_t kMostWaiting =
      4096;  // events: four from each of a thousand while one disk write lasts
  static constexpr size_t kMostInBatch = 1024;
  static constexpr size_t kKept =
      512;  // of the last, for whoever comes back: half a minute of a very lively class

  using Done = std::function<void(const Result<int64_t>& seq)>;

  // Goes on from what the store has: the fold of all, and the last of them.
  explicit ClassLog(ClassState state = {}, std::deque<ClassEventPtr> last = {});

  const ClassState& told() const { return told_; }
  const ClassState& ahead() const { return ahead_; }

  // Puts the act in line, judged by ahead(). `done` hears its seq once it is on disk, or the error. Error:
  // class-busy, when kMostWaiting wait.
  Result<void> add(const Actor& actor, WallTime at, ClassAct act, Done done);
  // For a wish that changes nothing, judged by ahead(): `done` hears, with seq 0, once all that waits now is
  // on disk (at once if nothing waits), or the error. Error: class-busy, when kMostWaiting wait so.
  Result<void> add_nothing(Done done);

  // The next batch to be written; empty while one is under way, or when nothing waits.
  std::vector<ClassEventPtr> begin();
  bool writing() const { return writing_ > 0; }
  // After a failure, what the store may hold beyond told() was told to nobody: the next batch replaces it.
  bool replaces() const { return failed_; }
  // The batch is on disk: it is told now, in this order.
  std::vector<ClassEventPtr> committed();
  void failed(const Error& error);

  // What happened after `seq`, if all of it is still kept.
  std::optional<std::vector<ClassEventPtr>> after(int64_t seq) const;

 private:
  struct Waiting {
    ClassEventPtr event;
    Done done;
    std::vector<Done> nothings = {};  // judged by it
  };
  ClassState told_, ahead_;
  std::deque<Waiting> waiting_;
  size_t writing_ = 0;  // so many of the first
  size_t nothings_ = 0;
  bool failed_ = false;
  std::deque<ClassEventPtr> last_;
};

}  // namespace thranio::lesson
