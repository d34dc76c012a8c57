#include "pipelines/base/drop_reason.hpp"

namespace thranio {

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::kNone:
      return "none";
    case DropReason::kUnknownFirstByte:
      return "unknown_first_byte";
    case DropReason::kMalformedStun:
      return "malformed_stun";
    case DropReason::kUnknownUfrag:
      return "unknown_ufrag";
    case DropReason::kStunBadIntegrity:
      return "stun_bad_integrity";
    case DropReason::kStunIndication:
      return "stun_indication";
    case DropReason::kUnknownTuple:
      return "unknown_tuple";
    case DropReason::kMalformedDtls:
      return "malformed_dtls";
    case DropReason::kWrongFingerprint:
      return "wrong_fingerprint";
    case DropReason::kBeforeHandshake:
      return "before_handshake";
    case DropReason::kSrtpAuthentication:
      return "srtp_authentication";
    case DropReason::kSrtpReplay:
      return "srtp_replay";
    case DropReason::kMalformedRtp:
      return "malformed_rtp";
    case DropReason::kMalformedRtcp:
      return "malformed_rtcp";
    case DropReason::kUnknownSsrc:
      return "unknown_ssrc";
    case DropReason::kUnknownPayloadType:
      return "unknown_payload_type";
    case DropReason::kDuplicate:
      return "duplicate";
    case DropReason::kTooOld:
      return "too_old";
    case DropReason::kNotSubscribed:
      return "not_subscribed";
    case DropReason::kInboxFull:
      return "inbox_full";
    case DropReason::kWorkerLate:
      return "worker_late";
    case DropReason::kHandshakesFull:
      return "handshakes_full";
    case DropReason::kSendBufferFull:
      return "send_buffer_full";
    case DropReason::kWaitingForKeyFrame:
      return "waiting_for_key_frame";
    case DropReason::kRtxNotInHistory:
      return "rtx_not_in_history";
    case DropReason::kTooLarge:
      return "too_large";
    case DropReason::kCount:
      break;
  }
  return "unknown";
}

}  // namespace thranio
