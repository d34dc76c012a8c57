#include "server/lesson/lessons.hpp"

#include "server/lesson/lesson.hpp"

namespace thranio::lesson {

Lessons::Lessons(boost::asio::any_io_executor executor, pipelines::MediaPlane& media,
                 std::string server_instance, Encode encode, ClassEvents& class_events, Decks& decks,
                 AttendanceSink& attendance)
    : executor_(std::move(executor)),
      media_(media),
      server_instance_(std::move(server_instance)),
      encode_(std::move(encode)),
      class_events_(class_events),
      decks_(decks),
      attendance_(attendance) {}

Lessons::~Lessons() = default;

void Lessons::start(const schedule::LessonRecord& record) {
  const auto lesson = open(record);
  if (find(record.id) == lesson) lesson->update(record);
}

void Lessons::end(const schedule::LessonRecord& record) {
  std::shared_ptr<Lesson> lesson;
  {
    const std::lock_guard lock(mutex_);
    ended_.insert(record.id);
    const auto at = lessons_.find(record.id);
    if (at == lessons_.end()) return;
    lesson = std::move(at->second);
    lessons_.erase(at);
  }
  // At once, not when its strand comes to it: whoever asks for the report next finds it whole.
  attendance_.over(record.id, std::chrono::steady_clock::now());
  lesson->update(record);
}

void Lessons::restored(const LessonId& id) {
  const std::lock_guard lock(mutex_);
  ended_.erase(id);
}

void Lessons::changed(const schedule::LessonRecord& record) {
  if (const auto lesson = find(record.id)) lesson->update(record);
}

void Lessons::rules_changed(const SchoolId& school, const schedule::SchoolRules& rules) {
  const std::lock_guard lock(mutex_);
  auto& newest = rules_[school];
  if (rules.version <= newest.version) return;
  newest = rules;
  for (const auto& [id, lesson] : lessons_)
    if (lesson->school() == school) lesson->set_rules(rules);
}

void Lessons::decks_changed(const LessonId& id) {
  if (const auto lesson = find(id)) lesson->decks_changed();
}

std::shared_ptr<Lesson> Lessons::open(const schedule::LessonRecord& record) {
  const std::lock_guard lock(mutex_);
  // An ended lesson answers (with a refusal) but is not kept. A caller's row may be older than the end.
  if (record.status == schedule::LessonStatus::kEnded || ended_.contains(record.id)) {
    auto over = record;
    over.status = schedule::LessonStatus::kEnded;
    return std::make_shared<Lesson>(executor_, media_, server_instance_, encode_, class_events_, decks_,
                                    attendance_, over);
  }
  auto& lesson = lessons_[record.id];
  if (lesson) return lesson;
  auto row = record;
  if (const auto newest = rules_.find(row.school);
      newest != rules_.end() && newest->second.version > row.rules.version)
    row.rules = newest->second;
  lesson = std::make_shared<Lesson>(executor_, media_, server_instance_, encode_, class_events_, decks_,
                                    attendance_, std::move(row));
  return lesson;
}

std::shared_ptr<Lesson> Lessons::find(const LessonId& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = lessons_.find(id);
  return at == lessons_.end() ? nullptr : at->second;
}

size_t Lessons::size() const {
  const std::lock_guard lock(mutex_);
  return lessons_.size();
}

void Lessons::going_away() {
  attendance_.stopping(std::chrono::steady_clock::now());
  const std::lock_guard lock(mutex_);
  for (const auto& [id, lesson] : lessons_)
    lesson->going_away();
}

void Lessons::end_media() {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, lesson] : lessons_)
    lesson->end_media();
}

}  // namespace thranio::lesson
