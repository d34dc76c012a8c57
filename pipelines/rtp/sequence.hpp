// Wrap arithmetic: which of two numbers is newer, and a number's place in the endless count.
// Spec: RFC 3550 appendix A.1, RFC 1982. Thread: any (values).
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

namespace thranio::rtp {

// True if a follows b by less than half the circle.
template <typename Number>
requires std::is_unsigned_v<Number>
constexpr bool newer_than(Number a, Number b) {
  return a != b && static_cast<std::make_signed_t<Number>>(static_cast<Number>(a - b)) > 0;
}

// Turns wrapping numbers into ones that do not wrap: each is taken to be within half a circle of the newest
// seen.
template <typename Number>
requires std::is_unsigned_v<Number>
class Unwrapper {
 public:
  int64_t unwrap(Number number) {
    if (!newest_) {
      newest_ = number;
      return *newest_;
    }
    const int64_t unwrapped = peek(number);
    if (unwrapped > *newest_) newest_ = unwrapped;
    return unwrapped;
  }
  // The same without remembering; the first number stands for itself.
  int64_t peek(Number number) const {
    if (!newest_) return number;
    const auto step =
        static_cast<std::make_signed_t<Number>>(static_cast<Number>(number - static_cast<Number>(*newest_)));
    return *newest_ + step;
  }
  std::optional<int64_t> newest() const { return newest_; }

 private:
  std::optional<int64_t> newest_;
};

}  // namespace thranio::rtp
