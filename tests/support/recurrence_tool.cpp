// Lines {"rule", "zone", "starts"} in, lines {"local": [...], "instants": [...]} or {"error"} out: what tests
// in other languages compare with (tests/calendar). Not a test itself.
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "server/schedule/recurrence.hpp"
#include "server/store/times.hpp"

using nlohmann::json;
using namespace thranio;

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const json question = json::parse(line);
    const auto zone = store::TimeZone::find(question["zone"]);
    const auto starts = store::parse_local(question["starts"].get<std::string>());
    if (!zone || !starts) return 1;
    const auto times = schedule::occurrences({*starts, question["rule"], {}, {}}, *zone);
    json answer;
    if (!times) answer["error"] = times.error().detail;
    if (times)
      for (const auto time : *times) {
        answer["local"].push_back(store::to_text(time));
        answer["instants"].push_back(store::to_rfc3339(zone->instant_of(time)));
      }
    std::cout << answer.dump() << "\n";
  }
}
