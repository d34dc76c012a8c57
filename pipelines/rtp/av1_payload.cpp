#include "pipelines/rtp/av1_payload.hpp"

#include <utility>

namespace thranio::rtp {
namespace {

constexpr uint8_t kTemporalDelimiter = 2, kTileList = 8, kPadding = 15;  // OBU types
constexpr uint8_t kDelimiter[] = {kTemporalDelimiter << 3 | 0x02, 0};
constexpr size_t kMostSizeBytes = 8;

// Nothing if it has no end, or is larger than any packet.
std::optional<size_t> read_leb128(std::span<const uint8_t> bytes, size_t& at) {
  uint64_t value = 0;
  for (size_t i = 0; i < kMostSizeBytes; ++i) {
    if (at >= bytes.size()) return std::nullopt;
    const uint8_t byte = bytes[at++];
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (!(byte & 0x80)) return value <= 0xffffffff ? std::optional<size_t>(value) : std::nullopt;
  }
  return std::nullopt;
}

void write_leb128(std::vector<uint8_t>& out, size_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

// OBU header: F(1) type(4) X(1) S(1) reserved(1); X: temporal id(3) spatial id(2) reserved(3) follow.
struct ObuHeader {
  explicit ObuHeader(uint8_t first)
      : type(first >> 3 & 0x0f), has_extension(first & 0x04), has_size(first & 0x02) {}
  uint8_t type;
  bool has_extension, has_size;
};

//  0 1 2 3 4 5 6 7
// |Z|Y| W |N|-|-|-|   W: so many OBU elements, the last without its size; 0: each has its size
// False, too, where `visit` says so.
template <typename Visit>
bool each_element(std::span<const uint8_t> payload, Visit visit) {
  if (payload.size() < 2) return false;
  const size_t count = payload[0] >> 4 & 0x03;
  size_t at = 1;
  for (size_t element = 1; at < payload.size(); ++element) {
    size_t size = payload.size() - at;
    if (count == 0 || element < count) {
      const auto told = read_leb128(payload, at);
      if (!told || *told == 0 || *told > payload.size() - at) return false;
      size = *told;
    } else if (element > count) {
      return false;
    }
    at += size;
    if (!visit(payload.subspan(at - size, size), element == 1, at == payload.size())) return false;
    if (at == payload.size()) return count == 0 || element == count;
  }
  return false;
}

}  // namespace

std::optional<Av1Payload> parse_av1(std::span<const uint8_t> payload) {
  Av1Payload av1;
  const bool fits = each_element(payload, [&](std::span<const uint8_t> element, bool first, bool) {
    const bool begins = !first || !(payload[0] & 0x80);
    if (begins && !av1.temporal_layer && element.size() >= 2 && ObuHeader(element[0]).has_extension) {
      av1.temporal_layer = element[1] >> 5;
      av1.spatial_layer = element[1] >> 3 & 0x03;
    }
    return true;
  });
  if (!fits) return std::nullopt;
  av1.continues = payload[0] & 0x80;
  av1.goes_on = payload[0] & 0x40;
  av1.starts_key_frame = (payload[0] & 0x08) && !av1.continues;
  return av1;
}

bool Av1Assembler::add(std::span<const uint8_t> payload) {
  const bool continues = !payload.empty() && (payload[0] & 0x80);
  const bool goes_on = !payload.empty() && (payload[0] & 0x40);
  const auto take_element = [&](std::span<const uint8_t> element, bool first, bool last) {
    if (!first || !continues) fragment_.clear();
    if (fragment_.size() + element.size() > kMostBytes) return false;
    fragment_.insert(fragment_.end(), element.begin(), element.end());
    open_ = last && goes_on;
    return open_ || append_obu(fragment_);
  };
  if (continues == open_ && each_element(payload, take_element)) return true;
  clear();
  return false;
}

bool Av1Assembler::append_obu(std::span<const uint8_t> obu) {
  const ObuHeader header(obu[0]);
  if (header.type == kTemporalDelimiter || header.type == kTileList || header.type == kPadding) return true;
  if (unit_.size() + obu.size() + kMostSizeBytes > kMostBytes) return false;
  if (unit_.empty()) unit_.assign(std::begin(kDelimiter), std::end(kDelimiter));
  size_t at = header.has_extension ? 2 : 1;
  if (obu.size() < at) return false;
  unit_.push_back(obu[0] | 0x02);
  if (header.has_extension) unit_.push_back(obu[1]);
  if (header.has_size) {
    const auto told = read_leb128(obu, at);
    if (!told || *told != obu.size() - at) return false;
  }
  write_leb128(unit_, obu.size() - at);
  unit_.insert(unit_.end(), obu.begin() + static_cast<std::ptrdiff_t>(at), obu.end());
  return true;
}

std::span<const uint8_t> Av1Assembler::take() {
  done_.clear();
  if (!open_) done_.swap(unit_);
  clear();
  return done_;
}

void Av1Assembler::clear() {
  unit_.clear();
  fragment_.clear();
  open_ = false;
}

}  // namespace thranio::rtp
