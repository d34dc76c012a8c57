// What a fuzzer insists on: where it does not hold, the input is kept. Thread: any.
#pragma once

#include <cstdlib>

inline void require(bool kept) {
  if (!kept) std::abort();
}
