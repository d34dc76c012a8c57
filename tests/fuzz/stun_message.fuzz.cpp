// Any datagram as a connectivity check: no crash, no answer to what is not STUN, nothing believed that the
// password does not cover.
#include <string>

#include "pipelines/transport/ice_agent.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;
using namespace thranio::transport;

namespace {

constexpr const char* kUfrag = "srvu";
constexpr const char* kPassword = "server-password-of-24-ch";

SocketAddress some_address() {
  sockaddr_storage storage{};
  storage.ss_family = AF_INET;
  return storage;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> datagram{data, size};
  if (const auto ufrag = peek_ufrag(datagram)) {
    const auto* first = reinterpret_cast<const uint8_t*>(ufrag->data());
    require(!ufrag->empty() && first >= data && first + ufrag->size() <= data + size);
  }
  IceAgent agent{{kUfrag, kPassword}, {"clnt", "client-password-of-24-ch"}, TimePoint{}};
  const StunAnswer answer = agent.handle(datagram, some_address(), TimePoint{});
  require(answer.size <= answer.buffer.size());
  require(answer.verified == agent.knows(some_address()));
  if (answer.size > 0) require(size >= 20);
  return 0;
}
