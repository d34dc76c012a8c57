#include "server/slides/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pipelines/base/log.hpp"

namespace thranio::slides {
namespace {

constexpr size_t kComplaintKept = 300;
constexpr int kNotStarted = 127;

// What the programs need to read: themselves, their libraries, fonts and tables. No home, no data, no /proc.
constexpr std::array kReadable{"/usr",
                               "/lib",
                               "/lib64",
                               "/bin",
                               "/etc/fonts",
                               "/etc/ld.so.cache",
                               "/etc/libreoffice",
                               "/var/lib/libreoffice",
                               "/var/spool/libreoffice",
                               "/var/cache/fontconfig",
                               "/dev/null",
                               "/dev/urandom"};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read, write;
  bool open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
  }
};

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;  // no filter was written for this one
#endif

// --- in the child, between fork and exec: nothing but system calls and the stack ---

bool leave_network() {
  return unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) == 0;
}

// An office suite talks to itself through a socket in /tmp, wherever its temporary files are: its folder
// stands there, too. Only within namespaces of its own.
bool stand_in_tmp() {
  return unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount(".", "/tmp", nullptr, MS_BIND, nullptr) == 0 && chdir("/tmp") == 0;
}

// Without a namespace of its own it still gets no socket, and nothing that looks into other processes.
bool refuse_sockets(bool unix_sockets) {
  if (kArchitecture == 0) return false;
  constexpr auto kAllow = SECCOMP_RET_ALLOW, kRefuse = SECCOMP_RET_ERRNO | EPERM;
  constexpr auto kNumber = offsetof(seccomp_data, nr), kWhich = offsetof(seccomp_data, arch);
  constexpr auto kFirst = offsetof(seccomp_data, args);
  constexpr auto load = [](uint32_t at) { return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, at}; };
  constexpr auto equal = [](uint32_t value, uint8_t yes, uint8_t no) {
    return sock_filter{BPF_JMP | BPF_JEQ | BPF_K, yes, no, value};
  };
  constexpr auto answer = [](uint32_t what) { return sock_filter{BPF_RET | BPF_K, 0, 0, what}; };
  // An office suite talks to itself over a UNIX socket; the others have no use for any.
  const uint32_t unix_family = unix_sockets ? AF_UNIX : 0xffff;
  sock_filter program[] = {
    load(kWhich),
    equal(kArchitecture, 1, 0),
    answer(SECCOMP_RET_KILL_PROCESS),
    load(kNumber),
#if defined(__x86_64__)
    sock_filter{BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000},  // the x32 calls
    answer(kRefuse),
#endif
    equal(SYS_socket, 0, 3),
    load(kFirst),
    equal(unix_family, 0, 8),
    answer(kAllow),
    equal(SYS_ptrace, 6, 0),
    equal(SYS_process_vm_readv, 5, 0),
    equal(SYS_process_vm_writev, 4, 0),
    equal(425 /* io_uring_setup */, 3, 0),
    equal(SYS_unshare, 2, 0),
    equal(SYS_mount, 1, 0),
    answer(kAllow),
    answer(kRefuse),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool allow_below(int rules, const char* path, uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
  if (rule.parent_fd < 0) return true;  // not there: nothing to allow
  // A rule on a file takes no rights of folders.
  const bool folder = faccessat(rule.parent_fd, ".", F_OK, 0) == 0;
  rule.allowed_access = folder ? access
                               : access & (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                           LANDLOCK_ACCESS_FS_EXECUTE);
  const bool done = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
  close(rule.parent_fd);
  return done;
}

// All but its folder, in which it stands. sockets_in_tmp: may make a socket there, and nothing else.
bool leave_disk(bool sockets_in_tmp) {
  constexpr uint64_t kRead =
      LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
  constexpr uint64_t kAll = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all of the first version
  landlock_ruleset_attr wanted{};
  wanted.handled_access_fs = kAll;
  const int rules = static_cast<int>(syscall(SYS_landlock_create_ruleset, &wanted, sizeof wanted, 0));
  if (rules < 0) return false;
  bool done = allow_below(rules, ".", kAll);
  if (sockets_in_tmp) done = allow_below(rules, "/tmp", LANDLOCK_ACCESS_FS_MAKE_SOCK) && done;
  for (const char* path : kReadable)
    done = allow_below(rules, path, kRead) && done;
  done = done && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
  close(rules);
  return done;
}

void limit(__rlimit_resource what, uint64_t most) {
  const rlimit both{most, most};
  setrlimit(what, &both);
}

struct Child {
  const char* const* command;
  const char* const* environment;
  const char* const* environment_in_tmp;
  const char* folder;
  int output, complaint, walls;
  pid_t parent;
  const Limits& limits;

  [[noreturn]] void become() const {
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(kNotStarted);  // it was gone before we asked to die with it
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (chdir(folder) != 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(complaint, 2) < 0)
      _exit(kNotStarted);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, static_cast<uint64_t>(limits.cpu.count()));
    limit(RLIMIT_FSIZE, limits.file);
    limit(RLIMIT_NOFILE, limits.open_files);
    uint8_t missing = 0;
    const auto wall = [&](Wall which, bool stands) {
      if (!stands) missing = static_cast<uint8_t>(missing | 1u << static_cast<unsigned>(which));
    };
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const bool alone = leave_network();
    wall(Wall::kNetwork, alone);
    const bool in_tmp = limits.children && alone && stand_in_tmp();
    wall(Wall::kDisk, leave_disk(limits.children && !in_tmp));
    wall(Wall::kSockets, refuse_sockets(limits.children));
    if (write(walls, &missing, 1) != 1) _exit(kNotStarted);
    if (!limits.children) limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_AS, limits.memory);
    execve(command[0], const_cast<char* const*>(command),
           const_cast<char* const*>(in_tmp ? environment_in_tmp : environment));
    _exit(kNotStarted);
  }
};

// --- in the server ---

// Takes what is there; false when the other end has closed.
bool take(int descriptor, std::string& text, size_t most) {
  char bytes[16 * 1024];
  const ssize_t size = read(descriptor, bytes, sizeof bytes);
  if (size <= 0) return size < 0 && errno == EINTR;
  text.append(bytes, std::min(static_cast<size_t>(size), most - std::min(most, text.size())));
  return true;
}

// Until the program has ended, or shall.
Ran watch(pid_t child, int ended, int output, int complaint, const Limits& limits, Stop stop) {
  Ran ran;
  ran.end = Ran::End::kDone;
  const auto until = std::chrono::steady_clock::now() + limits.patience;
  std::array<pollfd, 4> watched{pollfd{output, POLLIN, 0}, pollfd{complaint, POLLIN, 0},
                                pollfd{ended, POLLIN, 0}, pollfd{stop.descriptor, POLLIN, 0}};
  while (ran.end == Ran::End::kDone) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) {
      ran.end = Ran::End::kTooLong;
      break;
    }
    if (poll(watched.data(), watched.size(), static_cast<int>(left)) < 0 && errno != EINTR) break;
    if (watched[0].revents && !take(output, ran.output, limits.output + 1)) watched[0].fd = -1;
    if (watched[1].revents && !take(complaint, ran.complaint, kComplaintKept)) watched[1].fd = -1;
    if (ran.output.size() > limits.output) ran.end = Ran::End::kTooMuch;
    if (watched[3].revents) ran.end = Ran::End::kStopped;
    // What it wrote last may still lie in the pipes.
    if (watched[2].revents && !watched[0].revents && !watched[1].revents) break;
  }
  kill(-child, SIGKILL);  // and whatever it has started
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (ran.end != Ran::End::kDone) return ran;
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
    ran.end = Ran::End::kTooLong;
  else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
    ran.end = Ran::End::kTooMuch;
  else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    ran.end = Ran::End::kFailed;
  return ran;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  for (const auto& text : texts)
    all.push_back(text.c_str());
  all.push_back(nullptr);
  return all;
}

struct Started {
  Ran ran;
  uint8_t missing = 0;  // walls, by bit
};

Result<Started> start(const std::vector<std::string>& command, const std::string& folder,
                      const Limits& limits, Stop stop) {
  const auto no_start = [&](const char* why) {
    log::error("slides: a program cannot be started",
               {{"program", command.front()}, {"step", why}, {"cause", std::strerror(errno)}});
    return fail(ErrorKind::kInternal, "internal-error", "The server could not start its converter.");
  };
  Pipe output, complaint, walls;
  if (!output.open() || !complaint.open() || !walls.open()) return no_start("pipe");
  const auto around = [](const std::string& home) {
    return std::vector<std::string>{"PATH=/usr/bin:/bin",      "HOME=" + home,
                                    "TMPDIR=" + home,          "XDG_CACHE_HOME=" + home,
                                    "XDG_CONFIG_HOME=" + home, "LANG=C.UTF-8"};
  };
  const auto in_folder = around(folder), in_tmp = around("/tmp");
  const auto arguments = pointers(command), environment = pointers(in_folder);
  const auto environment_in_tmp = pointers(in_tmp);
  const Child plan{arguments.data(),  environment.data(), environment_in_tmp.data(),
                   folder.c_str(),    output.write.get(), complaint.write.get(),
                   walls.write.get(), getpid(),           limits};
  const pid_t child = fork();
  if (child < 0) return no_start("fork");
  if (child == 0) plan.become();
  const Descriptor ended(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  output.write.reset();
  complaint.write.reset();
  walls.write.reset();
  Started started;
  started.ran = watch(child, ended.get(), output.read.get(), complaint.read.get(), limits, stop);
  if (read(walls.read.get(), &started.missing, 1) != 1 && started.ran.end == Ran::End::kFailed)
    return no_start("walls");
  return started;
}

uint8_t missing_here() {
  static const uint8_t missing = [] {
    Limits limits;
    limits.patience = std::chrono::seconds(10);
    const auto tried = start({"/bin/true"}, "/", limits, {});
    const uint8_t all = (1u << static_cast<unsigned>(Wall::kCount)) - 1;
    const uint8_t found = tried ? tried->missing : all;
    for (unsigned i = 0; i < static_cast<unsigned>(Wall::kCount); ++i)
      if (found & 1u << i)
        log::warn("slides: files are converted without a wall that this machine does not have",
                  {{"wall", to_text(static_cast<Wall>(i))}});
    return found;
  }();
  return missing;
}

}  // namespace

const char* to_text(Wall wall) {
  constexpr std::array kNames{"network namespace", "socket filter", "disk rules"};
  return kNames[static_cast<size_t>(wall)];
}

std::vector<Wall> walls_here() {
  std::vector<Wall> standing;
  for (unsigned i = 0; i < static_cast<unsigned>(Wall::kCount); ++i)
    if (!(missing_here() & 1u << i)) standing.push_back(static_cast<Wall>(i));
  return standing;
}

Result<Ran> run_walled(const std::vector<std::string>& command, const std::string& folder,
                       const Limits& limits, Stop stop) {
  missing_here();
  auto started = start(command, folder, limits, stop);
  if (!started) return std::unexpected(started.error());
  return std::move(started->ran);
}

}  // namespace thranio::slides
