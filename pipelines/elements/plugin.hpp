// Registers the lesson's elements with GStreamer, in this process alone. Thread: any; the first call does the
// work.
#pragma once

namespace thranio::elements {

// Initialises GStreamer and registers thraniolessonsrc and thraniostudentfanout. Throws std::runtime_error if
// not.
void register_elements();

}  // namespace thranio::elements
