// What happens in a live lesson, as values: the lesson says it, signaling turns it into messages. Words of
// schema/messages/server-to-client.json. Thread: any (values).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/base/line_state.hpp"
#include "pipelines/lesson_pipeline.hpp"
#include "server/auth/principal.hpp"
#include "server/schedule/lesson_record.hpp"

namespace thranio::lesson {

enum class Device : uint8_t { kNone, kMuted, kOn };

struct Person {
  ParticipantId id;
  std::string name;
  auth::Role role = auth::Role::kGuest;
  Device microphone = Device::kNone;
  Device camera = Device::kNone;
  std::optional<Rung> rung = {};  // of her line, once it is known; teachers are told
};

// Who stands in which slot.
struct Stage {
  std::array<std::optional<ParticipantId>, 3> voices;
  std::optional<ParticipantId> camera, screen, floor;
  std::array<std::optional<ParticipantId>, 6> slots() const {
    return {voices[0], voices[1], voices[2], camera, screen, floor};
  }
  bool operator==(const Stage&) const = default;
};

struct Welcome {
  std::string server_instance;
  ParticipantId you;
  schedule::LessonRecord lesson;
  std::vector<Person> people;  // those that this participant is told of
  size_t count = 0;            // how many are here
  Stage stage;
};
struct Joined {
  Person person;
};
enum class LeftReason : uint8_t { kLeft, kLinkLost };
struct Left {
  ParticipantId person;
  LeftReason reason = LeftReason::kLeft;
};
struct Changed {
  Person person;
};
struct Count {
  size_t people = 0;  // here now
};
struct StageChanged {
  Stage stage;
};
struct LessonChanged {
  schedule::LessonRecord lesson;
};
struct LineChanged {  // to the student whose line it is
  LineState line;
};
struct LayersNeeded {  // to the publisher whose layers they are
  pipelines::Source source;
  std::vector<std::string> rids;
};
struct GoingAway {
  int retry_after_ms = 1000;
};
struct Pong {
  uint32_t nonce = 0;
};
struct Refused {
  Error error;
};

using Event = std::variant<Welcome, Joined, Left, Changed, Count, StageChanged, LessonChanged, LineChanged,
                           LayersNeeded, GoingAway, Pong, Refused>;

}  // namespace thranio::lesson
