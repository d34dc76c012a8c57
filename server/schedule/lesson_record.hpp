// One scheduled meeting of a class: the row of `lessons`, as the rest of the server sees it. Thread: any
// (value).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"

namespace thranio::schedule {

enum class LessonStatus : uint8_t { kScheduled, kLive, kEnded };

std::string_view to_string(LessonStatus status);

struct LessonRecord {
  LessonId id;
  SchoolId school;
  ClassId cls;
  std::string class_title;
  std::string title;
  WallTime starts_at;
  WallTime ends_at;
  LessonStatus status = LessonStatus::kScheduled;
  int voice_packet_ms = 20;  // how much voice a packet to the students carries: 20, 40 or 60
  int64_t version = 1;       // the ETag
};

}  // namespace thranio::schedule
