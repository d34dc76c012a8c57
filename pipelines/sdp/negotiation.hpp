// Offer in, answer out: what a browser or an encoder proposes, what of it we take, and the text that says so.
// Spec: RFC 9429 (offer/answer), 9143 (BUNDLE, mid), 8839 (ICE), 8842 (DTLS setup, fingerprint), 5761
// (rtcp-mux), 8851 and 8853 (rid, simulcast), 8840 and RFC 9725 section 4.3 (fragments), 4588 (RTX). We
// answer as ICE-lite and DTLS-passive, one transport for all. Way: WHIP/WHEP handler → lesson pipeline →
// [negotiation] → settings of a publisher or a subscriber. Pure. Thread: any. Errors: invalid-sdp,
// sdp-without-ice, sdp-without-fingerprint, codec-not-supported; `field` names the line at fault, e.g.
// "m[1]/a=ice-ufrag".
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipelines/base/error.hpp"
#include "pipelines/rtp/media_packet.hpp"
#include "pipelines/rtp/stage.hpp"

namespace thranio::sdp {

struct IceParameters {
  std::string ufrag;
  std::string password;
};

struct CertificateFingerprint {
  std::string algorithm;  // lower case: "sha-256"
  std::vector<uint8_t> value;
};

// One codec of ours as an m-line offers it.
struct CodecOffer {
  rtp::CodecId codec = rtp::CodecId::kOpus;
  uint8_t payload_type = 0;
  std::optional<uint8_t> rtx_payload_type;
  std::string fmtp;
  bool nack = false;  // rtcp-fb nack
  bool remb = false;  // rtcp-fb goog-remb
};

struct MediaOffer {
  std::string kind;  // "audio", "video", or what we reject
  std::string protocol;
  std::string format;  // the first format, for a rejected m-line
  std::string mid;
  std::string direction;                                   // "sendonly", "recvonly", "sendrecv", "inactive"
  std::vector<CodecOffer> codecs;                          // ours only, in the offer's order
  std::map<std::string, uint8_t, std::less<>> extensions;  // URI → id
  std::optional<uint32_t> ssrc;
  std::optional<uint32_t> rtx_ssrc;
  std::vector<std::string> send_rids;  // a=simulcast:send, each with its a=rid line

  uint8_t extension(std::string_view uri) const;  // 0: not offered
};

struct SessionOffer {
  IceParameters ice;
  CertificateFingerprint fingerprint;
  std::vector<MediaOffer> media;
};

Result<SessionOffer> parse_offer(std::string_view text);

struct Candidate {
  std::string address;
  uint16_t port = 0;
};

// How a publisher's voice shall be encoded: DTX, at most so many bits a second, packets of that length (RFC
// 7587 section 6.1; ptime of RFC 8866 section 6.4).
struct VoiceWish {
  int bits_per_second = 0;
  int packet_ms = 20;
};

struct AnswerSettings {
  uint64_t session_id = 0;
  IceParameters ice;
  CertificateFingerprint fingerprint;
  std::vector<Candidate> candidates;
  std::string cname;
  std::optional<VoiceWish> voice = {};  // nothing: as the publisher likes it
};

// A track that a publisher will send: the m-line it is on, and the codec chosen. rids: of its simulcast
// encodings, the smallest first; empty: a single encoding.
struct PublishedTrack {
  size_t media = 0;
  CodecOffer codec;
  std::vector<std::string> rids;
};

// The encodings of names that tell which is the larger ("l", "m", "h", as our page calls them, and those of
// other publishers), the smallest first. Empty unless all two or three are known.
std::vector<std::string> rank_rids(std::vector<std::string> rids);

struct PublishAnswer {
  std::string text;
  std::vector<PublishedTrack> tracks;  // at most one voice and one picture
};

// Takes the first usable audio and the first usable video m-line that send. VP8, where it is among them,
// before what else is offered: every student's browser has it. pictures: false takes a voice alone.
Result<PublishAnswer> answer_publish(const SessionOffer& offer, const AnswerSettings& settings,
                                     bool pictures = true);

// One slot of the stage on an m-line.
struct SubscribedSlot {
  size_t media = 0;
  rtp::Slot slot = rtp::Slot::kVoice0;
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;  // 0: no RTX on this m-line
  std::vector<CodecOffer> codecs;
};

struct SubscribeAnswer {
  std::string text;
  std::vector<SubscribedSlot> slots;
  uint8_t transport_sequence_id = 0;
};

// Audio m-lines take the voices, video m-lines camera, screen, floor; a single video m-line shows "main".
// next_ssrc gives a fresh random SSRC at each call.
template <typename NextSsrc>
Result<SubscribeAnswer> answer_subscribe(const SessionOffer& offer, const AnswerSettings& settings,
                                         NextSsrc next_ssrc);

// The slots that the offer's m-lines take; empty if none can.
std::vector<SubscribedSlot> assign_slots(const SessionOffer& offer);
std::string write_subscribe_answer(const SessionOffer& offer, const AnswerSettings& settings,
                                   const std::vector<SubscribedSlot>& slots);

// An ICE fragment (application/trickle-ice-sdpfrag): new credentials, if it has any. Candidates are ignored:
// an ICE-lite agent learns them from checks. Nothing if it is no fragment.
struct IceFragment {
  std::optional<IceParameters> ice;
};
std::optional<IceFragment> parse_fragment(std::string_view text);
std::string write_fragment(const AnswerSettings& settings, std::string_view mid);

template <typename NextSsrc>
Result<SubscribeAnswer> answer_subscribe(const SessionOffer& offer, const AnswerSettings& settings,
                                         NextSsrc next_ssrc) {
  SubscribeAnswer answer;
  answer.slots = assign_slots(offer);
  if (answer.slots.empty())
    return fail(ErrorKind::kInvalid, "codec-not-supported",
                "No m-line of this offer can receive Opus, VP8, VP9, AV1 or H.264.", "m");
  for (auto& slot : answer.slots) {
    slot.ssrc = next_ssrc();
    const bool rtx = std::any_of(slot.codecs.begin(), slot.codecs.end(),
                                 [](const CodecOffer& codec) { return codec.rtx_payload_type.has_value(); });
    if (rtx) slot.rtx_ssrc = next_ssrc();
  }
  answer.transport_sequence_id = offer.media[answer.slots.front().media].extension(
      "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01");
  answer.text = write_subscribe_answer(offer, settings, answer.slots);
  return answer;
}

}  // namespace thranio::sdp
