// A PNG that a converter wrote → pixels; its size is looked at before anything is unpacked.
// Way: pdftocairo → [read_png] → picture/page_coder. Spec: PNG 1.2 section 11.2.2 (IHDR comes first).
// Thread: any.
#pragma once

#include <optional>
#include <string>

#include "pipelines/picture/page_coder.hpp"

namespace thranio::slides {

// Nothing if it is no PNG of at most `most` pixels.
std::optional<picture::Page> read_png(const std::string& bytes, size_t most);

}  // namespace thranio::slides
