// An SDP session description as a value (RFC 8866); GstSDPMessage reads the text, this is the only GStreamer
// in sdp/. Way: WHIP/WHEP offer → [SdpMessage] → negotiation. Bounded: kMaxSize and kMaxMedia. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thranio::sdp {

constexpr size_t kMaxSize = 64 * 1024;  // today's browsers offer 5 to 12 kB
constexpr size_t kMaxMedia = 32;
constexpr size_t kMaxAttributes = 512;  // per section

struct Attribute {
  std::string name;
  std::string value;
};

struct Section {
  std::vector<Attribute> attributes;
  std::optional<std::string_view> find(std::string_view name) const;  // the first of that name
  bool has(std::string_view name) const { return find(name).has_value(); }
};

struct MediaDescription : Section {
  std::string kind;  // "audio", "video", "application"
  unsigned port = 0;
  std::string protocol;  // "UDP/TLS/RTP/SAVPF"
  std::vector<std::string> formats;
};

struct SdpMessage : Section {
  std::vector<MediaDescription> media;
};

// Nothing if it is no SDP or larger than the bounds.
std::optional<SdpMessage> parse_sdp(std::string_view text);

}  // namespace thranio::sdp
