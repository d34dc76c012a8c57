#include "tests/support/webrtcbin_player.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <span>
#include <stdexcept>

#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>

namespace thranio::test {
namespace {

struct PromiseUnref {
  void operator()(GstPromise* promise) const { gst_promise_unref(promise); }
};
using Promise = std::unique_ptr<GstPromise, PromiseUnref>;
struct DescriptionFree {
  void operator()(GstWebRTCSessionDescription* description) const {
    gst_webrtc_session_description_free(description);
  }
};
using Description = std::unique_ptr<GstWebRTCSessionDescription, DescriptionFree>;

const char* decoder_for(const std::string& encoding) {
  if (encoding == "OPUS")
    return "rtpopusdepay ! opusdec ! audio/x-raw,format=S16LE ! fakesink name=sound sync=false async=false";
  if (encoding == "VP8")
    return "rtpvp8depay ! vp8dec ! video/x-raw,format=I420 ! fakesink name=frames sync=false async=false";
  if (encoding == "H264")
    return "rtph264depay ! h264parse ! openh264dec ! video/x-raw,format=I420 ! fakesink name=frames "
           "sync=false "
           "async=false";
  return "fakesink sync=false async=false";
}

GstCaps* wanted(const std::string& codec) {
  if (codec == "OPUS")
    return gst_caps_from_string(
        "application/"
        "x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,payload=111");
  return gst_caps_from_string(
      ("application/x-rtp,media=video,encoding-name=" + codec + ",clock-rate=90000,payload=96," +
       (codec == "H264" ? "packetization-mode=(string)1,profile-level-id=(string)42e01f," : "") +
       "rtcp-fb-nack=true,rtcp-fb-nack-pli=true")
          .c_str());
}

Description parse(GstWebRTCSDPType type, const std::string& sdp) {
  GstSDPMessage* message = nullptr;
  gst_sdp_message_new(&message);
  gst_sdp_message_parse_buffer(reinterpret_cast<const guint8*>(sdp.data()), static_cast<guint>(sdp.size()),
                               message);
  return Description(gst_webrtc_session_description_new(type, message));
}

}  // namespace

struct WebrtcbinPlayer::State {
  GstElement* pipeline =
      nullptr;  // set under mutex: ThreadSanitizer does not see how GLib hands it to its threads
  GstElement* webrtc = nullptr;  // owned by the pipeline

  // Guarded by mutex.
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  Played played;
  uint64_t last_sum = 0;
  bool gathered = false;

  explicit State(const std::string& video_codec) {
    gst_init(nullptr, nullptr);
    {
      const std::lock_guard lock(mutex);
      pipeline = GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new("player")));
    }
    webrtc = gst_element_factory_make("webrtcbin", nullptr);
    if (!webrtc) throw std::runtime_error("GStreamer has no webrtcbin");
    g_object_set(webrtc, "bundle-policy", 3 /* max-bundle */, nullptr);
    gst_bin_add(GST_BIN(pipeline), webrtc);
    GObject* ice = nullptr;
    g_object_get(webrtc, "ice-agent", &ice, nullptr);
    gboolean added = FALSE;
    g_signal_emit_by_name(ice, "add-local-ip-address", "127.0.0.1",
                          &added);  // libnice leaves it out by itself
    GObject* agent = nullptr;
    g_object_get(ice, "agent", &agent, nullptr);
    g_object_set(agent, "upnp", FALSE, nullptr);  // asks the network's router, and leaves a thread behind
    g_object_unref(agent);
    g_object_unref(ice);
    g_signal_connect(webrtc, "pad-added", G_CALLBACK(on_pad), this);
    g_signal_connect(webrtc, "notify::connection-state", G_CALLBACK(on_connection), this);
    g_signal_connect(webrtc, "notify::ice-gathering-state", G_CALLBACK(on_gathering), this);
    receive("OPUS");
    receive(video_codec);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
  }

  ~State() {
    g_signal_handlers_disconnect_by_data(webrtc, this);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
  }

  void receive(const std::string& codec) {
    GstCaps* caps = wanted(codec);
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_signal_emit_by_name(webrtc, "add-transceiver", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps,
                          &transceiver);
    g_object_set(transceiver, "do-nack", TRUE, nullptr);
    gst_object_unref(transceiver);
    gst_caps_unref(caps);
  }

  // create-offer, create-answer: makes it, and makes it the local description.
  void create(const char* kind) {
    const Promise promise(gst_promise_new());
    g_signal_emit_by_name(webrtc, (std::string("create-") + kind).c_str(), nullptr, promise.get());
    gst_promise_wait(promise.get());
    GstWebRTCSessionDescription* made = nullptr;
    gst_structure_get(gst_promise_get_reply(promise.get()), kind, GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &made,
                      nullptr);
    if (!made) throw std::runtime_error(std::string("webrtcbin makes no ") + kind);
    const Description description(made);
    describe("set-local-description", *description);
  }

  void describe(const char* signal, GstWebRTCSessionDescription& description) {
    const Promise promise(gst_promise_new());
    g_signal_emit_by_name(webrtc, signal, &description, promise.get());
    gst_promise_wait(promise.get());
    const GstStructure* reply = gst_promise_get_reply(promise.get());
    if (!reply || !gst_structure_has_field(reply, "error")) return;
    GError* error = nullptr;
    gst_structure_get(reply, "error", G_TYPE_ERROR, &error, nullptr);
    const std::string cause = error ? error->message : "unknown";
    g_clear_error(&error);
    throw std::runtime_error(std::string(signal) + ": " + cause);
  }

  // With its candidates: waits until they are gathered.
  std::string local_description() const {
    {
      std::unique_lock lock(mutex);
      if (!changed.wait_for(lock, std::chrono::seconds(10), [this] { return gathered; }))
        throw std::runtime_error("webrtcbin gathers no candidates");
    }
    GstWebRTCSessionDescription* local = nullptr;
    g_object_get(webrtc, "local-description", &local, nullptr);
    const Description owned(local);
    gchar* text = gst_sdp_message_as_text(local->sdp);
    std::string sdp = text;
    g_free(text);
    return sdp;
  }

  static void on_pad(GstElement*, GstPad* pad, gpointer data) {
    auto& state = *static_cast<State*>(data);
    if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
    GstCaps* caps = gst_pad_get_current_caps(pad);
    if (!caps) caps = gst_pad_query_caps(pad, nullptr);
    const char* name = gst_structure_get_string(gst_caps_get_structure(caps, 0), "encoding-name");
    GstElement* bin = gst_parse_bin_from_description(decoder_for(name ? name : ""), TRUE, nullptr);
    gst_caps_unref(caps);
    if (!bin) return;
    {
      const std::lock_guard lock(state.mutex);
      gst_bin_add(GST_BIN(state.pipeline), bin);
    }
    probe(bin, "frames", on_frame, state);
    probe(bin, "sound", on_sound, state);
    gst_element_sync_state_with_parent(bin);
    GstPad* sink = gst_element_get_static_pad(bin, "sink");
    gst_pad_link(pad, sink);
    gst_object_unref(sink);
  }

  static void probe(GstElement* bin, const char* name, GstPadProbeCallback callback, State& state) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(bin), name);
    if (!element) return;
    GstPad* pad = gst_element_get_static_pad(element, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, &state, nullptr);
    gst_object_unref(pad);
    gst_object_unref(element);
  }

  static GstPadProbeReturn on_frame(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& state = *static_cast<State*>(data);
    GstMapInfo map;
    if (!gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &map, GST_MAP_READ)) return GST_PAD_PROBE_OK;
    const std::span luma(map.data, map.size * 2 / 3);  // I420: the luma plane comes first
    const uint64_t sum = std::accumulate(luma.begin(), luma.end(), uint64_t{0});
    // Weighted by place, so that a ball that only moves makes a difference.
    uint64_t weighted = sum;
    for (size_t i = 0; i < luma.size(); i += 64)
      weighted = weighted * 31 + luma[i];
    {
      const std::lock_guard lock(state.mutex);
      state.played.frames++;
      if (weighted != state.last_sum) state.played.different++;
      state.last_sum = weighted;
      state.played.mean_luma = static_cast<double>(sum) / static_cast<double>(luma.size());
    }
    state.changed.notify_all();
    gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &map);
    return GST_PAD_PROBE_OK;
  }

  static GstPadProbeReturn on_sound(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto& state = *static_cast<State*>(data);
    GstMapInfo map;
    if (!gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &map, GST_MAP_READ)) return GST_PAD_PROBE_OK;
    const std::span samples(reinterpret_cast<const int16_t*>(map.data), map.size / 2);
    double energy = 0;
    for (const auto sample : samples)
      energy += static_cast<double>(sample) * sample;
    const double level =
        samples.empty() ? 0 : std::sqrt(energy / static_cast<double>(samples.size())) / 32768;
    {
      const std::lock_guard lock(state.mutex);
      state.played.sound_blocks++;
      state.played.loudest = std::max(state.played.loudest, level);
    }
    state.changed.notify_all();
    gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &map);
    return GST_PAD_PROBE_OK;
  }

  static void on_gathering(GstElement* webrtc, GParamSpec*, gpointer data) {
    auto& state = *static_cast<State*>(data);
    GstWebRTCICEGatheringState gathering{};
    g_object_get(webrtc, "ice-gathering-state", &gathering, nullptr);
    {
      const std::lock_guard lock(state.mutex);
      state.gathered = gathering == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE;
    }
    state.changed.notify_all();
  }

  static void on_connection(GstElement* webrtc, GParamSpec*, gpointer data) {
    auto& state = *static_cast<State*>(data);
    GstWebRTCPeerConnectionState connection{};
    g_object_get(webrtc, "connection-state", &connection, nullptr);
    {
      const std::lock_guard lock(state.mutex);
      state.played.connected = connection == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED;
    }
    state.changed.notify_all();
  }
};

WebrtcbinPlayer::WebrtcbinPlayer(const std::string& video_codec)
    : state_(std::make_unique<State>(video_codec)) {}

WebrtcbinPlayer::~WebrtcbinPlayer() = default;

std::string WebrtcbinPlayer::offer() {
  state_->create("offer");
  return state_->local_description();
}

void WebrtcbinPlayer::accept_answer(const std::string& sdp) {
  state_->describe("set-remote-description", *parse(GST_WEBRTC_SDP_TYPE_ANSWER, sdp));
}

std::string WebrtcbinPlayer::answer(const std::string& offer) {
  state_->describe("set-remote-description", *parse(GST_WEBRTC_SDP_TYPE_OFFER, offer));
  state_->create("answer");
  return state_->local_description();
}

Played WebrtcbinPlayer::played() const {
  const std::lock_guard lock(state_->mutex);
  return state_->played;
}

bool WebrtcbinPlayer::wait_until(const std::function<bool(const Played&)>& holds,
                                 std::chrono::seconds limit) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit, [&] { return holds(state_->played); });
}

}  // namespace thranio::test
