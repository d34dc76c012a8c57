#include "server/api/answer_cache.hpp"

namespace thranio::api {
namespace {

size_t size_of(const std::string& key, const http::Response& answer) {
  return key.size() + answer.body.size() + 512;  // headers and the map's own
}

}  // namespace

// A path and a query hold no zero byte (connection.cpp).
std::string AnswerCache::key(const auth::Principal& who, const http::Request& request) {
  std::string key = who.token_id;
  key.append(1, '\0').append(request.path);
  for (const auto& [name, value] : request.query)
    key.append(1, '\0').append(name).append(1, '\0').append(value);
  return key;
}

std::shared_ptr<const http::Response> AnswerCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto at = kept_.find(key);
  if (at == kept_.end()) return nullptr;
  const bool young = std::chrono::steady_clock::now() - at->second.at < kMostAge;
  if (young && database_.fresh(at->second.sight)) return at->second.answer;
  bytes_ -= size_of(key, *at->second.answer);
  kept_.erase(at);
  return nullptr;
}

void AnswerCache::keep(std::string key, const http::Response& answer, const store::Sight& sight) {
  if (answer.body.size() > kMostBytesOfOne) return;
  auto kept = std::make_shared<const http::Response>(answer);
  const std::lock_guard lock(mutex_);
  if (const auto at = kept_.find(key); at != kept_.end()) {
    bytes_ -= size_of(key, *at->second.answer);
    kept_.erase(at);
  }
  const size_t bytes = size_of(key, answer);
  if (bytes_ + bytes > kMostBytes) {
    kept_.clear();
    bytes_ = 0;
  }
  bytes_ += bytes;
  kept_.emplace(std::move(key), Kept{std::move(kept), sight, std::chrono::steady_clock::now()});
}

}  // namespace thranio::api
