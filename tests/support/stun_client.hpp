// A browser's connectivity checks for tests, made and read by libnice's client usage.
// Way: test → [StunClient] → transport/stun_message → back.
// Spec: RFC 8445 section 7.2 (the client's side of a check), RFC 8489.
// Owned by the test. Thread: the test's.
// Not here: sockets, candidate pairs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipelines/transport/ice_credentials.hpp"
#include "pipelines/transport/socket_address.hpp"

namespace thranio::test {

class StunClient {
 public:
  enum class Role : uint8_t { kControlling, kControlled };

  // `server`: the credentials of the answer; `client`: those of the offer.
  StunClient(transport::IceCredentials server, transport::IceCredentials client);
  ~StunClient();
  StunClient(StunClient&&) noexcept;
  StunClient& operator=(StunClient&&) noexcept;

  // A Binding request with FINGERPRINT; nominating it carries USE-CANDIDATE.
  std::vector<uint8_t> check(bool nominate = false, Role role = Role::kControlling);

  struct Reply {
    bool success = false;             // verified with the server's password
    int error_code = 0;               // 0 when there is none
    transport::SocketAddress mapped;  // what the server saw as our address
  };
  Reply read(std::span<const uint8_t> datagram);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::test
