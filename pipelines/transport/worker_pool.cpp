#include "pipelines/transport/worker_pool.hpp"

#include <latch>

namespace thranio::transport {

WorkerPool::WorkerPool(const std::string& address, uint16_t port, unsigned workers, size_t max_peers)
    : directory_(max_peers), certificate_(DtlsCertificate::create()), port_(port) {
  std::vector<Worker*> pointers;
  for (unsigned index = 0; index < std::max(workers, 1u); ++index) {
    auto socket = std::make_unique<UdpPort>(address, port_);
    port_ = socket->port();
    workers_.push_back(std::make_unique<Worker>(index, std::move(socket), directory_));
    pointers.push_back(workers_.back().get());
  }
  directory_.set_workers(std::move(pointers));
  for (const auto& worker : workers_)
    worker->start();
}

WorkerPool::~WorkerPool() {
  for (const auto& worker : workers_)
    worker->stop();  // all threads before any object: they hand packets to each other
}

void WorkerPool::post_all(const std::function<void(Worker&)>& task) {
  for (const auto& worker : workers_)
    worker->post([task](Worker& w) { task(w); });
}

void WorkerPool::run_all(const std::function<void(Worker&)>& task) {
  auto done = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(workers_.size()));
  post_all([task, done](Worker& worker) {
    task(worker);
    done->count_down();
  });
  done->wait();
}

void WorkerPool::list_lesson(LessonKey key, const LessonId& id, std::shared_ptr<LessonCounters> counters) {
  const std::lock_guard lock(mutex_);
  lessons_.emplace(key, ListedLesson{id, std::move(counters)});
}

void WorkerPool::unlist_lesson(LessonKey key) {
  const std::lock_guard lock(mutex_);
  lessons_.erase(key);
}

std::vector<WorkerPool::ListedLesson> WorkerPool::lessons() const {
  const std::lock_guard lock(mutex_);
  std::vector<ListedLesson> all;
  all.reserve(lessons_.size());
  for (const auto& [key, lesson] : lessons_)
    all.push_back(lesson);
  return all;
}

}  // namespace thranio::transport
