// The media workers of a server: all on one port, each on its own core, none knowing the others.
// Way: kernel → one of the [workers]; lesson pipeline → all of them.
// Owned by the media plane. Thread: any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "pipelines/transport/dtls_endpoint.hpp"
#include "pipelines/transport/peer_directory.hpp"
#include "pipelines/transport/worker.hpp"

namespace thranio::transport {

class WorkerPool {
 public:
  // Binds a socket per worker and starts the threads. Throws std::system_error naming the address.
  WorkerPool(const std::string& address, uint16_t port, unsigned workers, size_t max_peers);
  ~WorkerPool();

  uint16_t port() const { return port_; }
  PeerDirectory& directory() { return directory_; }
  const DtlsCertificate& certificate() const { return *certificate_; }
  std::span<const std::unique_ptr<Worker>> workers() const { return workers_; }
  // What was dropped before any worker had it.
  DropCounters& drops() { return drops_; }
  const DropCounters& drops() const { return drops_; }
  LessonKey next_lesson_key() { return next_lesson_key_.fetch_add(1, std::memory_order_relaxed); }

  // The live lessons, for /metrics. Thread: any.
  void list_lesson(LessonKey key, const LessonId& id, std::shared_ptr<LessonCounters> counters);
  void unlist_lesson(LessonKey key);
  struct ListedLesson {
    LessonId id;
    std::shared_ptr<const LessonCounters> counters;
  };
  std::vector<ListedLesson> lessons() const;

  // Runs `task` on every worker, in order with what was posted before.
  void post_all(const std::function<void(Worker&)>& task);
  // The same, and returns when all have run it. Never called from a worker.
  void run_all(const std::function<void(Worker&)>& task);

 private:
  // Set at construction, never changed.
  PeerDirectory directory_;
  std::unique_ptr<DtlsCertificate> certificate_;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;

  // Any thread (atomics).
  DropCounters drops_;
  std::atomic<LessonKey> next_lesson_key_{1};

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::map<LessonKey, ListedLesson> lessons_;
};

}  // namespace thranio::transport
