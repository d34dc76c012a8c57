// SECTION:element-thraniolayerdepay
// The lower layers of a scalable picture for a decoder: RTP in, one coded picture a buffer out, from a key
// frame on. What it misses it asks for by a GstForceKeyUnit event. Its codec is what the caps name.
// (GStreamer 1.22 takes a gap in the numbers for a loss.) Way: tee → valve → queue
// leaky → [thraniolayerdepay] → decoder.
//   gst-launch-1.0 videotestsrc ! vp9enc ! rtpvp9pay ! thraniolayerdepay height=144 ! vp9dec ! fakesink
// Property: height (before the first packet), of the layer that is wanted at least. Spec: RFC 9628.
// Thread: stream.
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define THRANIO_TYPE_LAYER_DEPAY (thranio_layer_depay_get_type())
G_DECLARE_FINAL_TYPE(ThranioLayerDepay, thranio_layer_depay, THRANIO, LAYER_DEPAY, GstElement)

G_END_DECLS
