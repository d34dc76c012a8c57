#include "server/lesson/class_log.hpp"

#include <algorithm>
#include <utility>

namespace thranio::lesson {
namespace {

std::unexpected<Error> busy() {
  return fail(ErrorKind::kUnavailable, "class-busy",
              "The class says more than the server can keep: try again.");
}

}  // namespace

ClassLog::ClassLog(ClassState state, std::deque<ClassEventPtr> last)
    : told_(std::move(state)), ahead_(told_), last_(std::move(last)) {}

Result<void> ClassLog::add(const Actor& actor, WallTime at, ClassAct act, Done done) {
  if (waiting_.size() >= kMostWaiting) return busy();
  ClassEvent event{ahead_.last_seq + 1, at, actor, std::move(act)};
  if (auto* opened = std::get_if<PollOpened>(&event.act)) opened->poll.id = event.seq;
  apply(ahead_, event);
  waiting_.push_back({std::make_shared<const ClassEvent>(std::move(event)), std::move(done)});
  return {};
}

Result<void> ClassLog::add_nothing(Done done) {
  if (waiting_.empty()) {
    done(0);
    return {};
  }
  if (nothings_ >= kMostWaiting) return busy();
  waiting_.back().nothings.push_back(std::move(done));
  ++nothings_;
  return {};
}

std::vector<ClassEventPtr> ClassLog::begin() {
  if (writing()) return {};
  writing_ = std::min(waiting_.size(), kMostInBatch);
  std::vector<ClassEventPtr> batch;
  batch.reserve(writing_);
  for (size_t i = 0; i < writing_; ++i)
    batch.push_back(waiting_[i].event);
  return batch;
}

std::vector<ClassEventPtr> ClassLog::committed() {
  failed_ = false;
  std::vector<Waiting> written(
      std::make_move_iterator(waiting_.begin()),
      std::make_move_iterator(waiting_.begin() + static_cast<std::ptrdiff_t>(writing_)));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(writing_));
  writing_ = 0;
  std::vector<ClassEventPtr> events;
  for (const auto& one : written) {
    apply(told_, *one.event);
    last_.push_back(one.event);
    if (last_.size() > kKept) last_.pop_front();
    events.push_back(one.event);
  }
  for (const auto& one : written) {
    if (one.done) one.done(one.event->seq);
    nothings_ -= one.nothings.size();
    for (const auto& done : one.nothings)
      done(0);
  }
  return events;
}

void ClassLog::failed(const Error& error) {
  failed_ = true;
  writing_ = 0;
  ahead_ = told_;
  nothings_ = 0;
  for (const auto& one : std::exchange(waiting_, {})) {
    if (one.done) one.done(std::unexpected(error));
    for (const auto& done : one.nothings)
      done(std::unexpected(error));
  }
}

std::optional<std::vector<ClassEventPtr>> ClassLog::after(int64_t seq) const {
  if (seq < 0 || seq > told_.last_seq) return std::nullopt;
  const auto missed = static_cast<size_t>(told_.last_seq - seq);
  if (missed > last_.size()) return std::nullopt;
  return std::vector<ClassEventPtr>(last_.end() - static_cast<std::ptrdiff_t>(missed), last_.end());
}

}  // namespace thranio::lesson
