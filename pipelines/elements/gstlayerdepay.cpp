#include "pipelines/elements/gstlayerdepay.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <gst/video/video-event.h>

#include "pipelines/base/clock.hpp"
#include "pipelines/rtp/layer_depay.hpp"

namespace {

using thranio::rtp::CodecId;
using thranio::rtp::LayerDepay;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("application/x-rtp,media=video,encoding-name={VP9,AV1}"));
GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-vp9; video/x-av1,stream-format=obu-stream,alignment=tu"));

enum { kHeight = 1 };

// A lock of our own and an atomic pointer to it: ThreadSanitizer cannot see GLib's. One stream at a time
// takes it, so it is free.
struct State {
  std::mutex mutex;

  // Guarded by mutex.
  int height = 144;
  std::unique_ptr<LayerDepay> depay;
  std::vector<GstBuffer*> made;  // to be pushed without the lock
  GstBuffer* packet = nullptr;   // while it is looked at; the pictures that it ends take its times
};

void note_picture(State& state, std::span<const uint8_t> coded) {
  GstBuffer* buffer = gst_buffer_new_memdup(coded.data(), coded.size());
  gst_buffer_copy_into(buffer, state.packet, GST_BUFFER_COPY_TIMESTAMPS, 0, static_cast<gsize>(-1));
  state.made.push_back(buffer);
}

}  // namespace

struct _ThranioLayerDepay {
  GstElement parent;
  GstPad* sink;  // the element's
  GstPad* src;
  std::atomic<State*> state;  // set at construction, gone with the element
};

G_DEFINE_FINAL_TYPE(ThranioLayerDepay, thranio_layer_depay, GST_TYPE_ELEMENT)

static GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  auto* self = THRANIO_LAYER_DEPAY(parent);
  State& state = *self->state.load();
  std::vector<GstBuffer*> made;
  bool key_frame_wanted = false;
  GstMapInfo map;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    const std::lock_guard lock(state.mutex);
    state.packet = buffer;
    if (state.depay) {
      state.depay->add({map.data, map.size}, std::chrono::steady_clock::now());
      key_frame_wanted = state.depay->take_key_frame_wanted();
    }
    state.packet = nullptr;
    made.swap(state.made);
    gst_buffer_unmap(buffer, &map);
  }
  gst_buffer_unref(buffer);
  if (key_frame_wanted)
    gst_pad_push_event(pad, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  GstFlowReturn flow = GST_FLOW_OK;
  for (GstBuffer* picture : made)
    flow = gst_pad_push(self->src, picture);
  return flow;
}

static gboolean sink_event(GstPad* pad, GstObject* parent, GstEvent* event) {
  if (GST_EVENT_TYPE(event) != GST_EVENT_CAPS) return gst_pad_event_default(pad, parent, event);
  auto* self = THRANIO_LAYER_DEPAY(parent);
  GstCaps* offered;  // the event's
  gst_event_parse_caps(event, &offered);
  const char* name = gst_structure_get_string(gst_caps_get_structure(offered, 0), "encoding-name");
  const CodecId codec = std::string_view(name ? name : "") == "AV1" ? CodecId::kAv1 : CodecId::kVp9;
  gst_event_unref(event);
  {
    State& state = *self->state.load();
    const std::lock_guard lock(state.mutex);
    state.depay = std::make_unique<LayerDepay>(
        codec, state.height, [&state](std::span<const uint8_t> coded) { note_picture(state, coded); });
  }
  GstCaps* caps = gst_caps_from_string(
      codec == CodecId::kAv1 ? "video/x-av1,stream-format=obu-stream,alignment=tu" : "video/x-vp9");
  const gboolean taken = gst_pad_set_caps(self->src, caps);
  gst_caps_unref(caps);
  return taken;
}

static void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  State& state = *THRANIO_LAYER_DEPAY(object)->state.load();
  const std::lock_guard lock(state.mutex);
  if (id == kHeight)
    state.height = g_value_get_int(value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  State& state = *THRANIO_LAYER_DEPAY(object)->state.load();
  const std::lock_guard lock(state.mutex);
  if (id == kHeight)
    g_value_set_int(value, state.height);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void finalize(GObject* object) {
  State* state = THRANIO_LAYER_DEPAY(object)->state.exchange(nullptr);
  {
    const std::lock_guard lock(state->mutex);  // after the stream's last packet
  }
  delete state;
  G_OBJECT_CLASS(thranio_layer_depay_parent_class)->finalize(object);
}

static void thranio_layer_depay_class_init(ThranioLayerDepayClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  g_object_class_install_property(
      object, kHeight,
      g_param_spec_int("height", "Height", "Of the layer that is wanted at least, in pixels", 1, 8192, 144,
                       static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS)));
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Layer depayloader", "Codec/Depayloader/Network/RTP",
                                        "The lower layers of a scalable picture, and AV1",
                                        "The Thranio authors");
}

static void thranio_layer_depay_init(ThranioLayerDepay* self) {
  self->sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(self->sink, chain);
  gst_pad_set_event_function(self->sink, sink_event);
  gst_element_add_pad(GST_ELEMENT(self), self->sink);
  self->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_pad_use_fixed_caps(self->src);
  gst_element_add_pad(GST_ELEMENT(self), self->src);
  self->state = new State;
}
