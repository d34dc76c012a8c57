// SECTION:element-thraniolessonsrc
// A publisher's tracks enter the lesson's pipeline: one request pad src_%u per track, live RTP as it came off
// the wire. Way: transport/publisher (net thread) → [thraniolessonsrc] → tee → thraniostudentfanout and the
// other branches. What is pushed travels downstream on the caller's thread: no queue, no wait, no thread of
// its own. A GstForceKeyUnit event from downstream (a student, a transcoder) becomes the signal
// "key-unit-wanted" (guint track).
//   gst-launch-1.0 thraniolessonsrc ! fakesink     (a lesson without publishers)
// Spec: RFC 3550 (caps application/x-rtp). Thread: stream (that pad's), else any.
#pragma once

#include <cstdint>
#include <span>

#include <gst/gst.h>

G_BEGIN_DECLS

#define THRANIO_TYPE_LESSON_SRC (thranio_lesson_src_get_type())
G_DECLARE_FINAL_TYPE(ThranioLessonSrc, thranio_lesson_src, THRANIO, LESSON_SRC, GstElement)

G_END_DECLS

namespace thranio::elements {

// Pushes packets of one track; the caller is that track's streaming thread, one at a time. Packets for a pad
// that is not linked (the branch is just being built or taken down) go nowhere.
void push(ThranioLessonSrc* element, uint32_t track, std::span<const std::span<const uint8_t>> packets);

}  // namespace thranio::elements
