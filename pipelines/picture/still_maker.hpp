// Frames in, the few still pictures out that a thin line needs: a slide when it has changed and stands still,
// of a small change only its rectangle, of a picture that never stands still one every few seconds; coarse
// first, and a good one over it when it stays. Each is coded as AVIF and as WebP, and the smaller is taken.
// Way: stills branch (decoder) → [StillMaker] → lesson. Owned by the branch, one per track. Thread: that
// branch's streaming thread. Pure: time is passed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/picture.hpp"

namespace thranio::picture {

// An 8-bit 4:2:0 frame, limited range, BT.601 (what VP8 carries, RFC 6386 section 9.2). Borrowed.
struct Frame {
  int width = 0, height = 0;  // even
  const uint8_t* plane[3] = {};
  int stride[3] = {};
};

// Letters and lines, or what a camera sees. Letters come again: a coder that looks for them saves 40 % of a
// slide at the same SSIM, and takes five times as long.
enum class Content : uint8_t { kNatural, kDrawn };

struct StillSettings {
  Duration least_between = std::chrono::seconds(1);
  int still_looks = 2;  // an encoder sharpens a new slide by and by: told once, sharp, costs half
  Duration never_still = std::chrono::seconds(4);  // a picture that moves all the time is shown so often
  int avif_quantizer = 61;                         // 0 (best) to 63: first a readable slide, soon
  float webp_quality = 20;
  int fine_quantizer = 46;  // then, if it stays, a good one; 63: never
  int fine_looks = 12;      // so long it has stood still
  bool rectangles = true;
  Content content = Content::kDrawn;  // of what stands still
};
constexpr StillSettings kSlides{};
constexpr StillSettings kFaces{std::chrono::seconds(5), 0, std::chrono::seconds(5), 46, 35, 63, 0, false,
                               Content::kNatural};

class StillMaker {
 public:
  explicit StillMaker(StillSettings settings) : settings_(settings) {}

  // About twice a second. Nothing if there is nothing new to show.
  std::optional<Picture> look(const Frame& frame, TimePoint now);
  // How long the look took that made a picture, by the clock. Where processors are busy the quick coder is
  // the sooner one.
  void took(Duration time);
  // Nobody watched meanwhile: what comes next is whole.
  void restart() { told_.clear(); }

 private:
  struct Rectangle {
    int left = 0, top = 0, right = 0, bottom = 0;  // in blocks; right and bottom exclusive
    int blocks = 0;                                // that changed
  };
  static constexpr int kBlock = 16;  // pixels; a line of text is about as high

  Rectangle changed(const Frame& frame, const std::vector<uint8_t>& luma) const;
  void remember(const Frame& frame, std::vector<uint8_t>& luma) const;
  Content content(bool stands) const;
  Picture code(const Frame& frame, int avif_quantizer, float webp_quality, Content content);
  Picture code_whole(const Frame& frame, Content content);
  std::optional<Picture> refine(const Frame& frame);

  const StillSettings settings_;
  int width_ = 0, height_ = 0;
  std::vector<uint8_t> told_, seen_;  // luma of what was told last, and of the last look
  int still_looks_ = 0;               // so often it looked as the look before
  TimePoint told_at_{};
  uint32_t next_id_ = 1;
  size_t whole_bytes_ = 0, since_whole_ = 0;
  bool fine_ = false;  // what was told is good
  bool busy_ = false;  // the processors are
  Content coded_ = Content::kNatural;
};

// The smaller of both codings; throws std::runtime_error if neither coder takes the frame.
struct StillQuality {
  int avif_quantizer = 0;  // 0 (best) to 63
  float webp_quality = 100;
  Content content = Content::kNatural;
  int avif_speed = 6;  // a slide of 960x540 takes a core 0.2 s, drawn 0.8 s
};
Picture code_still(const Frame& frame, const StillQuality& quality);

}  // namespace thranio::picture
