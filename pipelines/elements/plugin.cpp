#include "pipelines/elements/plugin.hpp"

#include <stdexcept>
#include <string>

#include <gst/gst.h>

#include "pipelines/elements/gstlayerdepay.hpp"
#include "pipelines/elements/gstlessonsrc.hpp"
#include "pipelines/elements/gststudentfanout.hpp"
#include "pipelines/elements/gstvoicerung.hpp"

namespace thranio::elements {
namespace {

bool initialise() {
  GError* error = nullptr;
  if (!gst_init_check(nullptr, nullptr, &error)) {
    const std::string why = error ? error->message : "unknown cause";
    g_clear_error(&error);
    throw std::runtime_error("GStreamer does not start: " + why);
  }
  if (!gst_element_register(nullptr, "thraniolessonsrc", GST_RANK_NONE, THRANIO_TYPE_LESSON_SRC) ||
      !gst_element_register(nullptr, "thraniostudentfanout", GST_RANK_NONE, THRANIO_TYPE_STUDENT_FANOUT) ||
      !gst_element_register(nullptr, "thraniolayerdepay", GST_RANK_NONE, THRANIO_TYPE_LAYER_DEPAY) ||
      !gst_element_register(nullptr, "thraniovoicerung", GST_RANK_NONE, THRANIO_TYPE_VOICE_RUNG))
    throw std::runtime_error("GStreamer refuses the lesson's elements");
  return true;
}

}  // namespace

void register_elements() {
  [[maybe_unused]] static const bool once = initialise();
}

}  // namespace thranio::elements
