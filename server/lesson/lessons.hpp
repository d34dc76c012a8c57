// Id → live lesson: opens one when it starts (or when the server comes back in mid-lesson), finds it, ends
// it. The store has the last word: a lesson is live because its row says so; this is what runs because of it.
// Way: api/lessons_api, signaling, api/media_api → [Lessons] → Lesson (its strand) →
// pipelines/lesson_pipeline. Owned by main. Thread: any (a mutex around the map; a Lesson is reached through
// its own strand).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include <boost/asio/any_io_executor.hpp>

#include "pipelines/base/error.hpp"
#include "pipelines/base/ids.hpp"
#include "server/lesson/attendance_sink.hpp"
#include "server/lesson/event.hpp"
#include "server/schedule/lesson_record.hpp"

namespace thranio::pipelines {
class MediaPlane;
}

namespace thranio::lesson {

class ClassEvents;
class Decks;
class Lesson;

class Lessons {
 public:
  // server_instance: random at each start of the process; class_events outlives it.
  Lessons(boost::asio::any_io_executor executor, pipelines::MediaPlane& media, std::string server_instance,
          Encode encode, ClassEvents& class_events, Decks& decks, AttendanceSink& attendance);
  ~Lessons();

  // The row says live: opens the pipeline and the strand, tells whoever already waits. Idempotent.
  void start(const schedule::LessonRecord& record);
  // The row says ended, or is gone: everyone is told, media and sockets close. Idempotent, and final: a start
  // that was overtaken on its way here opens nothing.
  void end(const schedule::LessonRecord& record);
  // The row was deleted and came back: it may be opened again.
  void restored(const LessonId& id);
  // Title or times changed: everyone is told, nobody is thrown out.
  void changed(const schedule::LessonRecord& record);
  // A school laid down other rules: they hold in its lessons that are open, and in whichever is opened from a
  // row that was read before.
  void rules_changed(const SchoolId& school, const schedule::SchoolRules& rules);
  // Its slides came on, or were deleted.
  void decks_changed(const LessonId& id);

  // People may wait in a lesson that has not started; then it has a strand but no pipeline.
  std::shared_ptr<Lesson> open(const schedule::LessonRecord& record);
  std::shared_ptr<Lesson> find(const LessonId& id) const;
  size_t size() const;

  // Orderly stop: "going_away" to all, sockets close; returns at once.
  void going_away();
  // The last of all, when no thread serves requests any more: work that was never done may hold a lesson for
  // longer than there is a media plane.
  void end_media();

 private:
  // Set at construction, never changed.
  boost::asio::any_io_executor executor_;
  pipelines::MediaPlane& media_;
  const std::string server_instance_;
  const Encode encode_;
  ClassEvents& class_events_;
  Decks& decks_;
  AttendanceSink& attendance_;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::unordered_map<LessonId, std::shared_ptr<Lesson>> lessons_;
  std::unordered_set<LessonId> ended_;                         // since the process started: an id each
  std::unordered_map<SchoolId, schedule::SchoolRules> rules_;  // that changed since: at most one a school
};

}  // namespace thranio::lesson
