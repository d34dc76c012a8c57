// A busy class: all of it writes, raises hands and votes at once, and how soon each hears what becomes of it.
// Owned by nobody: a function. Thread: the tool's only one.
#pragma once

#include <cstddef>
#include <string>

namespace thranio::bench {

struct BusyOptions {
  size_t students = 1000;
  int lines_per_second = 50;
  int seconds = 30;  // of chat; the hands go up after a third of it, the question is asked after another
  // All raise their hands, and all answer, within this: a class that is asked does not wait for each other.
  int within_ms = 2000;
  std::string binary;
};

// Prints its figures; the exit code.
int run_busy(const BusyOptions& options);

}  // namespace thranio::bench
