#include "pipelines/rtp/resend_budget.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using thranio::TimePoint;
using thranio::rtp::ResendBudget;

TEST_CASE("what is on its way is not sent again", "[resend-budget]") {
  ResendBudget budget;
  TimePoint now{1h};
  CHECK(budget.take(7, 1000, 1'000'000, 200ms, now));
  CHECK_FALSE(budget.take(7, 1000, 1'000'000, 200ms, now + 199ms));
  CHECK(budget.take(7, 1000, 1'000'000, 200ms, now + 200ms));
  CHECK(budget.take(7 + ResendBudget::kRemembered, 1000, 1'000'000, 200ms, now + 201ms));  // the same place
}

TEST_CASE("wishes without end take half of the line", "[resend-budget]") {
  ResendBudget budget;
  TimePoint now{1h};
  int64_t bytes = 0;
  uint16_t sequence = 0;
  for (int second = 0; second < 20; ++second)
    for (int wish = 0; wish < 500; ++wish, now += 2ms)
      if (budget.take(++sequence, 1000, 64'000, 200ms, now)) bytes += 1000;
  CHECK(bytes >= 20 * 64'000 / 8 / 2);
  CHECK(bytes <= 20 * 64'000 / 8 / 2 + ResendBudget::kBurstBytes);
}
