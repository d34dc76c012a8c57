#include "pipelines/graph/synthetic_teacher_graph.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <pthread.h>

#include "pipelines/base/log.hpp"
#include "pipelines/graph/speech_sound.hpp"

namespace thranio::graph {
namespace {

using namespace std::chrono_literals;

// webrtcbin 1.22.0 can lock up while closing; the process must not wait for it longer than this.
constexpr auto kStopLimit = 900ms;

constexpr const char* kVp8Encoder =
    "vp8enc deadline=1 cpu-used=8 threads=1 lag-in-frames=0 end-usage=cbr target-bitrate=600000"
    " keyframe-max-dist=250 error-resilient=default"
    " ! rtpvp8pay picture-id-mode=15-bit mtu=1200"
    " ! application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96";
constexpr const char* kH264Encoder =
    "openh264enc bitrate=600000 complexity=low gop-size=250"
    " ! video/x-h264,profile=constrained-baseline"
    " ! rtph264pay config-interval=-1 aggregate-mode=zero-latency mtu=1200"
    " ! "
    "application/"
    "x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96,packetization-mode=(string)1";

std::string description(TeacherVideo video) {
  return std::string(
             "videotestsrc name=picture is-live=true pattern=ball motion=sweep"
             "   background-color=0xff17384a foreground-color=0xfff2c14e"
             " ! video/x-raw,format=I420,width=640,height=360,framerate=25/1"
             " ! clockoverlay time-format=%H:%M:%S font-desc=\"DejaVu Sans Bold 40\""
             "   halignment=center valignment=center shaded-background=false"
             " ! timeoverlay font-desc=\"DejaVu Sans 16\" halignment=left valignment=bottom"
             " ! queue max-size-buffers=3 leaky=downstream ! ") +
         (video == TeacherVideo::kVp8 ? kVp8Encoder : kH264Encoder) +
         " ! webrtc. "
         "audiotestsrc name=voice is-live=true wave=ticks samplesperbuffer=960"
         " ! audio/x-raw,format=S16LE,rate=48000,channels=1"
         " ! queue max-size-buffers=10 leaky=downstream"
         " ! opusenc name=opus bitrate=32000 frame-size=20 audio-type=voice inband-fec=true"
         " ! rtpopuspay"
         " ! application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=111"
         " ! webrtc. "
         "webrtcbin name=webrtc bundle-policy=max-bundle";
}

struct Unref {
  void operator()(gpointer object) const { gst_object_unref(object); }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;
struct SessionFree {
  void operator()(GstWebRTCSessionDescription* description) const {
    gst_webrtc_session_description_free(description);
  }
};
using Session = std::unique_ptr<GstWebRTCSessionDescription, SessionFree>;

class WebrtcTeacher final : public pipelines::SyntheticTeacher {
 public:
  WebrtcTeacher(PostOffer post_offer, TeacherVideo video)
      : post_offer_(std::move(post_offer)), video_(video), thread_([this] { run(); }) {}

  ~WebrtcTeacher() override {
    stopping_.store(true);
    thread_.join();
  }

  bool ended() const override { return ended_.load(); }

 private:
  // --- the teacher's thread ---

  void run() {
    pthread_setname_np(pthread_self(), "demo-teacher");
    try {
      build();
      play();
    } catch (const std::exception& fault) {
      log::error("synthetic teacher", {{"cause", fault.what()}});
    }
    stop();
    ended_.store(true);
  }

  void build() {
    gst_init(nullptr, nullptr);
    GError* error = nullptr;
    GstElement* parsed = gst_parse_launch(description(video_).c_str(), &error);
    if (error) {
      const std::string cause = error->message;
      g_clear_error(&error);
      if (parsed) gst_object_unref(gst_object_ref_sink(parsed));
      throw std::runtime_error(cause);
    }
    pipeline_.reset(GST_ELEMENT(gst_object_ref_sink(parsed)));
    bus_.reset(gst_element_get_bus(pipeline_.get()));
    webrtc_.reset(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "webrtc"));
    use_loopback();
    send_only();
    sing();
    g_signal_connect(webrtc_.get(), "on-negotiation-needed", G_CALLBACK(on_negotiation_needed), bus_.get());
    g_signal_connect(webrtc_.get(), "notify::connection-state", G_CALLBACK(on_connection_state), bus_.get());
  }

  // libnice leaves loopback out by itself, and the demo's server may listen there alone.
  void use_loopback() {
    GObject* ice = nullptr;
    g_object_get(webrtc_.get(), "ice-agent", &ice, nullptr);
    const Ref<GObject> owned(ice);
    notice_silence(ice);
    ifaddrs* interfaces = nullptr;
    if (getifaddrs(&interfaces) != 0) return;
    for (const ifaddrs* at = interfaces; at; at = at->ifa_next) {
      if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || !(at->ifa_flags & IFF_UP)) continue;
      char text[INET_ADDRSTRLEN];
      inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr, text, sizeof text);
      gboolean added = FALSE;
      g_signal_emit_by_name(ice, "add-local-ip-address", text, &added);
    }
    freeifaddrs(interfaces);
  }

  // Keepalives that want an answer: when the server has put somebody else in our place it answers no more,
  // and the connection fails instead of sending into the void. No router is asked to open a port.
  static void notice_silence(GObject* ice) {
    GObject* agent = nullptr;
    g_object_get(ice, "agent", &agent, nullptr);
    const Ref<GObject> owned(agent);
    g_object_set(agent, "keepalive-conncheck", TRUE, "upnp", FALSE, nullptr);
  }

  // WHIP publishers send only (RFC 9725 section 4.2), and resend what is asked for again.
  void send_only() {
    for (int index = 0;; ++index) {
      GstWebRTCRTPTransceiver* transceiver = nullptr;
      g_signal_emit_by_name(webrtc_.get(), "get-transceiver", index, &transceiver);
      if (!transceiver) return;
      g_object_set(transceiver, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "do-nack", TRUE,
                   nullptr);
      gst_object_unref(transceiver);
    }
  }

  // audiotestsrc keeps the pace and the time stamps; the samples are ours.
  void sing() {
    const Ref<GstElement> source(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "voice"));
    const Ref<GstPad> pad(gst_element_get_static_pad(source.get(), "src"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, on_sound, new SpeechSound,
                      [](gpointer sound) { delete static_cast<SpeechSound*>(sound); });
  }

  void play() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
      throw std::runtime_error("the synthetic teacher's pipeline does not start");
    while (!stopping_.load()) {
      // The wait's end is only for stopping_; every event comes through the bus.
      GstMessage* message = gst_bus_timed_pop_filtered(
          bus_.get(), 100 * GST_MSECOND,
          static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_APPLICATION));
      if (!message) continue;
      const std::unique_ptr<GstMessage, decltype(&gst_message_unref)> owned(message, gst_message_unref);
      handle(*message);
    }
  }

  void handle(GstMessage& message) {
    if (GST_MESSAGE_TYPE(&message) == GST_MESSAGE_ERROR) {
      GError* error = nullptr;
      gst_message_parse_error(&message, &error, nullptr);
      const std::string cause = error ? error->message : "unknown";
      g_clear_error(&error);
      throw std::runtime_error(cause + " (" + GST_MESSAGE_SRC_NAME(&message) + ")");
    }
    const GstStructure* event = gst_message_get_structure(&message);
    if (gst_structure_has_name(event, "negotiate")) create_offer();
    if (gst_structure_has_name(event, "offer")) negotiate();
    if (gst_structure_has_name(event, "answered"))
      if (const char* cause = gst_structure_get_string(event, "cause"))
        throw std::runtime_error(std::string("webrtcbin refuses the answer: ") + cause);
    if (gst_structure_has_name(event, "connection")) {
      const char* state = gst_structure_get_string(event, "state");
      const std::string connection = state ? state : "?";
      if (connection == "failed" || connection == "closed")
        throw std::runtime_error("the connection to the lesson is " + connection);
      log::info("synthetic teacher", {{"connection", connection}});
    }
  }

  void create_offer() {
    if (asked_) return;  // one offer per WHIP session
    asked_ = true;
    GstPromise* promise = gst_promise_new_with_change_func(on_offer, gst_object_ref(bus_.get()),
                                                           [](gpointer bus) { gst_object_unref(bus); });
    offer_promise_.reset(gst_promise_ref(promise));
    g_signal_emit_by_name(webrtc_.get(), "create-offer", nullptr, promise);
  }

  void negotiate() {
    const GstStructure* reply = gst_promise_get_reply(offer_promise_.get());
    GstWebRTCSessionDescription* offered = nullptr;
    if (reply) gst_structure_get(reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offered, nullptr);
    if (!offered) throw std::runtime_error("webrtcbin makes no offer");
    const Session offer(offered);
    GstPromise* set = gst_promise_new();
    g_signal_emit_by_name(webrtc_.get(), "set-local-description", offer.get(), set);
    gst_promise_unref(set);

    gchar* text = gst_sdp_message_as_text(offer->sdp);
    const std::string sdp = text;
    g_free(text);
    const auto answer = post_offer_(sdp);
    if (!answer) throw std::runtime_error("WHIP refuses the offer: " + answer.error().detail);
    take_answer(*answer);
  }

  void take_answer(const std::string& sdp) {
    GstSDPMessage* message = nullptr;
    gst_sdp_message_new(&message);
    if (gst_sdp_message_parse_buffer(reinterpret_cast<const guint8*>(sdp.data()),
                                     static_cast<guint>(sdp.size()), message) != GST_SDP_OK) {
      gst_sdp_message_free(message);
      throw std::runtime_error("the answer is no SDP");
    }
    const Session answer(gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, message));
    GstPromise* promise = gst_promise_new_with_change_func(on_answered, gst_object_ref(bus_.get()),
                                                           [](gpointer bus) { gst_object_unref(bus); });
    g_signal_emit_by_name(webrtc_.get(), "set-remote-description", answer.get(), promise);
  }

  // On a thread that may be left behind: see kStopLimit.
  void stop() {
    if (!pipeline_) return;
    g_signal_handlers_disconnect_by_data(webrtc_.get(), bus_.get());
    gst_bus_set_flushing(bus_.get(), TRUE);
    std::promise<void> stopped;
    auto done = stopped.get_future();
    std::thread([pipeline = std::move(pipeline_), webrtc = std::move(webrtc_), bus = std::move(bus_),
                 offer = std::move(offer_promise_), stopped = std::move(stopped)]() mutable {
      pthread_setname_np(pthread_self(), "demo-closing");
      gst_element_set_state(pipeline.get(), GST_STATE_NULL);
      offer.reset();
      webrtc.reset();
      pipeline.reset();
      bus.reset();
      stopped.set_value_at_thread_exit();
    }).detach();
    if (done.wait_for(kStopLimit) != std::future_status::ready)
      log::warn("synthetic teacher", {{"cause", "webrtcbin does not close; left behind"}});
  }

  // --- webrtcbin's and streaming threads: they only post ---

  static void post(gpointer bus, GstStructure* event) {
    gst_bus_post(GST_BUS(bus), gst_message_new_application(nullptr, event));
  }

  static void on_negotiation_needed(GstElement*, gpointer bus) {
    post(bus, gst_structure_new_empty("negotiate"));
  }

  static void on_offer(GstPromise* promise, gpointer bus) {
    post(bus, gst_structure_new_empty("offer"));
    gst_promise_unref(promise);
  }

  static void on_answered(GstPromise* promise, gpointer bus) {
    GError* error = nullptr;
    const GstStructure* reply = gst_promise_get_reply(promise);
    if (reply && gst_structure_has_field(reply, "error"))
      gst_structure_get(reply, "error", G_TYPE_ERROR, &error, nullptr);
    GstStructure* event = gst_structure_new_empty("answered");
    if (error) gst_structure_set(event, "cause", G_TYPE_STRING, error->message, nullptr);
    g_clear_error(&error);
    post(bus, event);
    gst_promise_unref(promise);
  }

  static void on_connection_state(GstElement* webrtc, GParamSpec*, gpointer bus) {
    GstWebRTCPeerConnectionState state{};
    g_object_get(webrtc, "connection-state", &state, nullptr);
    GEnumClass* names = G_ENUM_CLASS(g_type_class_ref(GST_TYPE_WEBRTC_PEER_CONNECTION_STATE));
    const GEnumValue* name = g_enum_get_value(names, state);
    post(bus,
         gst_structure_new("connection", "state", G_TYPE_STRING, name ? name->value_nick : "?", nullptr));
    g_type_class_unref(names);
  }

  static GstPadProbeReturn on_sound(GstPad*, GstPadProbeInfo* info, gpointer sound) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    GstMapInfo map;
    if (gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
      static_cast<SpeechSound*>(sound)->fill({reinterpret_cast<int16_t*>(map.data), map.size / 2});
      gst_buffer_unmap(buffer, &map);
      GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_GAP);
    }
    return GST_PAD_PROBE_OK;
  }

  struct PromiseUnref {
    void operator()(GstPromise* promise) const { gst_promise_unref(promise); }
  };

  // Set at construction, never changed.
  const PostOffer post_offer_;
  const TeacherVideo video_;
  std::atomic<bool> stopping_{false};  // any thread
  std::atomic<bool> ended_{false};

  // The teacher's thread only.
  Ref<GstElement> pipeline_;
  Ref<GstElement> webrtc_;
  Ref<GstBus> bus_;
  std::unique_ptr<GstPromise, PromiseUnref> offer_promise_;
  bool asked_ = false;

  std::thread thread_;  // last: starts when all else is there
};

}  // namespace

std::unique_ptr<pipelines::SyntheticTeacher> start_synthetic_teacher(
    pipelines::SyntheticTeacher::PostOffer post_offer, TeacherVideo video) {
  return std::make_unique<WebrtcTeacher>(std::move(post_offer), video);
}

}  // namespace thranio::graph

std::unique_ptr<thranio::pipelines::SyntheticTeacher> thranio::pipelines::SyntheticTeacher::start(
    PostOffer post_offer) {
  return graph::start_synthetic_teacher(std::move(post_offer), graph::TeacherVideo::kVp8);
}
