// The poor links that lessons are tried on, by name. down: towards the student. Thread: any (pure).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/link_model.hpp"

namespace thranio::test {

struct LinkProfile {
  std::string name;
  std::string tells;  // in words, for tables
  DirectionSettings down, up;
};

const std::vector<LinkProfile>& link_profiles();
std::optional<LinkProfile> link_profile(const std::string& name);

}  // namespace thranio::test
