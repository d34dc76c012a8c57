// --demo: a school with a class, a teacher and two students, a live lesson, and a synthetic teacher who
// publishes into it over HTTP and UDP like any browser. What an earlier run left in the data directory is
// used again. Way: main → [Demo] → REST and WHIP on loopback. Owned by main. Thread: one of its own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pipelines/lesson_pipeline.hpp"

namespace thranio {

class Demo {
 public:
  // base_url: where the server listens, e.g. "http://127.0.0.1:8443"; public_url: what people open in their
  // browser.
  Demo(std::string base_url, std::string public_url, std::string admin_token);
  ~Demo();  // the synthetic teacher leaves

 private:
  void run();
  bool wait_for_stop(std::chrono::milliseconds patience);

  // Set at construction, never changed.
  const std::string base_url_;
  const std::string public_url_;
  const std::string admin_token_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace thranio
