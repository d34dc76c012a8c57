#include "pipelines/elements/gstlessonsrc.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

#include <gst/video/video-event.h>

namespace {

GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src_%u", GST_PAD_SRC, GST_PAD_REQUEST, GST_STATIC_CAPS("application/x-rtp"));

enum { kSignalKeyUnitWanted, kSignalCount };
guint signals[kSignalCount];

struct State {
  // A lock of our own, not the element's: ThreadSanitizer cannot see GLib's.
  std::mutex mutex;
  std::unordered_map<guint, GstPad*> pads;  // guarded by mutex; the element owns the pads
};

}  // namespace

struct _ThranioLessonSrc {
  GstElement parent;
  State* state;
};

G_DEFINE_FINAL_TYPE(ThranioLessonSrc, thranio_lesson_src, GST_TYPE_ELEMENT)

static guint track_of(GstPad* pad) {
  guint track = 0;
  sscanf(GST_PAD_NAME(pad), "src_%u", &track);
  return track;
}

static gboolean src_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (gst_video_event_is_force_key_unit(event)) {
    g_signal_emit(parent, signals[kSignalKeyUnitWanted], 0, track_of(pad));
    gst_event_unref(event);
    return TRUE;
  }
  return gst_pad_event_default(pad, parent, event);
}

// Live, and as late as the packet that just came: no latency of our own.
static gboolean src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
    gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return gst_pad_query_default(pad, parent, query);
}

static GstPad* request_new_pad(GstElement* element, GstPadTemplate* templ, const gchar* name,
                               const GstCaps* caps) {
  auto* self = THRANIO_LESSON_SRC(element);
  if (!name) return nullptr;  // the track's number is the pad's name
  GstPad* pad = gst_pad_new_from_template(templ, name);
  gst_pad_set_event_function(pad, src_event);
  gst_pad_set_query_function(pad, src_query);
  gst_pad_set_active(pad, TRUE);
  // Sticky events first: whoever links later still hears them.
  gchar* stream_id = gst_pad_create_stream_id(pad, element, name);
  gst_pad_push_event(pad, gst_event_new_stream_start(stream_id));
  g_free(stream_id);
  if (caps && gst_caps_is_fixed(caps))
    gst_pad_push_event(pad, gst_event_new_caps(const_cast<GstCaps*>(caps)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(pad, gst_event_new_segment(&segment));
  if (!gst_element_add_pad(element, pad)) return nullptr;
  const std::lock_guard lock(self->state->mutex);
  self->state->pads[track_of(pad)] = pad;
  return pad;
}

static void release_pad(GstElement* element, GstPad* pad) {
  auto* self = THRANIO_LESSON_SRC(element);
  {
    const std::lock_guard lock(self->state->mutex);
    self->state->pads.erase(track_of(pad));
  }
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
}

// A live source has nothing to preroll (GStreamer design notes: "live sources").
static GstStateChangeReturn change_state(GstElement* element, GstStateChange transition) {
  const auto result = GST_ELEMENT_CLASS(thranio_lesson_src_parent_class)->change_state(element, transition);
  if (result == GST_STATE_CHANGE_SUCCESS &&
      (transition == GST_STATE_CHANGE_READY_TO_PAUSED || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    return GST_STATE_CHANGE_NO_PREROLL;
  return result;
}

static void finalize(GObject* object) {
  delete THRANIO_LESSON_SRC(object)->state;
  G_OBJECT_CLASS(thranio_lesson_src_parent_class)->finalize(object);
}

static void thranio_lesson_src_class_init(ThranioLessonSrcClass* klass) {
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Lesson source", "Source/Network/RTP",
                                        "A publisher's tracks enter the lesson", "The Thranio authors");
  element->request_new_pad = request_new_pad;
  element->release_pad = release_pad;
  element->change_state = change_state;
  G_OBJECT_CLASS(klass)->finalize = finalize;
  signals[kSignalKeyUnitWanted] = g_signal_new("key-unit-wanted", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST,
                                               0, nullptr, nullptr, nullptr, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void thranio_lesson_src_init(ThranioLessonSrc* self) {
  self->state = new State;
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
}

namespace thranio::elements {
namespace {

GstPad* find_pad(ThranioLessonSrc* self, uint32_t track) {
  const std::lock_guard lock(self->state->mutex);
  const auto at = self->state->pads.find(track);
  return at == self->state->pads.end() ? nullptr : GST_PAD(gst_object_ref(at->second));
}

GstClockTime running_time(GstElement* element) {
  GstClock* clock = gst_element_get_clock(element);
  if (!clock) return GST_CLOCK_TIME_NONE;
  const GstClockTime now = gst_clock_get_time(clock);
  gst_object_unref(clock);
  const GstClockTime base = gst_element_get_base_time(element);
  return GST_CLOCK_TIME_IS_VALID(base) && now > base ? now - base : 0;
}

}  // namespace

void push(ThranioLessonSrc* element, uint32_t track, std::span<const std::span<const uint8_t>> packets) {
  GstPad* pad = find_pad(element, track);
  if (!pad) return;
  const GstClockTime arrival = running_time(GST_ELEMENT(element));
  GstBufferList* list = gst_buffer_list_new_sized(static_cast<guint>(packets.size()));
  for (const auto& packet : packets) {
    GstBuffer* buffer = gst_buffer_new_memdup(packet.data(), packet.size());
    GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = arrival;
    gst_buffer_list_add(list, buffer);
  }
  gst_pad_push_list(pad, list);  // not linked, flushing: the packets go nowhere, by contract
  gst_object_unref(pad);
}

}  // namespace thranio::elements
