// A class's events on disk: appended in batches, each one transaction, and read back in the order of seq.
// Way: class_desk → [ClassEvents] → Database's writer → class_events; class_api, privacy_api → the functions.
// Owned by main. Thread: any for the awaitables; what takes a session: db.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "pipelines/base/error.hpp"
#include "server/lesson/class_log.hpp"

namespace soci {
class session;
}
namespace thranio::store {
class Database;
}

namespace thranio::lesson {

// What a class needs of a store; tests have one that fails when they say so.
class ClassEvents {
 public:
  virtual ~ClassEvents() = default;
  // All or nothing. replace: rows from the first seq on were told to nobody and go.
  virtual boost::asio::awaitable<Result<void>> append(LessonId lesson, std::vector<ClassEventPtr> batch,
                                                      bool replace) = 0;
  // At most `limit`, after `seq`.
  virtual boost::asio::awaitable<Result<std::vector<ClassRow>>> after(LessonId lesson, int64_t seq,
                                                                      int limit) = 0;
};

class StoredClassEvents final : public ClassEvents {
 public:
  explicit StoredClassEvents(store::Database& database) : database_(database) {}
  boost::asio::awaitable<Result<void>> append(LessonId lesson, std::vector<ClassEventPtr> batch,
                                              bool replace) override;
  boost::asio::awaitable<Result<std::vector<ClassRow>>> after(LessonId lesson, int64_t seq,
                                                              int limit) override;

 private:
  store::Database& database_;
};

void append_class_events(soci::session& sql, const std::string& lesson,
                         const std::vector<ClassEventPtr>& batch, bool replace);
std::vector<ClassRow> class_events_after(soci::session& sql, const std::string& lesson, int64_t seq,
                                         int limit);
// Of one kind only.
std::vector<ClassRow> class_events_of_kind(soci::session& sql, const std::string& lesson,
                                           const std::string& kind, int64_t after, int limit);

// What one participant did, in every lesson.
struct ClassDeed {
  std::string lesson_id;
  ClassRow row;
};
std::vector<ClassDeed> class_deeds_of(soci::session& sql, const std::string& participant, int limit);
// Her name and her words go; that somebody raised a hand or answered stays.
void erase_from_classes(soci::session& sql, const std::string& participant);

}  // namespace thranio::lesson
