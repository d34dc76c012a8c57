#include "pipelines/elements/gststudentfanout.hpp"

#include <string>
#include <vector>

#include <gst/video/video-event.h>

namespace {

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST, GST_STATIC_CAPS("application/x-rtp"));

}  // namespace

struct _ThranioStudentFanout {
  GstElement parent;
  thranio::elements::TrackReceiver* receiver;  // set before the first pad, never changed
};

G_DEFINE_FINAL_TYPE(ThranioStudentFanout, thranio_student_fanout, GST_TYPE_ELEMENT)

static guint track_of(GstPad* pad) {
  guint track = 0;
  sscanf(GST_PAD_NAME(pad), "sink_%u", &track);
  return track;
}

// One buffer is one packet; its bytes stay mapped while the receiver looks at them.
class MappedPackets {
 public:
  explicit MappedPackets(size_t count) {
    maps_.reserve(count);
    bytes_.reserve(count);
  }
  ~MappedPackets() {
    for (auto& map : maps_)
      gst_buffer_unmap(map.first, &map.second);
  }
  MappedPackets(const MappedPackets&) = delete;
  MappedPackets& operator=(const MappedPackets&) = delete;

  void add(GstBuffer* buffer) {
    GstMapInfo info;
    if (!gst_buffer_map(buffer, &info, GST_MAP_READ)) return;
    maps_.emplace_back(buffer, info);
    bytes_.emplace_back(info.data, info.size);
  }
  std::span<const std::span<const uint8_t>> bytes() const { return bytes_; }

 private:
  std::vector<std::pair<GstBuffer*, GstMapInfo>> maps_;
  std::vector<std::span<const uint8_t>> bytes_;
};

static GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  {
    MappedPackets packets(1);
    packets.add(buffer);
    THRANIO_STUDENT_FANOUT(parent)->receiver->rtp(track_of(pad), packets.bytes());
  }
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn chain_list(GstPad* pad, GstObject* parent, GstBufferList* list) {
  {
    const guint count = gst_buffer_list_length(list);
    MappedPackets packets(count);
    for (guint i = 0; i < count; ++i)
      packets.add(gst_buffer_list_get(list, i));
    THRANIO_STUDENT_FANOUT(parent)->receiver->rtp(track_of(pad), packets.bytes());
  }
  gst_buffer_list_unref(list);
  return GST_FLOW_OK;
}

static GstPad* request_new_pad(GstElement* element, GstPadTemplate* templ, const gchar* name,
                               const GstCaps*) {
  if (!name || !THRANIO_STUDENT_FANOUT(element)->receiver) return nullptr;
  GstPad* pad = gst_pad_new_from_template(templ, name);
  gst_pad_set_chain_function(pad, chain);
  gst_pad_set_chain_list_function(pad, chain_list);
  gst_pad_set_active(pad, TRUE);
  return gst_element_add_pad(element, pad) ? pad : nullptr;
}

static void release_pad(GstElement* element, GstPad* pad) {
  gst_pad_set_active(pad, FALSE);
  gst_element_remove_pad(element, pad);
}

static void thranio_student_fanout_class_init(ThranioStudentFanoutClass* klass) {
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_set_static_metadata(element, "Student fan-out", "Sink/Network/RTP",
                                        "Sends a lesson's tracks to its students", "The Thranio authors");
  element->request_new_pad = request_new_pad;
  element->release_pad = release_pad;
}

static void thranio_student_fanout_init(ThranioStudentFanout* self) {
  self->receiver = nullptr;
  GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SINK);
}

namespace thranio::elements {

void set_receiver(ThranioStudentFanout* element, TrackReceiver* receiver) {
  element->receiver = receiver;
}

void request_key_unit(ThranioStudentFanout* element, uint32_t track) {
  const std::string name = "sink_" + std::to_string(track);
  GstPad* pad = gst_element_get_static_pad(GST_ELEMENT(element), name.c_str());
  if (!pad) return;
  gst_pad_push_event(pad, gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_object_unref(pad);
}

}  // namespace thranio::elements
