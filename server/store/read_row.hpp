// A row of SOCI's as values. Thread: db.
#pragma once

#include <vector>

#include "server/store/table.hpp"

namespace soci {
class row;
}

namespace thranio::store {

std::vector<Value> read_row(const soci::row& row);

}  // namespace thranio::store
