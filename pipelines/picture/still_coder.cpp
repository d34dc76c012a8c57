#include <algorithm>
#include <memory>
#include <stdexcept>

#include <avif/avif.h>
#include <webp/encode.h>

#include "pipelines/picture/still_maker.hpp"

namespace thranio::picture {
namespace {

constexpr int kWebpMethod = 4;

std::vector<uint8_t> avif(const Frame& frame, const StillQuality& quality) {
  const std::unique_ptr<avifImage, void (*)(avifImage*)> image(
      avifImageCreate(frame.width, frame.height, 8, AVIF_PIXEL_FORMAT_YUV420), avifImageDestroy);
  image->yuvRange = AVIF_RANGE_LIMITED;
  image->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
  image->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
  image->matrixCoefficients = AVIF_MATRIX_COEFFICIENTS_BT601;
  for (int i = 0; i < 3; ++i) {
    image->yuvPlanes[i] = const_cast<uint8_t*>(frame.plane[i]);  // read only; imageOwnsYUVPlanes stays false
    image->yuvRowBytes[i] = static_cast<uint32_t>(frame.stride[i]);
  }
  const std::unique_ptr<avifEncoder, void (*)(avifEncoder*)> encoder(avifEncoderCreate(), avifEncoderDestroy);
  encoder->speed = quality.avif_speed;
  encoder->maxThreads = 1;
  encoder->minQuantizer = std::max(0, quality.avif_quantizer - 3);
  encoder->maxQuantizer = std::min(63, quality.avif_quantizer + 4);
  if (quality.content == Content::kDrawn) {
    // Intra block copy finds the letter that was there before; it finds more with small superblocks, and
    // makes palettes superfluous.
    avifEncoderSetCodecSpecificOption(encoder.get(), "tune-content", "screen");
    avifEncoderSetCodecSpecificOption(encoder.get(), "enable-palette", "0");
    avifEncoderSetCodecSpecificOption(encoder.get(), "sb-size", "64");
  }
  avifRWData coded = AVIF_DATA_EMPTY;
  const avifResult result = avifEncoderWrite(encoder.get(), image.get(), &coded);
  std::vector<uint8_t> bytes;
  if (result == AVIF_RESULT_OK) bytes.assign(coded.data, coded.data + coded.size);
  avifRWDataFree(&coded);
  return bytes;
}

std::vector<uint8_t> webp(const Frame& frame, float quality) {
  WebPConfig config;
  WebPPicture picture;
  if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) return {};
  config.quality = quality;
  config.method = kWebpMethod;
  picture.width = frame.width;
  picture.height = frame.height;
  picture.use_argb = 0;
  picture.y = const_cast<uint8_t*>(frame.plane[0]);
  picture.u = const_cast<uint8_t*>(frame.plane[1]);
  picture.v = const_cast<uint8_t*>(frame.plane[2]);
  picture.y_stride = frame.stride[0];
  picture.uv_stride = frame.stride[1];
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  std::vector<uint8_t> bytes;
  if (WebPEncode(&config, &picture)) bytes.assign(writer.mem, writer.mem + writer.size);
  WebPMemoryWriterClear(&writer);
  WebPPictureFree(&picture);
  return bytes;
}

}  // namespace

Picture code_still(const Frame& frame, const StillQuality& quality) {
  Picture picture;
  picture.width = static_cast<uint16_t>(frame.width);
  picture.height = static_cast<uint16_t>(frame.height);
  picture.bytes = avif(frame, quality);
  auto other = webp(frame, quality.webp_quality);
  if (picture.bytes.empty() || (!other.empty() && other.size() < picture.bytes.size())) {
    picture.coding = PictureCoding::kWebp;
    picture.bytes = std::move(other);
  }
  if (picture.bytes.empty()) throw std::runtime_error("no coder takes the picture");
  return picture;
}

}  // namespace thranio::picture
