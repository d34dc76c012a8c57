// Who gets which still picture, and how fast: students whose line carries no moving picture get slides and
// faces as stills, a kilobyte at a time, out of what their media leave of their line. Slides before faces; a
// picture that is nearly told is finished, a staler one given up for the newest whole. Way: LessonPipeline's
// events → [PictureDesk] → Seat::send_picture → WebSocket. Owned by the lesson. Thread: lesson. Pure: time is
// passed in. Bounds: kMostSince pictures of a source are kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/ids.hpp"
#include "pipelines/base/line_state.hpp"
#include "pipelines/base/picture.hpp"

namespace thranio::lesson {

// One message of the WebSocket, binary: a header of kPictureHeader bytes and a piece of a picture.
//   u8 1 (version), u8 0 camera 1 screen 2 floor, u8 0 AVIF 1 WebP, u8 1 if whole, u32 id, u32 bytes of the
//   picture, u32 offset of this piece, u16 canvas width, height, u16 x, y, width, height of the picture on
//   the canvas; all in network order.
constexpr size_t kPictureHeader = 28;

class PictureDesk {
 public:
  enum class Slot : uint8_t { kCamera, kScreen, kFloor };
  static constexpr size_t kSlots = 3;
  // Bytes of a picture in a message: 0.3 s of what the line has to spare, so that the voice
  // behind it waits no longer; a smaller one than kSmallestPiece would be headers most of all.
  static constexpr size_t kSmallestPiece = 500, kLargestPiece = 1200;
  static constexpr size_t kOverhead = 80;        // what WebSocket, TCP and IP add
  static constexpr size_t kMostSince = 64;       // rectangles since the last whole
  static constexpr int64_t kLeastSpare = 1'500;  // bits a second; less is left to the voice

  // A line that carries everything that is shown is forgotten.
  void set_line(const ParticipantId& who, const LineState& line, TimePoint now);
  void remove(const ParticipantId& who) { students_.erase(who); }
  void add(Slot slot, PicturePtr picture);
  void clear(Slot slot);  // its source has left the stage
  // Who stands on the floor: her own face does not come back to her.
  void set_floor(std::optional<ParticipantId> who) { floor_ = std::move(who); }
  // Somebody is shown pictures: they should be made.
  bool wanted() const { return !students_.empty(); }

  struct Due {
    ParticipantId who;
    std::shared_ptr<const std::string> message;
    size_t most = 0;  // bytes that may still be on their way to her
  };
  // What may go now; each is answered by done() before the same student gets more.
  std::vector<Due> due(TimePoint now);
  // sent: the socket took it; else it had not drained yet, and the same piece comes again.
  void done(const ParticipantId& who, bool sent);

 private:
  struct Student {
    LineState line;
    double tokens = 0;  // bytes
    TimePoint filled_at{};
    bool waits = false;  // for done()
    std::array<uint32_t, kSlots> told{};
    PicturePtr current;
    Slot slot = Slot::kScreen;
    size_t offset = 0, piece = 0;
  };

  bool shown(const ParticipantId& who, const Student& student, Slot slot) const;
  PicturePtr next(const ParticipantId& who, const Student& student, Slot slot) const;
  bool choose(const ParticipantId& who, Student& student) const;
  std::vector<PicturePtr>& since(Slot slot) { return since_whole_[static_cast<size_t>(slot)]; }
  const std::vector<PicturePtr>& since(Slot slot) const { return since_whole_[static_cast<size_t>(slot)]; }

  std::map<ParticipantId, Student> students_;
  std::optional<ParticipantId> floor_;
  std::array<std::vector<PicturePtr>, kSlots> since_whole_;  // the newest whole and what changed after it
};

}  // namespace thranio::lesson
