#include "server/store/savepoint.hpp"

#include <soci/soci.h>

namespace thranio::store {

Savepoint::Savepoint(soci::session& sql, std::string name) : sql_(sql), name_(std::move(name)) {
  sql_ << "SAVEPOINT " + name_;
}

Savepoint::~Savepoint() {
  if (!open_) return;
  try {
    sql_ << "ROLLBACK TO " + name_;
    sql_ << "RELEASE " + name_;
  } catch (const soci::soci_error&) {  // the whole transaction is rolled back already, as on a full disk
  }
}

void Savepoint::keep() {
  sql_ << "RELEASE " + name_;
  open_ = false;
}

}  // namespace thranio::store
