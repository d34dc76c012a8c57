#include "pipelines/sdp/negotiation.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "pipelines/rtp/header_extensions.hpp"
#include "pipelines/sdp/sdp_message.hpp"

namespace thranio::sdp {
namespace {

constexpr size_t kMaxCodecs = 64;
constexpr size_t kMaxRids = 8;

std::unexpected<Error> invalid(std::string detail, std::string field) {
  return fail(ErrorKind::kInvalid, "invalid-sdp", std::move(detail), std::move(field));
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "111 opus/48000/2" → "111", "opus/48000/2"
std::pair<std::string_view, std::string_view> split(std::string_view text, char separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::optional<rtp::CodecId> codec_of(std::string_view rtpmap) {
  const std::string name = lower(rtpmap);
  if (name == "opus/48000/2") return rtp::CodecId::kOpus;
  if (name == "vp8/90000") return rtp::CodecId::kVp8;
  if (name == "h264/90000") return rtp::CodecId::kH264;
  if (name == "vp9/90000") return rtp::CodecId::kVp9;
  if (name == "av1/90000") return rtp::CodecId::kAv1;
  return std::nullopt;
}

std::optional<std::string_view> parameter(std::string_view fmtp, std::string_view name) {
  while (!fmtp.empty()) {
    auto [item, rest] = split(fmtp, ';');
    while (item.starts_with(' '))
      item.remove_prefix(1);
    const auto [key, value] = split(item, '=');
    if (key == name) return value;
    fmtp = rest;
  }
  return std::nullopt;
}

// What of a codec every decoder of it can: RFC 6184 section 8.1: packetization-mode absent means 0, single
// NAL units only, which cannot carry a picture of today's sizes. RFC 9628 section 6: profile-id absent means
// 0, 4:2:0 of 8 bits; AV1's payload format section 7.2.1: the same of profile.
bool is_common(rtp::CodecId codec, std::string_view fmtp) {
  switch (codec) {
    case rtp::CodecId::kH264:
      return parameter(fmtp, "packetization-mode") == "1";
    case rtp::CodecId::kVp9:
      return parameter(fmtp, "profile-id").value_or("0") == "0";
    case rtp::CodecId::kAv1:
      return parameter(fmtp, "profile").value_or("0") == "0";
    default:
      return true;
  }
}

std::string attribute_of(const MediaDescription& media, std::string_view name,
                         std::string_view payload_type) {
  for (const auto& attribute : media.attributes) {
    if (attribute.name != name) continue;
    const auto [pt, value] = split(attribute.value, ' ');
    if (pt == payload_type) return std::string{value};
  }
  return {};
}

bool has_feedback(const MediaDescription& media, std::string_view payload_type, std::string_view kind) {
  return std::any_of(media.attributes.begin(), media.attributes.end(), [&](const Attribute& a) {
    if (a.name != "rtcp-fb") return false;
    const auto [pt, value] = split(a.value, ' ');
    return (pt == payload_type || pt == "*") && value == kind;
  });
}

std::vector<CodecOffer> read_codecs(const MediaDescription& media) {
  std::vector<CodecOffer> codecs;
  std::map<uint8_t, uint8_t> rtx;  // original payload type → its RTX
  for (const auto& format : media.formats) {
    const auto payload_type = number<uint8_t>(format);
    if (!payload_type || *payload_type > 127 || codecs.size() >= kMaxCodecs) continue;
    const std::string map = attribute_of(media, "rtpmap", format);
    const std::string fmtp = attribute_of(media, "fmtp", format);
    if (lower(map) == "rtx/90000") {
      if (const auto apt = parameter(fmtp, "apt"))
        if (const auto original = number<uint8_t>(*apt)) rtx.emplace(*original, *payload_type);
      continue;
    }
    const auto codec = codec_of(map);
    if (!codec || rtp::is_video(*codec) != (media.kind == "video")) continue;
    if (!is_common(*codec, fmtp)) continue;
    const bool known =
        std::any_of(codecs.begin(), codecs.end(), [&](const auto& c) { return c.codec == *codec; });
    if (known) continue;  // the first of its kind: other H.264 profiles add nothing for us
    codecs.push_back({*codec, *payload_type, std::nullopt, fmtp, has_feedback(media, format, "nack"),
                      has_feedback(media, format, "goog-remb")});
  }
  for (auto& codec : codecs)
    if (const auto at = rtx.find(codec.payload_type); at != rtx.end()) codec.rtx_payload_type = at->second;
  return codecs;
}

void read_ssrcs(const MediaDescription& media, MediaOffer& offer) {
  for (const auto& attribute : media.attributes) {
    if (attribute.name == "ssrc-group" && attribute.value.starts_with("FID ") && !offer.rtx_ssrc) {
      const auto [first, second] = split(std::string_view{attribute.value}.substr(4), ' ');
      offer.ssrc = number<uint32_t>(first);
      offer.rtx_ssrc = number<uint32_t>(second);
    }
    if (attribute.name == "ssrc" && !offer.ssrc)
      offer.ssrc = number<uint32_t>(split(attribute.value, ' ').first);
  }
}

// "send h;m;l recv a;b": the alternatives of one encoding are split by commas, "~" says that it begins paused
// (RFC 8853 section 5.1).
void read_simulcast(const MediaDescription& media, MediaOffer& offer) {
  const auto simulcast = media.find("simulcast");
  if (!simulcast) return;
  const size_t send = simulcast->find("send ");
  if (send == std::string_view::npos) return;
  auto list = split(simulcast->substr(send + 5), ' ').first;
  while (!list.empty() && offer.send_rids.size() < kMaxRids) {
    auto [alternatives, rest] = split(list, ';');
    list = rest;
    auto rid = split(alternatives, ',').first;
    if (rid.starts_with('~')) rid.remove_prefix(1);
    const std::string line = std::string{rid} + " send";
    const bool described = std::any_of(media.attributes.begin(), media.attributes.end(), [&](const auto& a) {
      return a.name == "rid" && (a.value == line || a.value.starts_with(line + " "));
    });
    if (!rid.empty() && described) offer.send_rids.emplace_back(rid);
  }
}

MediaOffer read_media(const MediaDescription& media, size_t index) {
  MediaOffer offer;
  offer.kind = media.kind;
  offer.protocol = media.protocol;
  offer.format = media.formats.empty() ? "0" : media.formats.front();
  offer.mid = std::string{media.find("mid").value_or(std::to_string(index))};
  offer.direction = "sendrecv";  // RFC 8866 section 6.7: the default
  for (const char* direction : {"sendonly", "recvonly", "sendrecv", "inactive"})
    if (media.has(direction)) offer.direction = direction;
  if (media.kind == "audio" || media.kind == "video") offer.codecs = read_codecs(media);
  for (const auto& attribute : media.attributes) {
    if (attribute.name != "extmap") continue;
    const auto [id, uri] = split(attribute.value, ' ');
    if (const auto value = number<uint8_t>(split(id, '/').first); value && *value >= 1 && *value <= 14)
      offer.extensions.emplace(split(uri, ' ').first, *value);
  }
  read_ssrcs(media, offer);
  read_simulcast(media, offer);
  return offer;
}

std::optional<CertificateFingerprint> read_fingerprint(std::string_view text) {
  const auto [algorithm, hex] = split(text, ' ');
  CertificateFingerprint fingerprint{lower(algorithm), {}};
  for (size_t at = 0; at < hex.size(); at += 3) {
    uint8_t byte = 0;
    const char* begin = hex.data() + at;
    const char* end = hex.data() + std::min(at + 2, hex.size());
    const auto [stopped, error] = std::from_chars(begin, end, byte, 16);
    if (error != std::errc{} || stopped != begin + 2) return std::nullopt;
    if (at + 2 < hex.size() && hex[at + 2] != ':') return std::nullopt;
    fingerprint.value.push_back(byte);
  }
  if (fingerprint.algorithm != "sha-256" || fingerprint.value.size() != 32) return std::nullopt;
  return fingerprint;
}

// The attribute of the session, or of the m-line that carries the bundle's transport (RFC 9143
// section 7.3.1).
std::optional<std::string_view> transport_attribute(const SdpMessage& sdp, std::string_view name) {
  for (const auto& media : sdp.media)
    if (const auto value = media.find(name)) return value;
  return sdp.find(name);
}

bool one_transport(const SdpMessage& sdp) {
  if (sdp.media.size() == 1) return true;
  for (const auto& attribute : sdp.attributes)
    if (attribute.name == "group" && attribute.value.starts_with("BUNDLE")) return true;
  return false;
}

}  // namespace

uint8_t MediaOffer::extension(std::string_view uri) const {
  const auto at = extensions.find(uri);
  return at == extensions.end() ? 0 : at->second;
}

Result<SessionOffer> parse_offer(std::string_view text) {
  const auto sdp = parse_sdp(text);
  if (!sdp) return invalid("This is not a session description, or it is too large.", "");
  if (sdp->media.empty()) return invalid("The offer has no m-line.", "m");
  if (!one_transport(*sdp))
    return invalid("All m-lines must share one transport (a=group:BUNDLE).", "a=group");

  SessionOffer offer;
  const auto ufrag = transport_attribute(*sdp, "ice-ufrag");
  const auto password = transport_attribute(*sdp, "ice-pwd");
  // RFC 8839 section 5.4: 4 to 256 and 22 to 256 characters.
  if (!ufrag || !password)
    return fail(ErrorKind::kInvalid, "sdp-without-ice", "The offer has no ICE credentials.",
                ufrag ? "a=ice-pwd" : "a=ice-ufrag");
  if (ufrag->size() < 4 || ufrag->size() > 256)
    return invalid("The ICE ufrag has a wrong length.", "a=ice-ufrag");
  if (password->size() < 22 || password->size() > 256)
    return invalid("The ICE password has a wrong length.", "a=ice-pwd");
  offer.ice = {std::string{*ufrag}, std::string{*password}};

  const auto fingerprint = transport_attribute(*sdp, "fingerprint");
  if (!fingerprint)
    return fail(ErrorKind::kInvalid, "sdp-without-fingerprint",
                "The offer has no certificate fingerprint: media without DTLS is not served.",
                "a=fingerprint");
  const auto value = read_fingerprint(*fingerprint);
  if (!value) return invalid("The fingerprint must be SHA-256 in hexadecimal.", "a=fingerprint");
  offer.fingerprint = *value;

  for (size_t i = 0; i < sdp->media.size(); ++i)
    offer.media.push_back(read_media(sdp->media[i], i));
  return offer;
}

namespace {

// Writes an answer's lines; RFC 8866 wants CRLF.
class Lines {
 public:
  template <typename... Parts>
  void line(const Parts&... parts) {
    (text_ << ... << parts) << "\r\n";
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
};

std::string hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void write_session(Lines& out, const SessionOffer& offer, const AnswerSettings& settings,
                   const std::vector<bool>& accepted) {
  std::string bundle;
  for (size_t i = 0; i < offer.media.size(); ++i)
    if (accepted[i]) bundle += " " + offer.media[i].mid;
  out.line("v=0");
  out.line("o=- ", settings.session_id, " 1 IN IP4 0.0.0.0");
  out.line("s=-");
  out.line("t=0 0");
  out.line("a=group:BUNDLE", bundle);
  out.line("a=ice-lite");
  out.line("a=msid-semantic: WMS *");
}

void write_ice(Lines& out, const AnswerSettings& settings) {
  out.line("a=ice-ufrag:", settings.ice.ufrag);
  out.line("a=ice-pwd:", settings.ice.password);
}

void write_candidates(Lines& out, const AnswerSettings& settings) {
  // RFC 8445 section 5.1.2.1: type preference 126 for host, local preference falling in the order given.
  uint32_t local_preference = 65535;
  for (size_t i = 0; i < settings.candidates.size(); ++i, --local_preference)
    out.line("a=candidate:", i + 1, " 1 udp ", (126u << 24) + (local_preference << 8) + 255, " ",
             settings.candidates[i].address, " ", settings.candidates[i].port, " typ host");
  out.line("a=end-of-candidates");
}

void write_rejected(Lines& out, const MediaOffer& media) {
  out.line("m=", media.kind, " 0 ", media.protocol, " ", media.format);
  out.line("c=IN IP4 0.0.0.0");
  out.line("a=mid:", media.mid);
  out.line("a=inactive");
}

void write_accepted(Lines& out, const MediaOffer& media, const AnswerSettings& settings,
                    const std::vector<CodecOffer>& codecs, std::string_view direction,
                    const std::vector<std::string_view>& extensions, bool first) {
  std::ostringstream formats;
  for (const auto& codec : codecs) {
    formats << ' ' << static_cast<int>(codec.payload_type);
    if (codec.rtx_payload_type) formats << ' ' << static_cast<int>(*codec.rtx_payload_type);
  }
  out.line("m=", media.kind, " 9 ", media.protocol, formats.str());
  out.line("c=IN IP4 0.0.0.0");
  out.line("a=mid:", media.mid);
  out.line("a=", direction);
  out.line("a=rtcp-mux");
  out.line("a=rtcp-rsize");
  write_ice(out, settings);
  out.line("a=fingerprint:", settings.fingerprint.algorithm, " ", hex(settings.fingerprint.value));
  out.line("a=setup:passive");
  if (first)
    write_candidates(out, settings);  // one transport: once is enough, and costs a poor link nothing more
  for (const auto uri : extensions)
    if (const uint8_t id = media.extension(uri)) out.line("a=extmap:", static_cast<int>(id), " ", uri);
  for (const auto& codec : codecs) {
    static constexpr std::string_view kMaps[] = {"opus/48000/2", "VP8/90000", "H264/90000", "VP9/90000",
                                                 "AV1/90000"};
    const int pt = codec.payload_type;
    const bool video = rtp::is_video(codec.codec);
    out.line("a=rtpmap:", pt, " ", kMaps[static_cast<size_t>(codec.codec)]);
    if (!video && settings.voice)
      out.line("a=fmtp:", pt,
               " minptime=10;useinbandfec=1;usedtx=1;maxaveragebitrate=", settings.voice->bits_per_second);
    else if (!video)
      out.line("a=fmtp:", pt, " minptime=10;useinbandfec=1");
    if (!video && settings.voice) out.line("a=ptime:", settings.voice->packet_ms);
    if (video && !codec.fmtp.empty()) out.line("a=fmtp:", pt, " ", codec.fmtp);
    if (media.extension(rtp::kTransportSequenceUri))
      out.line("a=rtcp-fb:", pt, " transport-cc");
    else if (codec.remb && direction == "sendonly")
      out.line("a=rtcp-fb:", pt, " goog-remb");
    if (codec.nack) out.line("a=rtcp-fb:", pt, " nack");
    if (video) {
      out.line("a=rtcp-fb:", pt, " nack pli");
      out.line("a=rtcp-fb:", pt, " ccm fir");
    }
    if (codec.rtx_payload_type) {
      out.line("a=rtpmap:", static_cast<int>(*codec.rtx_payload_type), " rtx/90000");
      out.line("a=fmtp:", static_cast<int>(*codec.rtx_payload_type), " apt=", pt);
    }
  }
}

bool sends(const MediaOffer& media) {
  return media.direction == "sendonly" || media.direction == "sendrecv";
}
bool receives(const MediaOffer& media) {
  return media.direction == "recvonly" || media.direction == "sendrecv";
}

}  // namespace

std::vector<std::string> rank_rids(std::vector<std::string> rids) {
  static constexpr std::string_view kScales[][3] = {
      {"l", "m", "h"}, {"q", "h", "f"}, {"low", "mid", "high"}, {"low", "medium", "high"}, {"2", "1", "0"}};
  if (rids.size() < 2 || rids.size() > 3) return {};
  for (const auto& scale : kScales) {
    const auto rank = [&](const std::string& rid) { return std::find(scale, std::end(scale), rid) - scale; };
    if (std::any_of(rids.begin(), rids.end(), [&](const auto& rid) { return rank(rid) == 3; })) continue;
    std::sort(rids.begin(), rids.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return rids;
  }
  return {};
}

Result<PublishAnswer> answer_publish(const SessionOffer& offer, const AnswerSettings& settings,
                                     bool pictures) {
  PublishAnswer answer;
  std::vector<bool> accepted(offer.media.size(), false);
  for (const std::string_view kind : {"audio", "video"}) {
    if (kind == "video" && !pictures) break;
    for (size_t i = 0; i < offer.media.size(); ++i) {
      const auto& media = offer.media[i];
      if (media.kind != kind || !sends(media) || media.codecs.empty()) continue;
      const auto vp8 = std::find_if(media.codecs.begin(), media.codecs.end(),
                                    [](const auto& c) { return c.codec == rtp::CodecId::kVp8; });
      const auto& codec = vp8 != media.codecs.end() ? *vp8 : media.codecs.front();
      // A layer begins at a key frame and is told by its rid alone.
      const bool simulcasts = codec.codec == rtp::CodecId::kVp8 || codec.codec == rtp::CodecId::kAv1;
      const bool layers = simulcasts && media.extension(rtp::kRidUri) != 0;
      answer.tracks.push_back({i, codec, layers ? rank_rids(media.send_rids) : std::vector<std::string>{}});
      accepted[i] = true;
      break;
    }
  }
  if (answer.tracks.empty())
    return fail(ErrorKind::kInvalid, "codec-not-supported",
                "No m-line of this offer sends Opus, VP8, VP9, AV1 or H.264.", "m");

  Lines out;
  write_session(out, offer, settings, accepted);
  bool first = true;
  for (size_t i = 0; i < offer.media.size(); ++i) {
    const auto track =
        std::find_if(answer.tracks.begin(), answer.tracks.end(), [i](const auto& t) { return t.media == i; });
    if (track == answer.tracks.end()) {
      write_rejected(out, offer.media[i]);
      continue;
    }
    write_accepted(
        out, offer.media[i], settings, {track->codec}, "recvonly",
        track->rids.empty()
            ? std::vector{rtp::kMidUri, rtp::kTransportSequenceUri, rtp::kAudioLevelUri}
            : std::vector{rtp::kMidUri, rtp::kTransportSequenceUri, rtp::kRidUri, rtp::kRepairedRidUri},
        first);
    first = false;
    if (track->rids.empty()) continue;
    // In the order of the offer (RFC 8853 section 5.3.2), those that we take.
    std::string taken;
    for (const auto& rid : offer.media[i].send_rids) {
      out.line("a=rid:", rid, " recv");
      taken += (taken.empty() ? "" : ";") + rid;
    }
    out.line("a=simulcast:recv ", taken);
  }
  answer.text = out.text();
  return answer;
}

std::vector<SubscribedSlot> assign_slots(const SessionOffer& offer) {
  const auto usable = [](const MediaOffer& media) { return receives(media) && !media.codecs.empty(); };
  const auto pictures = std::count_if(offer.media.begin(), offer.media.end(), [&](const auto& media) {
    return usable(media) && media.kind == "video";
  });
  std::vector<rtp::Slot> voices{rtp::Slot::kVoice0, rtp::Slot::kVoice1, rtp::Slot::kVoice2};
  std::vector<rtp::Slot> views{rtp::Slot::kCamera, rtp::Slot::kScreen, rtp::Slot::kFloor};
  if (pictures == 1) views = {rtp::Slot::kMain};
  std::vector<SubscribedSlot> slots;
  for (size_t i = 0; i < offer.media.size(); ++i) {
    if (!usable(offer.media[i])) continue;
    auto& free = offer.media[i].kind == "audio" ? voices : views;
    if (free.empty()) continue;
    slots.push_back({i, free.front(), 0, 0, offer.media[i].codecs});
    free.erase(free.begin());
  }
  return slots;
}

std::string write_subscribe_answer(const SessionOffer& offer, const AnswerSettings& settings,
                                   const std::vector<SubscribedSlot>& slots) {
  std::vector<bool> accepted(offer.media.size(), false);
  for (const auto& slot : slots)
    accepted[slot.media] = true;
  Lines out;
  write_session(out, offer, settings, accepted);
  bool first = true;
  for (size_t i = 0; i < offer.media.size(); ++i) {
    const auto slot = std::find_if(slots.begin(), slots.end(), [i](const auto& s) { return s.media == i; });
    if (slot == slots.end()) {
      write_rejected(out, offer.media[i]);
      continue;
    }
    write_accepted(out, offer.media[i], settings, slot->codecs, "sendonly", {rtp::kTransportSequenceUri},
                   first);
    first = false;
    // The teacher's voice and face belong to one stream, so that a browser keeps them together (RFC 8830);
    // what is shared is another: a slide must not hold up the voice.
    static constexpr std::string_view kStreams[] = {"teacher", "floor", "share", "teacher",
                                                    "share",   "floor", "main"};
    static constexpr std::string_view kTracks[] = {"voice-0", "voice-1", "voice-2", "camera",
                                                   "screen",  "floor",   "main"};
    const auto index = static_cast<size_t>(slot->slot);
    out.line("a=msid:", kStreams[index], " ", kTracks[index]);
    if (slot->rtx_ssrc) out.line("a=ssrc-group:FID ", slot->ssrc, " ", slot->rtx_ssrc);
    out.line("a=ssrc:", slot->ssrc, " cname:", settings.cname);
    if (slot->rtx_ssrc) out.line("a=ssrc:", slot->rtx_ssrc, " cname:", settings.cname);
  }
  return out.text();
}

std::optional<IceFragment> parse_fragment(std::string_view text) {
  constexpr size_t kMaxFragment = 16 * 1024;
  if (text.empty() || text.size() > kMaxFragment) return std::nullopt;
  IceFragment fragment;
  IceParameters ice;
  bool any = false;
  while (!text.empty()) {
    auto [line, rest] = split(text, '\n');
    text = rest;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() < 2 || line[1] != '=') return std::nullopt;
    any = true;
    if (line.starts_with("a=ice-ufrag:")) ice.ufrag = line.substr(12);
    if (line.starts_with("a=ice-pwd:")) ice.password = line.substr(10);
  }
  if (!any || ice.ufrag.empty() != ice.password.empty()) return std::nullopt;
  if (!ice.ufrag.empty()) {
    if (ice.ufrag.size() < 4 || ice.ufrag.size() > 256 || ice.password.size() < 22 ||
        ice.password.size() > 256)
      return std::nullopt;
    fragment.ice = ice;
  }
  return fragment;
}

std::string write_fragment(const AnswerSettings& settings, std::string_view mid) {
  Lines out;
  out.line("a=ice-lite");
  out.line("m=audio 9 UDP/TLS/RTP/SAVPF 0");
  out.line("a=mid:", mid);
  write_ice(out, settings);
  write_candidates(out, settings);
  return out.text();
}

}  // namespace thranio::sdp
