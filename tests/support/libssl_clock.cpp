#include "tests/support/libssl_clock.hpp"

#include <ctime>

#include <sys/time.h>

namespace {
std::chrono::microseconds g_now{std::chrono::hours{24 * 365 * 50}};
}

extern "C" int gettimeofday(timeval* tv, void*) noexcept {
  tv->tv_sec = std::chrono::duration_cast<std::chrono::seconds>(g_now).count();
  tv->tv_usec = (g_now % std::chrono::seconds{1}).count();
  return 0;
}

namespace thranio::test {

void advance_libssl_clock(std::chrono::microseconds by) {
  g_now += by;
}

}  // namespace thranio::test
