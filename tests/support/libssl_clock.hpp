// The clock that libssl's DTLS timer reads, in the hands of a test: an executable that links this replaces
// gettimeofday(2) for itself and for its shared libraries.
// Thread: the test's.
#pragma once

#include <chrono>

namespace thranio::test {

// Time for libssl stands still from the first call on, and moves only by these.
void advance_libssl_clock(std::chrono::microseconds by);

}  // namespace thranio::test
