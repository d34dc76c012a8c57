#include "pipelines/graph/lesson_graph.hpp"

#include <memory>
#include <stdexcept>

#include "pipelines/base/log.hpp"
#include "pipelines/elements/plugin.hpp"

namespace thranio::graph {
namespace {

GstElement* make(GstElement* bin, const char* factory, const std::string& name) {
  GstElement* element = gst_element_factory_make(factory, name.c_str());
  if (!element) throw std::runtime_error(std::string("GStreamer has no element ") + factory);
  if (!gst_bin_add(GST_BIN(bin), element)) throw std::runtime_error("the lesson's pipeline refuses " + name);
  return element;
}

GstCaps* rtp_caps(rtp::CodecId codec, uint8_t payload_type) {
  static constexpr const char* kNames[] = {"OPUS", "VP8", "H264"};
  return gst_caps_new_simple("application/x-rtp", "media", G_TYPE_STRING,
                             rtp::is_video(codec) ? "video" : "audio", "encoding-name", G_TYPE_STRING,
                             kNames[static_cast<size_t>(codec)], "clock-rate", G_TYPE_INT,
                             static_cast<int>(rtp::clock_rate(codec)), "payload", G_TYPE_INT,
                             static_cast<int>(payload_type), nullptr);
}

void link(GstElement* from, const std::string& from_pad, GstElement* to, const std::string& to_pad) {
  if (!gst_element_link_pads(from, from_pad.c_str(), to, to_pad.c_str()))
    throw std::runtime_error("the lesson's pipeline does not link " + from_pad + " to " + to_pad);
}

// The bus has no reader of its own: what elements report goes to the log as it comes.
GstBusSyncReply log_message(GstBus*, GstMessage* message, gpointer lesson) {
  const auto type = GST_MESSAGE_TYPE(message);
  if (type == GST_MESSAGE_ERROR || type == GST_MESSAGE_WARNING) {
    GError* error = nullptr;
    if (type == GST_MESSAGE_ERROR)
      gst_message_parse_error(message, &error, nullptr);
    else
      gst_message_parse_warning(message, &error, nullptr);
    log::warn("lesson pipeline", {{"lesson", static_cast<const char*>(lesson)},
                                  {"element", GST_OBJECT_NAME(message->src)},
                                  {"cause", error ? error->message : "unknown"}});
    g_clear_error(&error);
  }
  gst_message_unref(message);
  return GST_BUS_DROP;
}

void on_key_unit_wanted(ThranioLessonSrc*, guint track, gpointer wanted) {
  (*static_cast<std::function<void(TrackId)>*>(wanted))(TrackId{track});
}

}  // namespace

LessonGraph::LessonGraph(const std::string& name, elements::TrackReceiver& students,
                         std::function<void(TrackId)> key_unit_wanted)
    : key_unit_wanted_(std::move(key_unit_wanted)) {
  elements::register_elements();
  pipeline_ = GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(name.c_str())));
  GstBus* bus = gst_element_get_bus(pipeline_);
  gst_bus_set_sync_handler(bus, log_message, g_strdup(name.c_str()), g_free);
  gst_object_unref(bus);

  source_ = THRANIO_LESSON_SRC(make(pipeline_, "thraniolessonsrc", "publishers"));
  students_ = THRANIO_STUDENT_FANOUT(make(pipeline_, "thraniostudentfanout", "students"));
  elements::set_receiver(students_, &students);
  g_signal_connect(source_, "key-unit-wanted", G_CALLBACK(on_key_unit_wanted), &key_unit_wanted_);
  if (gst_element_set_state(pipeline_, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    throw std::runtime_error("the lesson's pipeline does not start");
}

LessonGraph::~LessonGraph() {
  gst_element_set_state(pipeline_, GST_STATE_NULL);
  gst_object_unref(pipeline_);
}

// publishers.src_N ──► tee_N ──► students.sink_N
//                        └──► (branches of later: queue leaky=downstream ! ...)
void LessonGraph::add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type) {
  const std::string number = std::to_string(track.value());
  GstElement* tee = make(pipeline_, "tee", "tee_" + number);
  g_object_set(tee, "allow-not-linked", TRUE, nullptr);
  tees_[track] = tee;
  link(tee, "src_%u", GST_ELEMENT(students_), "sink_" + number);
  gst_element_sync_state_with_parent(tee);

  const std::unique_ptr<GstCaps, decltype(&gst_caps_unref)> caps(rtp_caps(codec, payload_type),
                                                                 gst_caps_unref);
  GstPadTemplate* templ = gst_element_get_pad_template(GST_ELEMENT(source_), "src_%u");
  GstPad* pad = gst_element_request_pad(GST_ELEMENT(source_), templ, ("src_" + number).c_str(), caps.get());
  if (!pad) throw std::runtime_error("the lesson's source refuses a pad for track " + number);
  gst_object_unref(pad);
  link(GST_ELEMENT(source_), "src_" + number, tee, "sink");
}

void LessonGraph::remove_track(TrackId track) {
  const auto at = tees_.find(track);
  if (at == tees_.end()) return;
  const std::string number = std::to_string(track.value());
  if (GstPad* entry = gst_element_get_static_pad(GST_ELEMENT(source_), ("src_" + number).c_str())) {
    gst_element_release_request_pad(GST_ELEMENT(source_), entry);
    gst_object_unref(entry);
  }
  gst_element_set_state(at->second, GST_STATE_NULL);  // waits for a packet that is on its way
  if (GstPad* exit = gst_element_get_static_pad(GST_ELEMENT(students_), ("sink_" + number).c_str())) {
    gst_element_release_request_pad(GST_ELEMENT(students_), exit);
    gst_object_unref(exit);
  }
  gst_bin_remove(GST_BIN(pipeline_), at->second);
  tees_.erase(at);
}

void LessonGraph::push(TrackId track, std::span<const std::span<const uint8_t>> packets) {
  elements::push(source_, track.value(), packets);
}

void LessonGraph::request_key_unit(TrackId track) {
  elements::request_key_unit(students_, track.value());
}

std::string LessonGraph::dot() const {
  gchar* text = gst_debug_bin_to_dot_data(GST_BIN(pipeline_), GST_DEBUG_GRAPH_SHOW_MEDIA_TYPE);
  std::string dot = text;
  g_free(text);
  return dot;
}

}  // namespace thranio::graph
