#include "pipelines/graph/lesson_graph.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <gst/app/gstappsink.h>
#include <gst/video/video.h>

#include "pipelines/base/log.hpp"
#include "pipelines/elements/gstvoicerung.hpp"
#include "pipelines/elements/plugin.hpp"

namespace thranio::graph {
namespace {

// Of a face in several layers the smallest that is about so high is still enough; what is shared is read.
constexpr int kFaceLayer = 144, kHighestFace = 240;
constexpr guint kVoiceQueue = 50;  // packets, a second of voice: an encoder behind that lags for good

GstElement* make(GstElement* bin, const char* factory, const std::string& name) {
  GstElement* element = gst_element_factory_make(factory, name.c_str());
  if (!element) throw std::runtime_error(std::string("GStreamer has no element ") + factory);
  if (!gst_bin_add(GST_BIN(bin), element)) throw std::runtime_error("the lesson's pipeline refuses " + name);
  return element;
}

GstCaps* rtp_caps(rtp::CodecId codec, uint8_t payload_type) {
  static constexpr const char* kNames[] = {"OPUS", "VP8", "H264", "VP9", "AV1"};
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
//                        ├──► queue leaky ! thraniovoicerung ──► students.sink_M
//                        ├──► valve ! queue leaky ! depay ! decoder ! scale ! encoder ! pay ──►
//                        students.sink_M └──► valve ! queue leaky ! depay ! decoder ! scale ! stills
void LessonGraph::add_track(TrackId track, rtp::CodecId codec, uint8_t payload_type) {
  const std::string number = std::to_string(track.value());
  GstElement* tee = make(pipeline_, "tee", "tee_" + number);
  g_object_set(tee, "allow-not-linked", TRUE, nullptr);
  entries_[track] = {tee, codec};
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

namespace {

// Lets a frame pass only so long after the last. (videorate of GStreamer 1.22.0 ends the process on frames
// without a duration.)
template <typename Branch>
GstPadProbeReturn pass_few(GstPad*, GstPadProbeInfo*, gpointer data) {
  auto& branch = *static_cast<Branch*>(data);
  const std::lock_guard lock(branch.mutex);
  const auto now = std::chrono::steady_clock::now();
  if (now - branch.passed_at < branch.between) return GST_PAD_PROBE_DROP;
  branch.passed_at = now;
  return GST_PAD_PROBE_OK;
}

template <typename Branch>
void thin_out(GstElement* bin, Branch* branch) {
  GstElement* decoder = gst_bin_get_by_name(GST_BIN(bin), "decoder");
  GstPad* decoded = gst_element_get_static_pad(decoder, "src");
  gst_pad_add_probe(decoded, GST_PAD_PROBE_TYPE_BUFFER, pass_few<Branch>, branch, nullptr);
  gst_object_unref(decoded);
  gst_object_unref(decoder);
}

GstElement* make_bin(const std::string& line) {
  GError* error = nullptr;
  GstElement* bin = gst_parse_bin_from_description(line.c_str(), TRUE, &error);
  if (bin) return bin;
  const std::string why = error ? error->message : "unknown cause";
  g_clear_error(&error);
  throw std::runtime_error("a branch of the lesson's pipeline cannot be: " + why);
}

// wait-for-keyframe: what the queue had to leave out must not be seen. Of several layers those up to about
// that height.
std::string decoder_of(rtp::CodecId codec, int height) {
  static constexpr const char* kWhole = " wait-for-keyframe=true request-keyframe=true ! ";
  switch (codec) {
    case rtp::CodecId::kH264:
      return std::string("rtph264depay") + kWhole + "h264parse ! openh264dec";
    case rtp::CodecId::kVp9:
      return "thraniolayerdepay height=" + std::to_string(height) + " ! vp9dec";
    case rtp::CodecId::kAv1:
      return "thraniolayerdepay height=" + std::to_string(height) + " ! av1dec";
    default:
      return std::string("rtpvp8depay") + kWhole + "vp8dec";
  }
}

// At most that large. A queue of two seconds of video.
std::string decoded(rtp::CodecId codec, int width, int height, int layer_height) {
  return "valve name=valve drop=true drop-mode=forward-sticky-events"
         " ! queue leaky=downstream max-size-buffers=2000 max-size-bytes=4194304 max-size-time=0 ! " +
         decoder_of(codec, layer_height) +
         " name=decoder ! videoscale"
         " ! video/x-raw,format=I420,pixel-aspect-ratio=1/1,width=[16," +
         std::to_string(width) + "],height=[16," + std::to_string(height) + "]";
}

}  // namespace

void LessonGraph::add_voice_rung(TrackId track, TrackId of, int bits_per_second,
                                 std::chrono::milliseconds packet) {
  const std::string number = std::to_string(track.value());
  auto rung = std::make_unique<Rung>();
  rung->of = of;
  GstElement* queue = make(pipeline_, "queue", "queue_" + number);
  rung->control = make(pipeline_, "thraniovoicerung", "rung_" + number);
  rung->elements = {queue, rung->control};
  gst_util_set_object_arg(G_OBJECT(queue), "leaky", "downstream");
  g_object_set(queue, "max-size-buffers", kVoiceQueue, "max-size-bytes", 0, "max-size-time",
               static_cast<guint64>(0), nullptr);
  g_object_set(rung->control, "bits-per-second", bits_per_second, "packet-ms",
               static_cast<int>(packet.count()), nullptr);
  link(queue, "src", rung->control, "sink");
  link_rung(track, std::move(rung));
}

void LessonGraph::add_picture(TrackId track, TrackId of, const Picture& picture) {
  auto rung = std::make_unique<Rung>();
  rung->of = of;
  rung->between = picture.between;
  // CBR with a buffer of half a second; a key frame only when somebody needs one.
  GstElement* bin = make_bin(decoded(entries_.at(of).codec, picture.width, picture.height, picture.height) +
                             " ! vp8enc deadline=1 cpu-used=8 threads=1 end-usage=cbr target-bitrate=" +
                             std::to_string(picture.bits_per_second) +
                             " buffer-size=500 buffer-initial-size=300 buffer-optimal-size=400"
                             " dropframe-threshold=30 min-quantizer=8 max-quantizer=60"
                             " keyframe-max-dist=100000 error-resilient=default"
                             " ! rtpvp8pay picture-id-mode=15-bit mtu=700");
  gst_object_set_name(GST_OBJECT(bin), ("picture_" + std::to_string(track.value())).c_str());
  gst_bin_add(GST_BIN(pipeline_), bin);
  rung->elements = {bin};
  rung->control = gst_bin_get_by_name(GST_BIN(bin), "valve");
  gst_object_unref(rung->control);  // the bin keeps it
  thin_out(bin, rung.get());
  link_rung(track, std::move(rung));
}

LessonGraph::Pad LessonGraph::branch_off(GstElement* tee, GstElement* first) {
  Pad branch(gst_element_request_pad_simple(tee, "src_%u"));
  const Pad entry(gst_element_get_static_pad(first, "sink"));
  gst_pad_link(branch.get(), entry.get());
  return branch;
}

void LessonGraph::cut_off(GstElement* tee, GstPad* branch, GstElement* first) {
  const Pad entry(gst_element_get_static_pad(first, "sink"));
  gst_pad_unlink(branch, entry.get());
  gst_element_release_request_pad(tee, branch);
}

void LessonGraph::link_rung(TrackId track, std::unique_ptr<Rung> rung) {
  link(rung->elements.back(), "src", GST_ELEMENT(students_), "sink_" + std::to_string(track.value()));
  for (auto at = rung->elements.rbegin(); at != rung->elements.rend(); ++at)
    gst_element_sync_state_with_parent(*at);
  rung->branch = branch_off(entries_.at(rung->of).tee, rung->elements.front());
  const std::lock_guard lock(rungs_mutex_);
  controls_[track] = {rung->control, rung->of};
  rungs_[track] = std::move(rung);
}

// What hangs behind a tee to make stills. The sink's callback runs on the queue's thread, which has ended
// when the elements are in NULL.
struct LessonGraph::Stills {
  Stills(picture::StillSettings settings, PictureMade done) : maker(settings), made(std::move(done)) {}
  GstElement* bin = nullptr;
  std::unique_ptr<GstElement, Unref> valve;
  Pad branch;                                                          // the tee's; ours to release
  static constexpr Duration between = std::chrono::milliseconds(450);  // looks
  std::mutex mutex;  // of the stream and of who opens and ends it

  // Guarded by mutex.
  bool begins = true;
  TimePoint passed_at{};
  picture::StillMaker maker;
  const PictureMade made;
};

namespace {

// One decoded frame, borrowed for the look.
template <typename Stills>
void look_at(Stills& stills, GstSample* sample) {
  GstVideoInfo info;
  GstVideoFrame mapped;
  if (!gst_video_info_from_caps(&info, gst_sample_get_caps(sample)) ||
      !gst_video_frame_map(&mapped, &info, gst_sample_get_buffer(sample), GST_MAP_READ))
    return;
  picture::Frame frame;
  frame.width = GST_VIDEO_INFO_WIDTH(&info) & ~1;
  frame.height = GST_VIDEO_INFO_HEIGHT(&info) & ~1;
  for (int i = 0; i < 3; ++i) {
    frame.plane[i] = static_cast<const uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&mapped, i));
    frame.stride[i] = GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, i);
  }
  const std::lock_guard lock(stills.mutex);
  if (std::exchange(stills.begins, false)) stills.maker.restart();
  try {
    const auto begun = std::chrono::steady_clock::now();
    if (auto picture = stills.maker.look(frame, begun)) {
      stills.maker.took(std::chrono::steady_clock::now() - begun);
      stills.made(std::make_shared<const Picture>(std::move(*picture)));
    }
  } catch (const std::exception& error) {
    log::warn("still picture", {{"cause", error.what()}});
  }
  gst_video_frame_unmap(&mapped);
}

}  // namespace

void LessonGraph::add_stills(TrackId of, picture::StillSettings settings, int width, int height,
                             PictureMade made) {
  auto stills = std::make_unique<Stills>(settings, std::move(made));
  stills->bin =
      make_bin(decoded(entries_.at(of).codec, width, height, height > kHighestFace ? height : kFaceLayer) +
               " ! appsink name=sink sync=false async=false max-buffers=1 drop=true");
  gst_object_set_name(GST_OBJECT(stills->bin), ("stills_" + std::to_string(of.value())).c_str());
  stills->valve.reset(gst_bin_get_by_name(GST_BIN(stills->bin), "valve"));
  thin_out(stills->bin, stills.get());
  GstElement* sink = gst_bin_get_by_name(GST_BIN(stills->bin), "sink");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = [](GstAppSink* from, gpointer data) {
    if (GstSample* sample = gst_app_sink_pull_sample(from)) {
      look_at(*static_cast<Stills*>(data), sample);
      gst_sample_unref(sample);
    }
    return GST_FLOW_OK;
  };
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, stills.get(), nullptr);
  gst_object_unref(sink);
  gst_bin_add(GST_BIN(pipeline_), stills->bin);
  gst_element_sync_state_with_parent(stills->bin);
  stills->branch = branch_off(entries_.at(of).tee, stills->bin);
  stills_[of] = std::move(stills);
}

void LessonGraph::open_stills(TrackId of, bool open) {
  const auto at = stills_.find(of);
  if (at == stills_.end()) return;
  if (open) {
    const std::lock_guard lock(at->second->mutex);
    at->second->begins = true;
  }
  g_object_set(at->second->valve.get(), "drop", open ? FALSE : TRUE, nullptr);
  if (open) request_key_unit(of);
}

void LessonGraph::remove_stills(TrackId of) {
  const auto at = stills_.find(of);
  if (at == stills_.end()) return;
  Stills& stills = *at->second;
  cut_off(entries_.at(of).tee, stills.branch.get(), stills.bin);
  gst_element_set_state(stills.bin, GST_STATE_NULL);  // its thread ends
  gst_bin_remove(GST_BIN(pipeline_), stills.bin);
  {
    const std::lock_guard lock(stills.mutex);  // after the stream's last frame
  }
  stills_.erase(at);
}

void LessonGraph::open_rung(TrackId track, bool open) {
  std::optional<TrackId> of;
  {
    const std::lock_guard lock(rungs_mutex_);
    const auto at = controls_.find(track);
    if (at == controls_.end()) return;
    const bool voice = THRANIO_IS_VOICE_RUNG(at->second.first);
    g_object_set(at->second.first, voice ? "open" : "drop", open == voice ? TRUE : FALSE, nullptr);
    if (open && !voice) of = at->second.second;
  }
  if (of) request_key_unit(*of);  // where a decoder begins
}

void LessonGraph::remove_rung(TrackId track) {
  const auto at = rungs_.find(track);
  if (at == rungs_.end()) return;
  {
    const std::lock_guard lock(rungs_mutex_);
    controls_.erase(track);
  }
  Rung& rung = *at->second;
  cut_off(entries_.at(rung.of).tee, rung.branch.get(), rung.elements.front());
  for (GstElement* element : rung.elements)
    gst_element_set_state(element, GST_STATE_NULL);  // its thread ends
  release_student_pad(track);
  for (GstElement* element : rung.elements)
    gst_bin_remove(GST_BIN(pipeline_), element);
  {
    const std::lock_guard lock(rung.mutex);  // after the stream's last frame
  }
  rungs_.erase(at);
}

void LessonGraph::release_student_pad(TrackId track) {
  const std::string name = "sink_" + std::to_string(track.value());
  GstPad* exit = gst_element_get_static_pad(GST_ELEMENT(students_), name.c_str());
  if (!exit) return;
  gst_element_release_request_pad(GST_ELEMENT(students_), exit);
  gst_object_unref(exit);
}

void LessonGraph::remove_track(TrackId track) {
  if (rungs_.contains(track)) {
    remove_rung(track);
    return;
  }
  remove_stills(track);
  const auto at = entries_.find(track);
  if (at == entries_.end()) return;
  const std::string number = std::to_string(track.value());
  if (GstPad* entry = gst_element_get_static_pad(GST_ELEMENT(source_), ("src_" + number).c_str())) {
    gst_element_release_request_pad(GST_ELEMENT(source_), entry);
    gst_object_unref(entry);
  }
  gst_element_set_state(at->second.tee, GST_STATE_NULL);  // waits for a packet that is on its way
  release_student_pad(track);
  gst_bin_remove(GST_BIN(pipeline_), at->second.tee);
  entries_.erase(at);
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
