// The payload of a packet, shared: a layer that is a track of its own has other numbers and the same bytes.
// Thread: any (immutable).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace thranio::rtp {

class PayloadBytes {
 public:
  PayloadBytes() = default;
  PayloadBytes(std::span<const uint8_t> bytes) : size_(bytes.size()) {
    if (bytes.empty()) return;
    auto copy = std::make_shared_for_overwrite<uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.get());
    bytes_ = std::move(copy);
  }
  PayloadBytes(const std::vector<uint8_t>& bytes) : PayloadBytes(std::span(bytes)) {}
  PayloadBytes(std::initializer_list<uint8_t> bytes)
      : PayloadBytes(std::span<const uint8_t>(bytes.begin(), bytes.size())) {}

  const uint8_t* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const uint8_t& operator[](size_t at) const { return bytes_[static_cast<std::ptrdiff_t>(at)]; }
  const uint8_t* begin() const { return data(); }
  const uint8_t* end() const { return data() + size_; }

 private:
  std::shared_ptr<const uint8_t[]> bytes_;
  size_t size_ = 0;
};

}  // namespace thranio::rtp
