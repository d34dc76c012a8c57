#include "server/schedule/lesson_record.hpp"

namespace thranio::schedule {

std::string_view to_string(LessonStatus status) {
  switch (status) {
    case LessonStatus::kScheduled:
      return "scheduled";
    case LessonStatus::kLive:
      return "live";
    case LessonStatus::kEnded:
      return "ended";
  }
  return "ended";
}

}  // namespace thranio::schedule
