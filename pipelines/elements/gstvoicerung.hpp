// SECTION:element-thraniovoicerung
// A talker's voice once more, smaller, for students on thin lines: RTP in, RTP out, with the talker's own
// timestamps and numbers of its own. Closed (the default) it lets nothing through and costs nothing; opened
// by the first student who needs it, closed by the last. Way: tee → queue leaky → [thraniovoicerung] →
// thraniostudentfanout.
//   gst-launch-1.0 audiotestsrc ! opusenc ! rtpopuspay ! thraniovoicerung bits-per-second=12000 packet-ms=60
//   !
//     fakesink
// Properties: bits-per-second, packet-ms (before the first packet); open (any thread). Spec: RFC 7587.
// Thread: stream.
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define THRANIO_TYPE_VOICE_RUNG (thranio_voice_rung_get_type())
G_DECLARE_FINAL_TYPE(ThranioVoiceRung, thranio_voice_rung, THRANIO, VOICE_RUNG, GstElement)

G_END_DECLS
