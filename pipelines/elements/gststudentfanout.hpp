// SECTION:element-thraniostudentfanout
// Where the lesson's pipeline ends and the students begin: a request pad sink_%u per track or rung; every
// buffer is one RTP packet and goes to all workers at once. Never blocks, holds nothing back. Way: tee (or a
// branch: voice rung, transcoder) → [thraniostudentfanout] → TrackReceiver → workers → rtp_fanout.
//   gst-launch-1.0 videotestsrc ! vp8enc ! rtpvp8pay ! thraniostudentfanout     (to nobody)
// Thread: stream (that pad's); request_key_unit: any.
#pragma once

#include <cstdint>
#include <span>

#include <gst/gst.h>

G_BEGIN_DECLS

#define THRANIO_TYPE_STUDENT_FANOUT (thranio_student_fanout_get_type())
G_DECLARE_FINAL_TYPE(ThranioStudentFanout, thranio_student_fanout, THRANIO, STUDENT_FANOUT, GstElement)

G_END_DECLS

namespace thranio::elements {

// The plain object behind the element.
class TrackReceiver {
 public:
  virtual ~TrackReceiver() = default;
  // Packets of one track in order of arrival; valid during the call. Thread: that track's streaming thread.
  virtual void rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) = 0;
};

// Set before the first pad is requested; outlives the element.
void set_receiver(ThranioStudentFanout* element, TrackReceiver* receiver);

// Asks upstream for a key frame of the track: an encoder makes one, thraniolessonsrc asks the publisher.
void request_key_unit(ThranioStudentFanout* element, uint32_t track);

}  // namespace thranio::elements
