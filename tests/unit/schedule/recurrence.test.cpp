#include "server/schedule/recurrence.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::schedule;

namespace {

const auto kAthens = store::TimeZone::find("Europe/Athens").value();

store::LocalTime at(const char* text) {
  return store::parse_local(text).value();
}

std::string told(const Recurrence& recurrence) {
  const auto times = occurrences(recurrence, kAthens);
  if (!times) return times.error().field + ": " + times.error().detail;
  std::string text;
  for (const auto time : *times)
    text += store::to_text(time).substr(5) + " ";
  return text;
}

}  // namespace

TEST_CASE("a rule gives its days by the school's clock, with days added and taken away",
          "[schedule][rfc5545]") {
  CHECK(told({at("2026-09-14T09:00"), "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4", {}, {}}) ==
        "09-14T09:00 09-17T09:00 09-21T09:00 09-24T09:00 ");
  CHECK(told({at("2026-09-14T09:00"),
              "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
              {at("2026-09-15T10:00"), at("2026-09-14T09:00")},
              {at("2026-09-21T09:00")}}) == "09-14T09:00 09-15T10:00 09-28T09:00 ");
  CHECK(told({at("2026-10-19T09:00"), "FREQ=WEEKLY;UNTIL=20261102T070000Z", {}, {}}) ==
        "10-19T09:00 10-26T09:00 11-02T09:00 ");  // the end is UTC, winter time by then
  CHECK(told({at("2026-10-19T09:00"), "FREQ=WEEKLY;UNTIL=20261101", {}, {}}) == "10-19T09:00 10-26T09:00 ");
  CHECK(told({at("2026-01-31T09:00"), "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", {}, {}}) ==
        "01-31T09:00 03-31T09:00 05-31T09:00 ");
}

TEST_CASE("a rule that no timetable can follow is refused with its field", "[schedule][bad-input]") {
  const auto refused = [](const char* rule, const char* starts = "2026-09-14T09:00") {
    const auto text = told({at(starts), rule, {}, {}});
    return text.substr(0, text.find(':'));
  };
  for (const char* rule : {"", "x", "FREQ=", "FREQ=SOMETIMES", "FREQ=HOURLY;COUNT=3", "FREQ=DAILY",
                           "FREQ=DAILY;BYHOUR=1;COUNT=2", "FREQ=DAILY;COUNT=5000",
                           "FREQ=WEEKLY;UNTIL=20990101T000000Z", "FREQ=YEARLY;COUNT=20;RSCALE=CHINESE",
                           "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;COUNT=3;COUNT=4;UNTIL=99999999"}) {
    CAPTURE(rule);
    CHECK(refused(rule) == "/rrule");
  }
  CHECK(refused("FREQ=WEEKLY;BYDAY=TU;COUNT=3") == "/starts_at_local");
  CHECK(refused("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3") != "");
  CHECK(told({at("2026-09-14T09:00"), "FREQ=DAILY;COUNT=1", {}, {at("2026-09-14T09:00")}})
            .starts_with("/exdates"));
}

TEST_CASE("a rule that is split gives what it gave, in two parts", "[schedule][rfc5545]") {
  const std::string rule = GENERATE(as<std::string>{}, "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=12",
                                    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;UNTIL=20270131T210000Z",
                                    "FREQ=MONTHLY;BYDAY=2MO;COUNT=9", "FREQ=DAILY;UNTIL=20261030");
  CAPTURE(rule);
  const Recurrence whole{at("2026-09-14T09:00"), rule, {}, {}};
  const auto all = occurrences(whole, kAthens).value();
  for (size_t i = 1; i < all.size(); ++i) {
    const auto split = split_rule(whole, all[i], kAthens);
    REQUIRE(split);
    auto parts = occurrences({whole.starts_at, split->before, {}, {}}, kAthens).value();
    CHECK(parts.size() == i);
    const auto rest = occurrences({all[i], split->after, {}, {}}, kAthens).value();
    parts.insert(parts.end(), rest.begin(), rest.end());
    CHECK(parts == all);
  }
  CHECK_FALSE(split_rule(whole, all[0], kAthens));
  CHECK_FALSE(split_rule(whole, at("2026-09-15T09:30"), kAthens));
}
