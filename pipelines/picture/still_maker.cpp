#include "pipelines/picture/still_maker.hpp"

#include <algorithm>
#include <cstdlib>

namespace thranio::picture {
namespace {

// Mean difference of a block's pixels. An encoder's noise on a slide that stands still is 1 to 2; a thin
// letter that appears in a corner of the block is 6 and more.
constexpr int kChanged = 4;
constexpr Duration kSlow = std::chrono::seconds(2);
constexpr int kDrawnTakes = 5;     // times as long
constexpr double kMostOfIt = 0.4;  // of the area: beyond it the whole costs no more than the rectangle

}  // namespace

std::optional<Picture> StillMaker::look(const Frame& frame, TimePoint now) {
  if (frame.width != width_ || frame.height != height_) {
    width_ = frame.width;
    height_ = frame.height;
    told_.clear();
    seen_.clear();
  }
  still_looks_ = !seen_.empty() && changed(frame, seen_).blocks == 0 ? still_looks_ + 1 : 0;
  remember(frame, seen_);
  if (told_.empty()) {  // whoever just came has seen nothing yet
    remember(frame, told_);
    told_at_ = now;
    return code_whole(frame, content(true));
  }
  const Rectangle news = changed(frame, told_);
  const Duration since = now - told_at_;
  if (news.blocks == 0) return refine(frame);
  if (since < settings_.least_between ||
      (still_looks_ < settings_.still_looks && since < settings_.never_still))
    return std::nullopt;
  remember(frame, told_);
  told_at_ = now;
  fine_ = false;
  const Content kind = content(still_looks_ >= settings_.still_looks);
  const int across = (width_ + kBlock - 1) / kBlock, down = (height_ + kBlock - 1) / kBlock;
  const int area = (news.right - news.left) * (news.bottom - news.top);
  // Rectangles on rectangles: once they cost as much as the whole, late joiners are better off with that.
  if (!settings_.rectangles || area > kMostOfIt * across * down || since_whole_ > whole_bytes_)
    return code_whole(frame, kind);
  Frame part = frame;
  const int x = news.left * kBlock, y = news.top * kBlock;
  part.width = std::min(news.right * kBlock, width_ & ~1) - x;
  part.height = std::min(news.bottom * kBlock, height_ & ~1) - y;
  part.plane[0] += y * frame.stride[0] + x;
  for (const int chroma : {1, 2})
    part.plane[chroma] += y / 2 * frame.stride[chroma] + x / 2;
  Picture picture = code(part, settings_.avif_quantizer, settings_.webp_quality, kind);
  picture.whole = false;
  picture.canvas_width = static_cast<uint16_t>(width_);
  picture.canvas_height = static_cast<uint16_t>(height_);
  picture.x = static_cast<uint16_t>(x);
  picture.y = static_cast<uint16_t>(y);
  since_whole_ += picture.bytes.size();
  return picture;
}

// The same once more, better: laid over what was told, so that nobody waits for it who has not seen that yet.
std::optional<Picture> StillMaker::refine(const Frame& frame) {
  if (fine_ || settings_.fine_quantizer >= 63 || still_looks_ < settings_.fine_looks) return std::nullopt;
  fine_ = true;
  Picture picture = code(frame, settings_.fine_quantizer, 100, content(true));
  picture.whole = false;
  return picture;
}

// A film that is shared is no slide, and comes every few seconds: it gets the quick coder.
Content StillMaker::content(bool stands) const {
  return stands && !busy_ ? settings_.content : Content::kNatural;
}

void StillMaker::took(Duration time) {
  busy_ = time > (coded_ == Content::kDrawn ? kSlow : kSlow / kDrawnTakes);
}

// Numbered, and as large as its canvas.
Picture StillMaker::code(const Frame& frame, int avif_quantizer, float webp_quality, Content content) {
  coded_ = content;
  Picture picture = code_still(frame, {avif_quantizer, webp_quality, content});
  picture.id = next_id_++;
  picture.canvas_width = picture.width;
  picture.canvas_height = picture.height;
  return picture;
}

Picture StillMaker::code_whole(const Frame& frame, Content content) {
  Picture picture = code(frame, settings_.avif_quantizer, settings_.webp_quality, content);
  whole_bytes_ = picture.bytes.size();
  since_whole_ = 0;
  fine_ = false;
  return picture;
}

StillMaker::Rectangle StillMaker::changed(const Frame& frame, const std::vector<uint8_t>& luma) const {
  const int across = (width_ + kBlock - 1) / kBlock, down = (height_ + kBlock - 1) / kBlock;
  Rectangle found{across, down, 0, 0, 0};
  for (int row = 0; row < down; ++row)
    for (int column = 0; column < across; ++column) {
      const int x = column * kBlock, y = row * kBlock;
      const int wide = std::min(kBlock, width_ - x), high = std::min(kBlock, height_ - y);
      int difference = 0;
      for (int line = 0; line < high; ++line) {
        const uint8_t* now = frame.plane[0] + (y + line) * frame.stride[0] + x;
        const uint8_t* before = luma.data() + (y + line) * width_ + x;
        for (int i = 0; i < wide; ++i)
          difference += std::abs(now[i] - before[i]);
      }
      if (difference < kChanged * wide * high) continue;
      found.left = std::min(found.left, column);
      found.right = std::max(found.right, column + 1);
      found.top = std::min(found.top, row);
      found.bottom = std::max(found.bottom, row + 1);
      ++found.blocks;
    }
  return found;
}

void StillMaker::remember(const Frame& frame, std::vector<uint8_t>& luma) const {
  luma.resize(static_cast<size_t>(width_) * static_cast<size_t>(height_));
  for (int line = 0; line < height_; ++line)
    std::copy_n(frame.plane[0] + line * frame.stride[0], width_, luma.begin() + line * width_);
}

}  // namespace thranio::picture
