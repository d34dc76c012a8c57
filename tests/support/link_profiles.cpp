#include "tests/support/link_profiles.hpp"

#include <algorithm>

namespace thranio::test {
namespace {

using namespace std::chrono_literals;

// Half of the round trip each way. The queue holds two seconds of the slower direction, as access routers do.
LinkProfile link(std::string name, std::string tells, int64_t down, int64_t up, Duration round_trip,
                 double loss, double mean_burst = 1) {
  DirectionSettings direction;
  direction.delay = round_trip / 2;
  direction.loss = loss;
  direction.mean_burst = mean_burst;
  LinkProfile profile{std::move(name), std::move(tells), direction, direction};
  profile.down.bits_per_second = down;
  profile.up.bits_per_second = up;
  profile.down.queue_bytes = profile.up.queue_bytes =
      static_cast<size_t>(std::max<int64_t>(down, 32'000) / 4);
  return profile;
}

std::vector<LinkProfile> all() {
  std::vector<LinkProfile> links{
      link("P32", "32 kbit/s, 300 ms, 5 % loss", 32'000, 32'000, 300ms, 0.05),
      link("P48b", "48 kbit/s, 400 ms, 10 % loss in bursts of 3", 48'000, 24'000, 400ms, 0.10, 3),
      link("P64", "64 kbit/s, 300 ms, 10 % loss", 64'000, 64'000, 300ms, 0.10),
      link("P64c", "64 kbit/s, 300 ms, 5 % loss", 64'000, 64'000, 300ms, 0.05),
      link("P64b", "64 kbit/s, 300 ms, 10 % loss in bursts of 3", 64'000, 64'000, 300ms, 0.10, 3),
      link("P64pol", "64 kbit/s by a policer, 200 ms", 64'000, 64'000, 200ms, 0),
      link("P96j", "96 kbit/s, 200 ms, jitter of 80 ms, 5 % loss", 96'000, 96'000, 200ms, 0.05),
      link("P128", "128 kbit/s, 200 ms, 1 % loss", 128'000, 128'000, 200ms, 0.01),
      link("P128s", "128, 48, 128 kbit/s, 30 s each, 200 ms", 128'000, 64'000, 200ms, 0),
      link("P20", "64 kbit/s, 300 ms, 20 % loss", 64'000, 64'000, 300ms, 0.20),
      link("Pout", "128 kbit/s, 200 ms, silent for 10 s after 30 s", 128'000, 128'000, 200ms, 0),
      link("good", "20 Mbit/s, 20 ms", 20'000'000, 20'000'000, 20ms, 0),
  };
  for (auto& profile : links) {
    if (profile.name == "P64pol")
      for (auto* direction : {&profile.down, &profile.up}) {
        direction->policer = true;
        direction->queue_bytes = 4'000;
      }
    if (profile.name == "P96j") profile.down.jitter = profile.up.jitter = 80ms;
    if (profile.name == "P128s") {
      profile.down.trace = {{0s, 128'000}, {30s, 48'000}};
      profile.down.trace_length = 60s;
    }
    if (profile.name == "Pout") profile.down.outages = profile.up.outages = {{30s, 10s}};
    if (profile.name == "good") profile.down.queue_bytes = profile.up.queue_bytes = 512 * 1024;
  }
  return links;
}

}  // namespace

const std::vector<LinkProfile>& link_profiles() {
  static const std::vector<LinkProfile> profiles = all();
  return profiles;
}

std::optional<LinkProfile> link_profile(const std::string& name) {
  const auto& profiles = link_profiles();
  const auto at = std::ranges::find(profiles, name, &LinkProfile::name);
  if (at == profiles.end()) return std::nullopt;
  return *at;
}

}  // namespace thranio::test
