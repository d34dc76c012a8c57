#include "pipelines/elements/gstvoicerung.hpp"

#include <atomic>
#include <memory>
#include <mutex>

#include "pipelines/base/clock.hpp"
#include "pipelines/base/log.hpp"
#include "pipelines/rtp/bytes.hpp"
#include "pipelines/rtp/rtp_packet.hpp"
#include "pipelines/rtp/voice_rung.hpp"

namespace {

using thranio::rtp::VoiceRung;

GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-rtp"));
GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS("application/x-rtp"));

enum { kBitsPerSecond = 1, kPacketMs, kOpen };
constexpr size_t kHeader = 12;  // RFC 3550 section 5.1

// A lock of our own and an atomic pointer to it: ThreadSanitizer cannot see GLib's. One stream at a time
// takes it, so it is free.
struct State {
  std::mutex mutex;

  // Guarded by mutex.
  bool open = false;
  thranio::rtp::VoiceRungSettings settings;
  GstPad* src = nullptr;  // the element's
  std::unique_ptr<VoiceRung> rung;
  bool was_open = false;
  uint16_t sequence = 0;
};

void send(State& state, std::span<const uint8_t> payload, uint32_t timestamp) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, kHeader + payload.size(), nullptr);
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_WRITE)) {
    gst_buffer_unref(buffer);
    return;
  }
  // Type and SSRC are each student's own: the fan-out writes them.
  map.data[0] = 0x80;
  map.data[1] = 0;
  thranio::rtp::write16(map.data + 2, state.sequence++);
  thranio::rtp::write32(map.data + 4, timestamp);
  thranio::rtp::write32(map.data + 8, 0);
  std::copy(payload.begin(), payload.end(), map.data + kHeader);
  gst_buffer_unmap(buffer, &map);
  gst_pad_push(state.src, buffer);  // not linked, flushing: it goes nowhere, by contract
}

void take(State& state, GstBuffer* buffer, bool open) {
  GstMapInfo map;
  if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
  if (const auto packet = thranio::rtp::parse_rtp({map.data, map.size})) {
    if (open)
      state.rung->add(packet->sequence_number, packet->timestamp, packet->payload,
                      std::chrono::steady_clock::now());
    else
      state.rung->pass(packet->timestamp);
  }
  gst_buffer_unmap(buffer, &map);
}

}  // namespace

struct _ThranioVoiceRung {
  GstElement parent;
  std::atomic<State*> state;  // set at construction, gone with the element
};

G_DEFINE_FINAL_TYPE(ThranioVoiceRung, thranio_voice_rung, GST_TYPE_ELEMENT)

// Whether what comes now is to be taken.
static bool opened(State& state) {
  const bool open = state.open;
  if (!state.rung) {
    try {
      state.rung = std::make_unique<VoiceRung>(
          state.settings, [&state](std::span<const uint8_t> payload, uint32_t timestamp) {
            send(state, payload, timestamp);
          });
    } catch (const std::exception& error) {
      thranio::log::warn("voice rung", {{"cause", error.what()}});
      state.open = false;
      return false;
    }
  }
  if (open && !state.was_open) state.rung->restart();
  state.was_open = open;
  return open;
}

static GstFlowReturn chain(GstPad*, GstObject* parent, GstBuffer* buffer) {
  State& state = *THRANIO_VOICE_RUNG(parent)->state.load();
  const std::lock_guard lock(state.mutex);
  const bool open = opened(state);
  if (state.rung) take(state, buffer, open);
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

static GstFlowReturn chain_list(GstPad*, GstObject* parent, GstBufferList* list) {
  State& state = *THRANIO_VOICE_RUNG(parent)->state.load();
  const std::lock_guard lock(state.mutex);
  const bool open = opened(state);
  if (state.rung)
    for (guint i = 0; i < gst_buffer_list_length(list); ++i)
      take(state, gst_buffer_list_get(list, i), open);
  gst_buffer_list_unref(list);
  return GST_FLOW_OK;
}

static void set_property(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
  State& state = *THRANIO_VOICE_RUNG(object)->state.load();
  const std::lock_guard lock(state.mutex);
  switch (id) {
    case kBitsPerSecond:
      state.settings.bits_per_second = g_value_get_int(value);
      break;
    case kPacketMs:
      state.settings.packet = std::chrono::milliseconds(g_value_get_int(value));
      break;
    case kOpen:
      state.open = g_value_get_boolean(value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void get_property(GObject* object, guint id, GValue* value, GParamSpec* spec) {
  State& state = *THRANIO_VOICE_RUNG(object)->state.load();
  const std::lock_guard lock(state.mutex);
  switch (id) {
    case kBitsPerSecond:
      g_value_set_int(value, state.settings.bits_per_second);
      break;
    case kPacketMs:
      g_value_set_int(value, static_cast<int>(state.settings.packet.count()));
      break;
    case kOpen:
      g_value_set_boolean(value, state.open);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
  }
}

static void finalize(GObject* object) {
  State* state = THRANIO_VOICE_RUNG(object)->state.exchange(nullptr);
  {
    const std::lock_guard lock(state->mutex);  // after the stream's last packet
  }
  delete state;
  G_OBJECT_CLASS(thranio_voice_rung_parent_class)->finalize(object);
}

static void thranio_voice_rung_class_init(ThranioVoiceRungClass* klass) {
  auto* object = G_OBJECT_CLASS(klass);
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  const auto flags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_property(
      object, kBitsPerSecond,
      g_param_spec_int("bits-per-second", "Bits a second", "Of the voice", 6000, 64'000, 12'000, flags));
  g_object_class_install_property(
      object, kPacketMs,
      g_param_spec_int("packet-ms", "Milliseconds", "Of voice in a packet", 20, 120, 60, flags));
  g_object_class_install_property(object, kOpen,
                                  g_param_spec_boolean("open", "Open", "Somebody listens", FALSE, flags));
  auto* element = GST_ELEMENT_CLASS(klass);
  gst_element_class_add_static_pad_template(element, &sink_template);
  gst_element_class_add_static_pad_template(element, &src_template);
  gst_element_class_set_static_metadata(element, "Voice rung", "Codec/Transcoder/Audio",
                                        "A voice once more, smaller", "The Thranio authors");
}

static void thranio_voice_rung_init(ThranioVoiceRung* self) {
  auto* state = new State;
  GstPad* sink = gst_pad_new_from_static_template(&sink_template, "sink");
  gst_pad_set_chain_function(sink, chain);
  gst_pad_set_chain_list_function(sink, chain_list);
  GST_PAD_SET_PROXY_CAPS(sink);
  gst_element_add_pad(GST_ELEMENT(self), sink);
  state->src = gst_pad_new_from_static_template(&src_template, "src");
  gst_element_add_pad(GST_ELEMENT(self), state->src);
  self->state = state;
}
