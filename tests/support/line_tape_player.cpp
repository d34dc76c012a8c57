#include "tests/support/line_tape_player.hpp"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace thranio::test {
namespace {

// "65000:123456", "65001:-"
std::optional<rtp::LineArrival> arrival_of(const std::string& text) {
  std::istringstream in(text);
  rtp::LineArrival arrival;
  char colon = 0;
  if (!(in >> arrival.sequence >> colon) || colon != ':') return std::nullopt;
  if (in.peek() == '-') return arrival;
  int64_t at = 0;
  if (!(in >> at)) return std::nullopt;
  arrival.received = true;
  arrival.at = std::chrono::microseconds(at);
  return arrival;
}

}  // namespace

bool play_line_tape(std::istream& tape, rtp::LineEstimate& estimate, TimePoint begin,
                    const std::function<void(TimePoint)>& heard) {
  std::vector<rtp::LineArrival> arrivals;
  for (std::string text; std::getline(tape, text);) {
    std::istringstream in(text);
    char kind = 0;
    int64_t first = 0, second = 0, third = 0;
    if (!(in >> kind >> first)) return false;
    const TimePoint now = begin + std::chrono::microseconds(first);
    const auto numbers = [&](int count) {
      return (count < 1 || in >> second) && (count < 2 || in >> third) && second >= 0 && third >= 0;
    };
    if (kind == 's' && numbers(2)) {
      estimate.sent(static_cast<uint16_t>(second), static_cast<size_t>(third), now);
    } else if (kind == 'u') {
      estimate.sent_untold(static_cast<size_t>(first));
    } else if (kind == 'a' && numbers(1)) {
      estimate.sent_again(static_cast<size_t>(second), now);
    } else if (kind == 'b' && numbers(1)) {
      estimate.sent_beside(static_cast<size_t>(second), now);
    } else if (kind == 'p' && numbers(2)) {
      estimate.probed(static_cast<uint16_t>(second), static_cast<size_t>(third), now);
    } else if (kind == 't') {
      estimate.tick(now);
    } else if (kind == 'f') {
      arrivals.clear();
      for (std::string one; in >> one;) {
        const auto arrival = arrival_of(one);
        if (!arrival) return false;
        arrivals.push_back(*arrival);
      }
      estimate.feedback(arrivals, now);
      heard(now);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace thranio::test
