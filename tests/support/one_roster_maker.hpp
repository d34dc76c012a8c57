// Made-up OneRoster files: from one school of 50 to a region of 100,000 people; the same seed, the same
// bytes' worth. Thread: the test's.
#pragma once

#include <cstdint>
#include <string>

namespace thranio::test {

struct MadeUpRegion {
  int schools = 1;
  int users = 50;  // in all; one in twelve teaches, one in 200 administers, one in ten is a parent
  int enrollments = 250;
  std::string version = "1.2";
  uint32_t seed = 1;
};

// A ZIP's bytes.
std::string make_one_roster(const MadeUpRegion& region);

}  // namespace thranio::test
