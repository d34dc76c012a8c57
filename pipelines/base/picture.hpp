// A piece of the stage as a still picture, for students whose line carries no moving one: a whole slide, or
// the rectangle of it that changed. Made once per lesson, shared by all. Thread: any (immutable once shared).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace thranio {

enum class PictureCoding : uint8_t { kAvif, kWebp };

struct Picture {
  uint32_t id = 0;  // rises by one per source and picture
  PictureCoding coding = PictureCoding::kAvif;
  bool whole = true;                             // nothing before it matters
  uint16_t canvas_width = 0, canvas_height = 0;  // pixels of the whole
  uint16_t x = 0, y = 0, width = 0, height = 0;  // where this one lies on it
  std::vector<uint8_t> bytes;
};

using PicturePtr = std::shared_ptr<const Picture>;

}  // namespace thranio
