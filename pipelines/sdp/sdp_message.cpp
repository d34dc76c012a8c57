#include "pipelines/sdp/sdp_message.hpp"

#include <memory>

#include <gst/sdp/gstsdpmessage.h>

namespace thranio::sdp {
namespace {

std::string text_of(const gchar* text) {
  return text ? text : "";
}

MediaDescription read_media(const GstSDPMedia* media) {
  MediaDescription m;
  m.kind = text_of(gst_sdp_media_get_media(media));
  m.port = gst_sdp_media_get_port(media);
  m.protocol = text_of(gst_sdp_media_get_proto(media));
  for (guint i = 0; i < gst_sdp_media_formats_len(media); ++i)
    m.formats.push_back(text_of(gst_sdp_media_get_format(media, i)));
  for (guint i = 0; i < gst_sdp_media_attributes_len(media); ++i) {
    const auto* attribute = gst_sdp_media_get_attribute(media, i);
    m.attributes.push_back({text_of(attribute->key), text_of(attribute->value)});
  }
  return m;
}

}  // namespace

std::optional<std::string_view> Section::find(std::string_view name) const {
  for (const auto& attribute : attributes)
    if (attribute.name == name) return attribute.value;
  return std::nullopt;
}

std::optional<SdpMessage> parse_sdp(std::string_view text) {
  // GstSDPMessage takes what is not SDP at all for an empty description: the first line tells (RFC 8866
  // section 5.1).
  if (text.size() > kMaxSize || !text.starts_with("v=0")) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  GstSDPMessage* raw = nullptr;
  if (gst_sdp_message_new(&raw) != GST_SDP_OK) return std::nullopt;
  const std::unique_ptr<GstSDPMessage, decltype(&gst_sdp_message_free)> message(raw, gst_sdp_message_free);
  if (gst_sdp_message_parse_buffer(reinterpret_cast<const guint8*>(text.data()),
                                   static_cast<guint>(text.size()), raw) != GST_SDP_OK)
    return std::nullopt;

  SdpMessage sdp;
  if (gst_sdp_message_medias_len(raw) > kMaxMedia || gst_sdp_message_attributes_len(raw) > kMaxAttributes)
    return std::nullopt;
  for (guint i = 0; i < gst_sdp_message_attributes_len(raw); ++i) {
    const auto* attribute = gst_sdp_message_get_attribute(raw, i);
    sdp.attributes.push_back({text_of(attribute->key), text_of(attribute->value)});
  }
  for (guint i = 0; i < gst_sdp_message_medias_len(raw); ++i) {
    const auto* media = gst_sdp_message_get_media(raw, i);
    if (gst_sdp_media_attributes_len(media) > kMaxAttributes) return std::nullopt;
    sdp.media.push_back(read_media(media));
  }
  return sdp;
}

}  // namespace thranio::sdp
