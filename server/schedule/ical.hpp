// What libical's callers here share. Not for headers of other folders: libical stays inside schedule.
#pragma once

#include <chrono>
#include <memory>

#include <libical/ical.h>

#include "server/store/time_zone.hpp"

namespace thranio::schedule {

struct FreeComponent {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, FreeComponent>;

// The time as its calendar shows it, without its zone.
inline store::LocalTime local_of(const icaltimetype& time) {
  using namespace std::chrono;
  return store::LocalTime{local_days{year{time.year} / time.month / time.day}} + hours{time.hour} +
         minutes{time.minute} + seconds{time.second};
}

}  // namespace thranio::schedule
