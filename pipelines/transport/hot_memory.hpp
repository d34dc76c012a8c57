// Memory for the little that every packet of every student touches: keys, streams, numbers.
// Way: subscriber, srtp_session → [hot_memory] → the system's 2 MiB pages.
// On common pages a thousand students' keys lie on more pages than a CPU's translation cache holds, and each
// packet then waits for page walks: that was an eighth of a packet's cost at 1,000 students. Here they lie
// close together on pages of 2 MiB. What is freed is kept for the next student, never given back.
// Thread: any.
#pragma once

#include <cstddef>
#include <memory_resource>

namespace thranio::transport {

// Lives as long as the process.
std::pmr::memory_resource& hot_memory();

// Derive from this, and new and delete of the class use hot memory. A base class needs a virtual destructor.
struct OnHotMemory {
  static constexpr size_t kCacheLine = 64;
  // NOLINTNEXTLINE(misc-new-delete-overloads): the sized form below matches, clang-tidy looks for the other
  static void* operator new(size_t size) { return hot_memory().allocate(size, kCacheLine); }
  static void operator delete(void* at, size_t size) { hot_memory().deallocate(at, size, kCacheLine); }
};

}  // namespace thranio::transport
