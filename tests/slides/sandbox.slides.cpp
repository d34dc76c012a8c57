// The walls around a foreign program, tried from inside: what stands here must hold; what this machine does
// not have is skipped, and says so.
#include "server/slides/sandbox.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/temp_folder.hpp"

using namespace thranio;
using namespace thranio::slides;
using End = Ran::End;
using namespace std::chrono_literals;

namespace {

bool stands(Wall wall) {
  const auto walls = walls_here();
  if (std::ranges::find(walls, wall) != walls.end()) return true;
  std::printf("SKIPPED: this machine has no %s\n", to_text(wall));
  return false;
}

struct Box {
  test::TempFolder folder;
  Ran run(const std::string& script, Limits limits = {}, Stop stop = {}) {
    limits.children = true;  // a shell starts programs
    const auto ran = run_walled({"/bin/sh", "-c", script}, folder.path(), limits, stop);
    REQUIRE(ran);
    return *ran;
  }
};

// This thread, and what it starts, finds a kernel that does not know the call.
bool forget(uint32_t call) {
  sock_filter program[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                           {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
                           {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
                           {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

TEST_CASE_METHOD(Box, "a program says what it has to say, and how it ended", "[slides][sandbox]") {
  const auto ran = run("echo hello; echo sorry >&2; echo here >made");
  CHECK(ran.end == End::kDone);
  CHECK(ran.output == "hello\n");
  CHECK(std::filesystem::exists(folder.path() + "/made"));  // whatever that folder is called behind the walls
  CHECK(ran.complaint == "sorry\n");
  CHECK(run("exit 3").end == End::kFailed);
  CHECK(run("kill -SEGV $$").end == End::kFailed);
}

TEST_CASE_METHOD(Box, "it inherits nothing: no descriptor, no environment", "[slides][sandbox]") {
  setenv("THRANIO_SECRET", "s3cret", 1);
  const auto ran = run("echo ${THRANIO_SECRET-none}; (echo x >&5) 2>/dev/null || echo closed");
  CHECK(ran.output == "none\nclosed\n");
}

TEST_CASE_METHOD(Box, "limits of time, memory and size end it", "[slides][sandbox]") {
  Limits limits;
  limits.cpu = 1s;
  CHECK(run("while :; do :; done", limits).end == End::kTooLong);
  limits = {};
  limits.patience = 1s;
  CHECK(run("sleep 1000", limits).end == End::kTooLong);
  CHECK(run("sleep 1000 & sleep 1000", limits).end == End::kTooLong);
  limits = {};
  limits.file = 1 << 20;
  CHECK(run("exec head -c 9000000 /dev/zero > large", limits).end != End::kDone);
  std::error_code missing;
  const auto size = std::filesystem::file_size(folder.path() + "/large", missing);
  CHECK((missing || size <= (1u << 20)));
  limits = {};
  limits.output = 1000;
  CHECK(run("while :; do echo more; done", limits).end == End::kTooMuch);
  limits = {};
  limits.memory = 64 << 20;
  CHECK(run("exec head -c 200000000 /dev/zero | tail -c 150000000 | wc -c", limits).output != "150000000\n");
}

TEST_CASE_METHOD(Box, "a program that may not start others does not", "[slides][sandbox]") {
  const auto ran = run_walled({"/bin/sh", "-c", "true & echo $?"}, folder.path(), {}, {});
  REQUIRE(ran);
  if (geteuid() == 0 && ran->end == End::kDone) {
    std::printf("SKIPPED: root's processes are not counted here\n");
    return;
  }
  CHECK(ran->end == End::kFailed);
}

TEST_CASE_METHOD(Box, "it ends when all shall stop", "[slides][sandbox]") {
  const int stop = eventfd(0, EFD_CLOEXEC);
  std::thread later([&] {
    while (!std::filesystem::exists(folder.path() + "/begun"))
      std::this_thread::yield();
    eventfd_write(stop, 1);
  });
  CHECK(run("touch begun; sleep 1000", {}, {stop}).end == End::kStopped);
  later.join();
  close(stop);
}

TEST_CASE_METHOD(Box, "it has no network", "[slides][sandbox]") {
  if (!stands(Wall::kSockets)) return;
  // bash opens a socket for this path; busy or not, the port answers "refused" where there is a network.
  const auto ran = run_walled({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"}, folder.path(),
                              Limits{.children = true}, {});
  REQUIRE(ran);
  CHECK(ran->end == End::kFailed);
  INFO(ran->complaint);
  CHECK(ran->complaint.find("not permitted") != std::string::npos);
}

TEST_CASE_METHOD(Box, "in its own network there is no other interface", "[slides][sandbox]") {
  if (!stands(Wall::kNetwork)) return;
  char here[64] = {};
  REQUIRE(readlink("/proc/self/ns/net", here, sizeof here - 1) > 0);
  CHECK(run("readlink /proc/self/ns/net").output != std::string(here) + "\n");
}

TEST_CASE_METHOD(Box, "it reads nobody's files and writes only its own", "[slides][sandbox]") {
  test::TempFolder other;
  std::ofstream(other.path() + "/secret") << "s3cret";
  if (!stands(Wall::kDisk)) return;
  CHECK(run("cat " + other.path() + "/secret").output.empty());
  CHECK(run("cat /etc/passwd").output.empty());
  CHECK(run("echo x > " + other.path() + "/mine").end == End::kFailed);
  CHECK_FALSE(std::filesystem::exists(other.path() + "/mine"));
  CHECK(run("ln -s " + other.path() + "/secret link; cat link").output.empty());
  CHECK(run("echo mine > mine; cat mine").output == "mine\n");
}

TEST_CASE_METHOD(Box, "where the kernel has no Landlock the other walls stand, and the work is done",
                 "[slides][sandbox]") {
  if (!stands(Wall::kSockets)) return;
  const Limits shell{.children = true};
  std::optional<Ran> work, socket;
  bool forgotten = false;
  std::thread without([&] {
    forgotten = forget(SYS_landlock_create_ruleset);
    if (auto ran = run_walled({"/bin/sh", "-c", "echo mine > mine; cat mine; head -c 4 /etc/passwd"},
                              folder.path(), shell, {}))
      work = *ran;
    if (auto ran = run_walled({"/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"}, folder.path(), shell, {}))
      socket = *ran;
  });
  without.join();
  REQUIRE(forgotten);
  REQUIRE(work);
  CHECK(work->end == End::kDone);
  CHECK(work->output == "mine\nroot");  // the wall is truly not there
  REQUIRE(socket);
  CHECK(socket->complaint.find("not permitted") != std::string::npos);
}
