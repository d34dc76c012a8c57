#include "pipelines/graph/lesson_graph.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <gst/app/gstappsink.h>

#include "tests/support/av1_packetizer.hpp"

using namespace std::chrono_literals;
using namespace thranio;

namespace {

// What the branches of one graph made, as it comes.
class Made final : public elements::TrackReceiver {
 public:
  struct Size {
    int width, height;
  };

  void rtp(uint32_t track, std::span<const std::span<const uint8_t>> packets) override {
    if (track != 2) return;
    const std::lock_guard lock(mutex_);
    for (const auto& packet : packets) {
      ++packets_;
      // RFC 6386 section 9.1: a key frame begins with this, then its width and height.
      static constexpr std::array<uint8_t, 3> kStart{0x9d, 0x01, 0x2a};
      const auto at = std::search(packet.begin(), packet.end(), kStart.begin(), kStart.end());
      if (packet.end() - at < 7) continue;
      key_frame_ = {(at[3] | at[4] << 8) & 0x3fff, (at[5] | at[6] << 8) & 0x3fff};
    }
    changed_.notify_all();
  }

  void still(const PicturePtr& picture) {
    const std::lock_guard lock(mutex_);
    if (!still_) still_ = picture;
    changed_.notify_all();
  }

  template <typename Done>
  bool wait(Done done) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return done(*this); });
  }

  // Guarded by mutex_, read when nothing changes any more.
  std::mutex mutex_;
  std::condition_variable changed_;
  int packets_ = 0;
  std::optional<Size> key_frame_;
  PicturePtr still_;
};

// A camera whose encoder knows no layers, as OBS is.
class Camera {
 public:
  // packs: the coder gives pictures of AV1, for which this GStreamer has no payloader.
  Camera(const std::string& coder, bool packs, graph::LessonGraph& graph) : graph_(graph), packs_(packs) {
    const std::string line =
        "videotestsrc is-live=true pattern=ball ! "
        "video/x-raw,format=I420,width=1280,height=720,framerate=15/1 ! " +
        coder + " ! appsink name=sink sync=false";
    pipeline_ = gst_parse_launch(line.c_str(), nullptr);
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline_), "sink");
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = [](GstAppSink* from, gpointer camera) {
      if (GstSample* sample = gst_app_sink_pull_sample(from)) {
        GstMapInfo map;
        gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ);
        static_cast<Camera*>(camera)->take({map.data, map.size});
        gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
        gst_sample_unref(sample);
      }
      return GST_FLOW_OK;
    };
    gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, this, nullptr);
    gst_object_unref(sink);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }
  ~Camera() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(pipeline_);
  }
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

 private:
  void take(std::span<const uint8_t> coded) {
    if (!packs_) return graph_.push(TrackId{1}, {&coded, 1});
    for (const auto& packet : sender_.packets(coded, 1200)) {
      const std::span<const uint8_t> bytes = packet;
      graph_.push(TrackId{1}, {&bytes, 1});
    }
  }

  graph::LessonGraph& graph_;
  const bool packs_;
  test::Av1Sender sender_{0};
  GstElement* pipeline_ = nullptr;
};

}  // namespace

TEST_CASE("a camera of one layer is made into stills, and into pictures for thinner lines",
          "[element][rungs]") {
  struct Coder {
    rtp::CodecId codec;
    const char* line;
  };
  const auto coder = GENERATE(
      Coder{rtp::CodecId::kVp8, "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=15 ! rtpvp8pay mtu=1200"},
      Coder{rtp::CodecId::kH264, "openh264enc gop-size=15 ! rtph264pay config-interval=-1 mtu=1200"},
      Coder{rtp::CodecId::kVp9, "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=15 ! rtpvp9pay mtu=1200"},
      Coder{rtp::CodecId::kAv1,
            "av1enc usage-profile=realtime cpu-used=10 keyframe-max-dist=15 ! av1parse ! "
            "video/x-av1,stream-format=obu-stream,alignment=tu"});
  CAPTURE(coder.line);
  Made made;
  graph::LessonGraph graph("lesson-of-one-layer", made, [](TrackId) {});
  graph.add_track(TrackId{1}, coder.codec, 96);
  graph.add_stills(TrackId{1}, picture::kSlides, 960, 540,
                   [&](const PicturePtr& still) { made.still(still); });
  graph.add_picture(TrackId{2}, TrackId{1}, graph::LessonGraph::kMiddle);
  graph.open_stills(TrackId{1}, true);
  graph.open_rung(TrackId{2}, true);
  {
    const Camera camera(coder.line, coder.codec == rtp::CodecId::kAv1, graph);
    CHECK(made.wait([](const Made& now) { return now.still_ && now.key_frame_ && now.packets_ > 10; }));
  }
  graph.remove_track(TrackId{2});
  graph.remove_track(TrackId{1});
  REQUIRE(made.still_);
  CHECK(made.still_->width == 960);
  CHECK(made.still_->height == 540);
  REQUIRE(made.key_frame_);
  CHECK(made.key_frame_->width == 640);
  CHECK(made.key_frame_->height == 360);
}
