// A poor link for a test: the emulator as a child process, two namespaces, and a way to stand in either.
// Owned by the test; gone with it. Thread: the test's.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace thranio::test {

class PoorLink {
 public:
  // Says why there can be none on this machine (no root, no TUN, no `ip`), or nothing.
  static std::string missing();

  explicit PoorLink(const std::string& profile, uint64_t seed = 1);
  ~PoorLink();
  PoorLink(const PoorLink&) = delete;
  PoorLink& operator=(const PoorLink&) = delete;

  std::string near_address() const { return subnet_ + ".1"; }
  std::string far_address() const { return subnet_ + ".2"; }
  const std::string& near() const { return near_; }  // namespaces: the server's,
  const std::string& far() const { return far_; }    // the student's
  // On a thread that stands in the namespace; a socket made there stays there.
  static void within(const std::string& name, const std::function<void()>& work);

  void change(const std::string& profile);
  nlohmann::json counters();

 private:
  nlohmann::json tell(const std::string& line);
  nlohmann::json hear();

  std::string near_, far_, subnet_;
  pid_t child_ = -1;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
};

}  // namespace thranio::test
