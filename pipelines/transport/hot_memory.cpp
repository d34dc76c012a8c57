#include "pipelines/transport/hot_memory.hpp"

#include <mutex>
#include <new>

#include <sys/mman.h>

namespace thranio::transport {
namespace {

// Hands out the process's huge pages from front to back; the pool above it reuses, so nothing comes back.
class HugePages final : public std::pmr::memory_resource {
  static constexpr size_t kPage = 2 * 1024 * 1024;

  void* do_allocate(size_t size, size_t alignment) override {
    const std::lock_guard lock(mutex_);
    size_t skip = (alignment - reinterpret_cast<uintptr_t>(next_) % alignment) % alignment;
    if (!next_ || skip + size > left_) {
      refill(size);
      skip = 0;
    }
    char* const at = next_ + skip;
    next_ = at + size;
    left_ -= skip + size;
    return at;
  }
  void do_deallocate(void*, size_t, size_t) override {}
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  // Room for `size` from a page's beginning on; where the system has no huge pages, common ones serve.
  void refill(size_t size) {
    const size_t wanted = (size + kPage - 1) / kPage * kPage;
    void* const room = mmap(nullptr, wanted + kPage, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    char* const begin = static_cast<char*>(room);
    next_ = begin + (kPage - reinterpret_cast<uintptr_t>(begin) % kPage) % kPage;
    left_ = wanted;
    madvise(next_, wanted, MADV_HUGEPAGE);
  }

  // Guarded by mutex_.
  std::mutex mutex_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

std::pmr::memory_resource* make_pool() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::pmr::new_delete_resource();  // a pool would hide from the sanitizer who uses what was freed
#else
  static HugePages pages;
  std::pmr::pool_options options;
  options.largest_required_pool_block = 8192;
  options.max_blocks_per_chunk = 64;
  return new std::pmr::synchronized_pool_resource(options, &pages);  // never freed: peers end at exit, too
#endif
}

}  // namespace

std::pmr::memory_resource& hot_memory() {
  static std::pmr::memory_resource* const pool = make_pool();
  return *pool;
}

}  // namespace thranio::transport
