// Answers to reads, given again while nothing that they were made from has been written: at eight o'clock a
// whole school asks for the same week, and a school information system asks for the same lists every minute.
// Way: *_api's reads → [AnswerCache]. Owned by main. Bounds: kMostBytes, then it begins anew. Thread: any.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "pipelines/base/clock.hpp"
#include "server/auth/principal.hpp"
#include "server/http/message.hpp"
#include "server/store/database.hpp"

namespace thranio::api {

class AnswerCache {
 public:
  static constexpr size_t kMostBytes = 32 * 1024 * 1024;
  static constexpr size_t kMostBytesOfOne = 256 * 1024;
  // Who may see what depends on the day (enrollments have dates), and another process may write.
  static constexpr auto kMostAge = std::chrono::seconds(30);

  explicit AnswerCache(const store::Database& database) : database_(database) {}

  // Who asks for what: nobody gets what another was told.
  static std::string key(const auth::Principal& who, const http::Request& request);
  // Null where there is none, or it has aged.
  std::shared_ptr<const http::Response> find(const std::string& key);
  void keep(std::string key, const http::Response& answer, const store::Sight& sight);

 private:
  struct Kept {
    std::shared_ptr<const http::Response> answer;
    store::Sight sight;
    TimePoint at;
  };

  const store::Database& database_;
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;  // under mutex_
  size_t bytes_ = 0;
};

}  // namespace thranio::api
