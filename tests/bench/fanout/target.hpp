// What is measured: a server (or the floor) on a core of its own that carries one made-up teacher to
// students. Way: Target feeds the teacher and lets students in; the bench counts. Thread: the bench's; the
// teacher sends on a thread of its own.
#pragma once

#include <memory>
#include <string>

#include "tests/bench/fanout/load_student.hpp"
#include "tests/bench/support/process.hpp"

namespace thranio::bench {

struct Scene {
  size_t students = 300;     // over all lessons
  size_t lessons = 1;        // thranio alone
  unsigned workers = 1;      // thranio alone; more than one are not pinned
  unsigned kilobits = 600;   // of the picture; the voice comes on top (32 kbit/s of payload)
  int voice_packet_ms = 20;  // thranio alone: what a packet to the students carries
  int server_core = 0;
};

class Target {
 public:
  virtual ~Target() = default;
  virtual std::string name() const = 0;
  virtual const Process& process() const = 0;
  virtual void let_in(LoadStudent& student) = 0;
};

// The release binary, one worker. Throws when it does not start.
std::unique_ptr<Target> thranio_target(const Scene& scene, const std::string& binary);
// Debian's janus with its streaming plugin and nothing else: ICE-lite, one event loop, AES-128-GCM.
std::unique_ptr<Target> janus_target(const Scene& scene);
// A bare loop that encrypts and sends the same packets to the same number of sockets: what is left when a
// server has nothing to decide. To be made when all students exist: it knows their sockets from the start.
std::unique_ptr<Target> floor_target(const Scene& scene,
                                     const std::vector<transport::SocketAddress>& students);

}  // namespace thranio::bench
