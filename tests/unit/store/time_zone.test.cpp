#include "server/store/time_zone.hpp"

#include <catch2/catch.hpp>

#include "server/store/times.hpp"

using namespace thranio;
using store::TimeZone;

namespace {

std::string instant(const char* zone, const char* local) {
  return store::to_rfc3339(TimeZone::find(zone)->instant_of(store::parse_local(local).value()));
}

}  // namespace

TEST_CASE("a local time is an instant, on both sides of a change and inside it", "[store][rfc5545]") {
  CHECK(instant("Europe/Athens", "2026-03-28T09:00") == "2026-03-28T07:00:00Z");
  CHECK(instant("Europe/Athens", "2026-03-30T09:00") == "2026-03-30T06:00:00Z");
  CHECK(instant("Europe/Athens", "2026-03-29T03:30") == "2026-03-29T01:30:00Z");  // the gap: offset before it
  CHECK(instant("Europe/Athens", "2026-10-25T03:30") == "2026-10-25T00:30:00Z");  // twice: the first
  CHECK(instant("America/New_York", "2026-11-01T01:30") == "2026-11-01T05:30:00Z");
  CHECK(instant("Australia/Lord_Howe", "2026-04-05T01:45") == "2026-04-04T14:45:00Z");  // half an hour
  CHECK(instant("UTC", "2026-07-01T00:00") == "2026-07-01T00:00:00Z");
}

TEST_CASE("an instant is a local time and a local day", "[store]") {
  const auto athens = TimeZone::find("Europe/Athens").value();
  const auto late = store::parse_rfc3339("2026-09-14T22:30:00Z").value();
  CHECK(store::to_text(athens.local(late)) == "2026-09-15T01:30");
  CHECK(athens.day_of(late) == "2026-09-15");
}

TEST_CASE("the stretches of one offset cover a span", "[store]") {
  const auto athens = TimeZone::find("Europe/Athens").value();
  const auto stretches = athens.offsets(store::parse_rfc3339("2026-01-01T00:00:00Z").value(),
                                        store::parse_rfc3339("2026-12-31T00:00:00Z").value());
  REQUIRE(stretches.size() == 3);
  CHECK(stretches[0].abbreviation == "EET");
  CHECK(stretches[1].offset == std::chrono::hours{3});
  CHECK(stretches[1].daylight_saving);
  CHECK(store::to_rfc3339(WallTime{stretches[2].begins}) == "2026-10-25T01:00:00Z");
}

TEST_CASE("what is no zone, no day and no time is nothing", "[store][bad-input]") {
  for (const char* name : {"", "Middle/Earth", "../../etc/passwd", "europe/athens", "Europe"})
    CHECK_FALSE(TimeZone::find(name));
  for (const char* text :
       {"", "2026-02-29", "2026-13-01", "2026-1-1", "1969-12-31", "2026-09-14T", "20260914"})
    CHECK_FALSE(store::parse_day(text));
  for (const char* text :
       {"2026-09-14", "2026-09-14T24:00", "2026-09-14T09:60", "2026-09-14T09:00Z", "2026-09-14 09:00"})
    CHECK_FALSE(store::parse_local(text));
}
