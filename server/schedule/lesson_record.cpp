#include "server/schedule/lesson_record.hpp"

#include <algorithm>

namespace thranio::schedule {

std::string_view to_string(LessonStatus status) {
  switch (status) {
    case LessonStatus::kScheduled:
      return "scheduled";
    case LessonStatus::kLive:
      return "live";
    case LessonStatus::kEnded:
      return "ended";
    case LessonStatus::kCancelled:
      return "cancelled";
  }
  return "ended";
}

LessonStatus lesson_status_of(std::string_view text) {
  for (const auto status : {LessonStatus::kScheduled, LessonStatus::kLive, LessonStatus::kCancelled})
    if (to_string(status) == text) return status;
  return LessonStatus::kEnded;
}

PrivateChat private_chat_of(std::string_view text) {
  if (text == "free") return PrivateChat::kFree;
  return text == "off" ? PrivateChat::kOff : PrivateChat::kSupervised;
}

std::string_view to_string(Lobby lobby) {
  switch (lobby) {
    case Lobby::kOff:
      return "off";
    case Lobby::kGuests:
      return "guests";
    case Lobby::kEverybody:
      return "everybody";
  }
  return "off";
}

std::optional<Lobby> lobby_of(std::string_view text) {
  for (const auto lobby : {Lobby::kOff, Lobby::kGuests, Lobby::kEverybody})
    if (to_string(lobby) == text) return lobby;
  return std::nullopt;
}

WordRule word_rule_of(std::string_view text) {
  return text == "refuse" ? WordRule::kRefuse : WordRule::kMask;
}

WallTime LessonRecord::ends_by_itself_at() const {
  const auto late_end = live_since ? *live_since + (ends_at - starts_at) : ends_at;
  return std::max(ends_at, late_end) + grace;
}

}  // namespace thranio::schedule
