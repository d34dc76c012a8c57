// Foreign calendars and recurrence rules: whatever they are made of, days come out or a refusal.
// fuzz-sources: server/schedule/holidays.cpp server/schedule/recurrence.cpp
// fuzz-sources: server/store/time_zone.cpp server/store/times.cpp
#include <cstdint>
#include <string>

#include "server/schedule/holidays.hpp"
#include "server/schedule/recurrence.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto zone = store::TimeZone::find("Europe/Athens").value();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 9 / 1}};
  const auto holidays = schedule::holidays_of(text, zone, now);
  if (holidays)
    for (const auto& holiday : *holidays)
      require(holiday.starts_on <= holiday.ends_on && store::parse_day(holiday.starts_on));
  const auto times =
      schedule::occurrences({store::parse_local("2026-09-14T09:00").value(), text, {}, {}}, zone);
  if (times) require(!times->empty() && times->size() <= schedule::kMostOccurrences);
  return 0;
}
