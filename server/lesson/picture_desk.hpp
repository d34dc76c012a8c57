// Which line gets which still picture, and how fast: a line that carries no moving picture gets slides and
// faces as stills, a kilobyte at a time, out of what its media leave of it. Slides before faces; a picture
// that is nearly told is finished, a staler one given up for the newest whole, but not two in a row: what
// never stands still would never be seen. A line is a subscriber's, not a person's: two devices of hers have
// two. Way: LessonPipeline's events → [PictureDesk] → Seat::send_picture → WebSocket. Owned by the lesson.
// Thread: lesson. Pure: time is passed in. Bounds: kMostSince pictures of a source are kept.
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
  // So much room has a line that waits on its lowest rung to show that it is better.
  static constexpr int64_t kFaceSpare = 8'000;

  // who: hears by it. A line that carries everything that is shown is forgotten.
  void set_line(const PeerId& peer, const ParticipantId& who, const LineState& line, TimePoint now);
  void remove(const PeerId& peer) { students_.erase(peer); }
  // Another socket takes this line's pictures, and what the last one had on its way is lost.
  void begin_anew(const PeerId& peer);
  void add(Slot slot, PicturePtr picture);
  void clear(Slot slot);  // its source has left the stage
  // Who stands on the floor: her own face does not come back to her.
  void set_floor(std::optional<ParticipantId> who) { floor_ = std::move(who); }
  // Somebody is shown pictures: they should be made.
  bool wanted() const { return !students_.empty(); }

  struct Due {
    PeerId peer;
    std::shared_ptr<const std::string> message;
    size_t most = 0;  // bytes that may still be on their way
  };
  // What may go now; each is answered by done() before the same line gets more.
  std::vector<Due> due(TimePoint now);
  // sent: the socket took it; else it had not drained yet, and the same piece comes again.
  void done(const PeerId& peer, bool sent);

 private:
  struct Student {
    ParticipantId who;
    LineState line;
    double tokens = 0;  // bytes
    TimePoint filled_at{};
    bool waits = false;  // for done()
    std::array<uint32_t, kSlots> told{};
    PicturePtr current;
    Slot slot = Slot::kScreen;
    size_t offset = 0, piece = 0;
    std::array<bool, kSlots> gave_up{};  // one for a newer whole, and is not level with it yet
  };

  bool shown(const Student& student, Slot slot) const;
  bool stale(const Student& student) const;
  PicturePtr next(const Student& student, Slot slot) const;
  bool choose(Student& student) const;
  std::vector<PicturePtr>& since(Slot slot) { return since_whole_[static_cast<size_t>(slot)]; }
  const std::vector<PicturePtr>& since(Slot slot) const { return since_whole_[static_cast<size_t>(slot)]; }

  std::map<PeerId, Student> students_;
  std::optional<ParticipantId> floor_;
  std::array<std::vector<PicturePtr>, kSlots> since_whole_;  // the newest whole and what changed after it
};

}  // namespace thranio::lesson
