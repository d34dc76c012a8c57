// A part of a transaction that can be undone alone: undone by its destructor unless kept. Thread: db.
#pragma once

#include <string>

namespace soci {
class session;
}

namespace thranio::store {

class Savepoint {
 public:
  Savepoint(soci::session& sql, std::string name);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  void keep();

 private:
  soci::session& sql_;
  const std::string name_;
  bool open_ = true;
};

}  // namespace thranio::store
