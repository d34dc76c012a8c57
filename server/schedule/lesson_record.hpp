// One scheduled meeting of a class, as the live side of the server sees it. Thread: any (value).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"

namespace thranio::schedule {

enum class LessonStatus : uint8_t { kScheduled, kLive, kEnded, kCancelled };

std::string_view to_string(LessonStatus status);
LessonStatus lesson_status_of(std::string_view text);

// A school's rule on private lines between students in a lesson's chat; supervised: teachers see them.
enum class PrivateChat : uint8_t { kOff, kSupervised, kFree };
PrivateChat private_chat_of(std::string_view text);

// Who waits at the door of a lesson until its teacher admits them; the school's word where she says nothing.
enum class Lobby : uint8_t { kOff, kGuests, kEverybody };
std::string_view to_string(Lobby lobby);
std::optional<Lobby> lobby_of(std::string_view text);

enum class WordRule : uint8_t { kMask, kRefuse };
WordRule word_rule_of(std::string_view text);

// What a school lays down for its lessons, as its row says. Of two, the one of the later version holds.
struct SchoolRules {
  int64_t version = 0;
  PrivateChat private_chat = PrivateChat::kSupervised;
  Lobby lobby = Lobby::kOff;
  bool students_cameras = true;  // a student may be seen
  std::string chat_words = {};   // that students may not write, parted by commas
  WordRule word_rule = WordRule::kMask;
};

struct LessonRecord {
  LessonId id;
  SchoolId school;
  ClassId cls;
  std::string class_title;
  std::string title;
  WallTime starts_at;
  WallTime ends_at;
  LessonStatus status = LessonStatus::kScheduled;
  int voice_packet_ms = 20;          // how much voice a packet to the students carries: 20, 40 or 60
  std::string camera_codec = "vp8";  // in what her page publishes it, if her browser can
  int64_t version = 1;               // the ETag
  std::optional<UserId> teacher;     // stands in for the class's own
  std::optional<WallTime> live_since;
  std::chrono::minutes opens_before{10};  // students are let in from then on
  std::chrono::minutes grace{15};         // it ends by itself this long after its time
  SchoolRules rules = {};

  WallTime opens_at() const { return starts_at - opens_before; }
  // When a live lesson ends by itself: one that started late still has its full length.
  WallTime ends_by_itself_at() const;
};

}  // namespace thranio::schedule
