#include "pipelines/base/drop_reason.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

TEST_CASE("every drop reason has its own name, for it becomes a metric's label", "[base]") {
  std::set<std::string> names;
  for (int i = 0; i < static_cast<int>(thranio::DropReason::kCount); ++i)
    names.insert(std::string{to_string(static_cast<thranio::DropReason>(i))});
  CHECK(names.size() == static_cast<size_t>(thranio::DropReason::kCount));
  CHECK_FALSE(names.contains("unknown"));
}

TEST_CASE("a drop counter counts its own reason alone", "[base]") {
  thranio::DropCounters counters;
  counters.add(thranio::DropReason::kSrtpReplay, 3);
  CHECK(counters.of(thranio::DropReason::kSrtpReplay) == 3);
  CHECK(counters.of(thranio::DropReason::kTooOld) == 0);
}
