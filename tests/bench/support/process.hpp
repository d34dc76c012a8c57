// A server under measurement: a child process pinned to one core, its CPU time and memory from /proc.
// Thread: the bench's.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace thranio::bench {

constexpr int kAnyCore = -1;
void pin_to(int core);  // this process, or the thread that calls

class Process {
 public:
  // Runs `command` on `core`; its standard output can be read line by line.
  Process(const std::vector<std::string>& command, int core);
  // Runs `work` in a fork on `core`.
  Process(const std::function<void()>& work, int core);
  ~Process();  // SIGTERM, then SIGKILL after a while
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::string read_line();      // blocks; empty at the end
  double cpu_seconds() const;   // user and system, of all threads, to the nanosecond (schedstat)
  size_t memory_bytes() const;  // resident and private (RssAnon)

 private:
  pid_t child_ = -1;
  int output_ = -1;
};

// What `command` prints. Throws if it fails.
std::string output_of(const std::vector<std::string>& command);

double own_cpu_seconds();
// Datagrams that the kernel threw away because a receive buffer of this host was full (UDP RcvbufErrors).
uint64_t receive_buffer_errors();

}  // namespace thranio::bench
