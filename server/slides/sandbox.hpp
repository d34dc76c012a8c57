// Runs a foreign program on a file that nobody trusts: a process of its own behind walls that it cannot lift.
// Limits of memory, CPU time, file size and open files; a wall clock; no network (a namespace of its own, and
// a filter that refuses sockets); of the disk only the system's programs and fonts to read and its own folder
// to write (Landlock). It dies with the server. A wall that this kernel or container does not have is named
// once in the log; the program runs behind the others.
// Way: converter → [run_walled] → pdfinfo, pdftocairo, pdftotext, soffice. Thread: any (waits for the
// program).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/base/error.hpp"

namespace thranio::slides {

enum class Wall : uint8_t { kNetwork, kSockets, kDisk, kCount };
const char* to_text(Wall wall);

// Those that a program stands behind on this machine: tried once, at the first call, and logged.
std::vector<Wall> walls_here();

struct Limits {
  uint64_t memory = 1024ULL << 20;    // bytes of address space
  uint64_t file = 64ULL << 20;        // bytes of any file that it writes
  std::chrono::seconds cpu{20};       // of processor time
  std::chrono::seconds patience{40};  // by the clock
  uint64_t open_files = 64;
  bool children = false;       // may start processes and threads
  size_t output = 256 * 1024;  // bytes of its standard output that are read; more ends it
};

struct Ran {
  enum class End : uint8_t { kDone, kFailed, kTooLong, kTooMuch, kStopped };
  End end = End::kFailed;
  std::string output, complaint;  // complaint: the beginning of its standard error
};

// A descriptor that is readable when all shall stop; -1: never.
struct Stop {
  int descriptor = -1;
};

// `program` with its arguments, in `folder`, where alone it may write. Error: internal-error, if it cannot be
// started.
Result<Ran> run_walled(const std::vector<std::string>& command, const std::string& folder,
                       const Limits& limits, Stop stop);

}  // namespace thranio::slides
